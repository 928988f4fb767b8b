"""``export-net``: from pictures of artworks to networks."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinystyle.checks import chosen
from tinystyle.commands import finetune_options
from tinystyle.commands.export import graph_options as graph_form
from tinystyle.commands.export import place, regions
from tinystyle.commands.export.methods import SEMANTIC, STYLE_SWAP, WITHOUT_LEARNING, source_of
from tinystyle.commands.export.options import export_parser
from tinystyle.commands.shared import INTERRUPTED, fail, guarded
from tinystyle.console import bar_disabled, hushed, is_quiet, remark
from tinystyle.errors import OptionError, TinystyleError

if TYPE_CHECKING:
    from tinystyle.export.exporter import Exported
    from tinystyle.export.verify.parity import Parity
    from tinystyle.training.finetune.finetuner import Finetuner

__all__ = ["main"]

METHODS = ("hypernetwork", "metastyle", STYLE_SWAP, SEMANTIC)
"""Of ``--method``."""


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``export-net``."""
    args = export_parser().parse_args(arguments)
    with hushed(args.quiet):
        return guarded(lambda: _run(args))


def _finetuner(
    args: argparse.Namespace, styles: list[Path], outputs: list[Path]
) -> Finetuner | None:
    """What fits the networks to their styles, if anything shall."""
    from tinystyle.files import require_folder

    steps = args.steps
    if args.method in WITHOUT_LEARNING:
        return None
    if steps is None:
        steps = finetune_options.METASTYLE_STEPS if args.method == "metastyle" else 0
    if steps == 0 and args.method == "hypernetwork":
        finetune_options.refuse_unused(args)
        return None
    for folder in {output.parent for output in outputs}:
        require_folder(folder)  # before anything takes minutes
    # Of several styles one that fails is told in its turn, and the others are done.
    needed = [*(styles if len(styles) == 1 else []), *(path for path, _ in args.mix)]
    return finetune_options.make_finetuner(args, "export-net --steps", needed, steps=steps)


def _run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from tinystyle.export.coreml.writer import DEFAULT_TARGET, coremltools
    from tinystyle.export.exporter import Exporter, name_outputs
    from tinystyle.export.formats import Format
    from tinystyle.export.onnx_writer.emitter import DEFAULT_OPSET
    from tinystyle.export.options import ExportOptions
    from tinystyle.pictures.files import find_pictures

    if args.method not in METHODS:
        raise OptionError(f"method is {args.method!r}; allowed are {', '.join(METHODS)}")
    preset = place.settle(args)
    form = chosen(Format, "format", args.format)
    graph_form.refuse_unused(args, form)
    size, sizes = graph_form.sizes(args)
    options = ExportOptions(
        format=form,
        opset=DEFAULT_OPSET if args.opset is None else args.opset,
        size=size,
        sizes=sizes,
        target=args.target or DEFAULT_TARGET,
        batch=args.batch,
        graph=graph_form.graph_options(args, form),
        layout=args.layout,
        calibration=args.calibrate,
        strength=1.0 if args.strength is None else args.strength,
        mix=tuple(args.mix),
        style_size=args.style_size,
        verify=not args.no_verify,
        ask_providers=args.providers,
    )
    if form is Format.COREML:
        coremltools(torch=False)  # before anything else of it: half the time
    parts = regions.named(args)
    styles = [regions.joined(parts)] if parts else find_pictures(args.style)
    outputs = name_outputs(styles, args.output, options.format, _variant(args, preset))
    given = source_of(args, styles)
    finetuner = _finetuner(args, styles, outputs)
    export = (
        regions.export_of(parts, options)
        if parts
        else Exporter(options, source=finetuner or given).export
    )
    if preset is not None and not args.json:
        place.say(preset)
    made: list[Exported] = []
    failures: list[TinystyleError] = []
    pairs = list(zip(styles, outputs, strict=True))
    bar = tqdm(pairs, desc="networks", unit="", disable=bar_disabled(len(pairs) > 1))
    for style, output in bar:
        try:
            made.append(export(style, output))
            if not args.json:
                bar.write("\n".join([_told(made[-1]), *_providers(made[-1])]))
            if finetuner is not None:
                finetune_options.say_course(finetuner)
                if finetuner.interrupted:
                    return INTERRUPTED
        except TinystyleError as error:
            failures.append(error)
            bar.clear()
            fail(error)
    if args.json:
        results = [_plain(result) for result in made]
        told = None if preset is None else preset.fields()
        answer = {"networks": results, "errors": [str(e) for e in failures], "preset": told}
        print(json.dumps(answer, indent=2))
    if failures and len(pairs) > 1:
        remark(f"{len(made)} of {len(pairs)} networks made, {len(failures)} failed")
    return failures[0].exit_code if failures else 0


