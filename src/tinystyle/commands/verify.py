"""``tinystyle verify``: whether a model file computes what its network computes."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from tinystyle.commands.shared import Commands, Parser, parse_size
from tinystyle.errors import OptionError

__all__ = ["register"]

_EPILOG = """\
example:
  export-net --style a.jpg --format safetensors       a.safetensors: the weights to compare with
  export-net --style a.jpg --precision fp16           a.onnx
  tinystyle verify a.onnx --reference a.safetensors

exit codes: 0 within the tolerance; 2 bad option; 3 an optional part is not installed; 5 bad file;
6 beyond the tolerance; 7 the golden pictures cannot be written
"""


_GOLDEN_SIZE = (256, 256)


def register(commands: Commands) -> None:
    """Add the sub-command."""
    parser: Parser = commands.add_parser(
        "verify",
        help="compare a model file with its network",
        description="Run a model file on pictures that exports go wrong on and compare it with a "
        "plain numpy interpreter of its network. --golden writes the pictures and what is expected "
        "of them, so that an app can do the same on the device.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL", help=".onnx, .ort or .mlpackage")
    add(
        "--reference",
        required=True,
        type=Path,
        metavar="NET",
        help="the network: a .safetensors file or the fp32 .onnx file of the same style",
    )
    add(
        "--tolerance",
        type=float,
        metavar="D",
        help="largest difference allowed, 0..1 (default: that of the file's precision: fp32 1e-4, "
        "fp16 6/255, on ARM 12/255, and 0.5/255 in the median, int8 4/255 in the median and SSIM "
        "0.95)",
    )
    add(
        "--full",
        action="store_true",
        help="twenty pictures of up to 720x1280 (a minute); of a package, those of its sizes, or "
        "four of its own size",
    )
    add("--golden", type=Path, metavar="FOLDER", help="write pictures, expected ones, golden.json")
    add(
        "--golden-size",
        type=parse_size,
        metavar="HxW",
        help="of the golden pictures, sides of 64 to 2048 px (256x256; a file of one size has its "
        "own)",
    )
    add("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tinystyle.export.coreml.writer import coremltools
    from tinystyle.export.verify.files import require_golden_size, verify_file, write_golden
    from tinystyle.files import require_folder
    from tinystyle.runtime.network_file import read_network

    if args.model.suffix.lower() == ".mlpackage":
        coremltools(torch=False)
    size: tuple[int, int] = args.golden_size or _GOLDEN_SIZE
    if args.golden is not None:
        require_golden_size(size)
        require_folder(args.golden)
    elif args.golden_size is not None:
        raise OptionError("--golden-size is for --golden; give --golden FOLDER")
    net = read_network(args.reference)
    verdict = verify_file(args.model, net, largest=args.tolerance, full=args.full)
    parity = verdict.parity
    if args.golden is not None:
        write_golden(args.golden, verdict, size)
    if args.json:
        facts = {
            "model": str(verdict.model),
            "precision": verdict.precision.value,
            "computed_by": verdict.where,
            "parity": dataclasses.asdict(parity),
            "devices": {k: dataclasses.asdict(v) for k, v in verdict.devices.items()},
        }
        print(json.dumps(facts, indent=2))
    else:
        print(
            f"{verdict.model}: {verdict.precision.value}, {parity.pictures} pictures by "
            f"{verdict.where}: differs by {parity.max_abs_difference:.1e} at most, "
            f"{parity.median_abs_difference:.1e} and SSIM {parity.ssim:.4f} in the median: within "
            "the tolerance"
        )
        for unit, found in verdict.devices.items():
            print(f"CoreML on {unit}: differs by {found.max_abs_difference:.1e} at most")
        if args.golden is not None:
            print(args.golden)
    return 0