def _variant(args: argparse.Namespace, preset: place.Place | None) -> str:
    """What tells the file of these options from others of the same style in one folder."""
    usual = "fp16" if args.format == "coreml" else "fp32"
    sizes, ranged = args.size or ([], False)
    parts = {
        "precision": "" if args.precision in (None, usual) else args.precision,
        "io": "" if args.io == "float" else args.io,
        "size": ("-to-" if ranged else "+").join(f"{height}x{width}" for height, width in sizes),
        "strength": _strength_variant(args.strength),
        "norm": "norm-input" if args.norm == "input" else "",
        "steps": f"{args.steps}steps" if args.steps else "",
        "method": {STYLE_SWAP: "swap", SEMANTIC: "semantic"}.get(args.method, ""),
        "match": "" if args.match in (None, "moments") else args.match,
        "patches": "" if args.patches is None else f"{args.patches}patches",
        "kernel": args.kernel or "",
        "balance": "" if args.balance is None else f"balance{args.balance:g}",
    }
    if preset is not None:  # its name says what it has set
        left = {name: part for name, part in parts.items() if name not in preset.stands_for}
        parts = {"place": preset.preset.name, **left}
    return "".join(f"-{part}" for part in parts.values() if part)


def _strength_variant(strength: float | None) -> str:
    if strength is None:
        return "strength-input"
    return f"strength{strength:g}" if strength < 1.0 else ""


def _told(made: Exported) -> str:
    return str(made.path) if is_quiet() else _sentence(made)


def _sentence(made: Exported) -> str:
    size = "several sizes" if made.format.value == "coreml" else "any size"
    if made.size is not None:
        size = f"{made.size[0]}x{made.size[1]}"
    beside = " (and its list of operators)" if made.format.value == "ort" else ""
    weights_only = made.format.value == "safetensors"
    facts = [
        f"{made.path}{beside}: {made.size_bytes:,} bytes",
        f"{made.parameters:,} parameters",
        f"{made.macs_256 / 1e9:.2f} GMAC at 256x256",
        made.precision.value,
    ]
    if not weights_only:
        facts.append(size)
    if made.opset is not None:
        facts.append(f"opset {made.opset}")
    if made.change is not None:
        facts.append(f"by its form another picture, by {255 * made.change:.1f} of 255 on average")
    at = made.compared_at
    sibling = "" if at is None else f" (the same graph for {at[0]}x{at[1]} was compared)"
    facts += [_proof(made.parity) + sibling, f"{made.seconds:.2f} s"]
    return ", ".join(facts)


def _providers(made: Exported) -> list[str]:
    at = "256x256" if made.size is None else f"{made.size[0]}x{made.size[1]}"
    lines = [f"  at {at}, constants folded, by onnxruntime's tables:"] if made.providers else []
    for verdict in made.providers:
        left = f"; not {', '.join(verdict.left)}" if verdict.left else ""
        lines.append(
            f"  {verdict.provider}: {verdict.taken} of {verdict.nodes} nodes in "
            f"{verdict.partitions} part{'' if verdict.partitions == 1 else 's'}{left}"
        )
    return lines


def _proof(parity: Parity | None) -> str:
    if parity is None:
        return "not verified"
    allowed = parity.tolerance
    if allowed.largest < 1.0:
        return (
            f"differs from the reference by {parity.max_abs_difference:.1e} at most "
            f"(allowed {allowed.largest:.0e})"
        )
    return (
        f"differs from the reference by {255 * parity.median_abs_difference:.1f} of 255 in the "
        f"median (allowed {255 * allowed.median:.0f}), SSIM {parity.ssim:.3f}"
    )


def _plain(made: Exported) -> dict[str, Any]:
    fields = dataclasses.asdict(made)
    return {k: str(v) if isinstance(v, Path) else v for k, v in fields.items()}
