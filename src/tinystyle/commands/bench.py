"""``bench``: how long networks take, beside each other."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tinystyle import __version__
from tinystyle.commands.shared import Parser, add_quiet, guarded, parse_sizes
from tinystyle.console import hushed, is_quiet
from tinystyle.errors import OptionError, TargetError

if TYPE_CHECKING:
    from tinystyle.benchmarks.latency.case import Case
    from tinystyle.benchmarks.latency.progress import Progress

__all__ = ["main"]

REGRESSION = 8

_APART = (
    "the reports were measured one after another: what the machine did meanwhile is in these "
    "ratios, beyond their intervals"
)

_EPILOG = """\
examples:
  bench art.onnx                                      256x256, one thread, in 6 seconds
  bench art.onnx theirs.onnx --size 256x256,512x512   beside each other, in turns
  bench art.jpg --precision fp32,fp16,int8            what each precision costs
  bench art.onnx --target cpu,xnnpack,cuda            what is absent is said
  bench art.onnx --target cpu,web --threads 1,2       in a headless Chromium, beside this CPU
  bench art.jpg --target android --apk demo.apk       on a phone, by the demo app
  bench art.onnx --profile mlperf --output report     1024 runs and a minute; report/bench.html
  bench compare before/bench.json after/bench.json    ratios; exit code 8 where one is slower

Any network of one picture is measured: float32 or uint8, channels first or last. Raw times are
kept. A/B: runs of all models alternate, so that a busy machine is so for all, and their ratios are
taken run by run. What did not run in turns (a browser beside this CPU, other sizes) has no ratio.
Target android needs adb and networks of --io uint8. It was written to its protocol and tested with
a scripted adb; no real device has run it yet.
exit codes: 0 done; 1 not enough memory, or the reader of the output went away; 2 bad option;
3 an optional part is not installed; 4 bad picture; 5 bad model or report; 7 the output cannot be
written; 8 slower than before (compare); 9 a browser or a device could not measure; 130 interrupted;
143 terminated
"""


def main(arguments: list[str] | None = None) -> int:
    """Entry point of ``bench``."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["compare"]:
        return guarded(lambda: _compare(_compare_parser().parse_args(given[1:])))
    args = _parser().parse_args(given)
    with hushed(args.quiet):
        return guarded(lambda: _run(args), smaller="--size")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="bench",
        description="Measure the latency of networks: percentiles, frames per second, load time, "
        "first run, memory, arithmetic achieved, who ran what.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add(
        "models",
        nargs="+",
        type=Path,
        metavar="MODEL",
        help=".onnx, .ort or .tflite files; pictures of artworks and .safetensors are exported "
        "first",
    )
    add(
        "--target",
        default="cpu",
        metavar="TARGET,…",
        help="cpu (default), xnnpack, cuda, coreml (or coreml:cpu_and_ne), … of onnxruntime; "
        "torch, on a GPU, or torch:cpu; web (WebAssembly) or web:webgpu in a browser; android or "
        "android:xnnpack, :nnapi, :qnn on a device",
    )
    add(
        "--precision",
        metavar="P,…",
        help="fp32, fp16, int8: export each network of ours in these and measure them all",
    )
    add(
        "--size",
        type=parse_sizes,
        metavar="HxW,…",
        help="sizes of the picture (default 256x256, or the model's own)",
    )
    add(
        "--threads", default="1", metavar="N,…", help="CPU threads, to 256, with commas (default 1)"
    )
    add(
        "--profile",
        default="rapid",
        help="rapid (64 runs and 6 s, default), quick (128 and 10 s), mlperf (1024 and 60 s)",
    )
    add("--per-op", action="store_true", help="also tell the time by kind of operator")
    add("--device", metavar="SERIAL", help="for target android, where adb sees several devices")
    add(
        "--apk", type=Path, metavar="FILE", help="for target android: the demo app, installed first"
    )
    add("--browser", type=Path, metavar="PATH", help="for target web (default: one installed)")
    add(
        "--web-runtime",
        type=Path,
        metavar="DIR",
        help="for target web: an unpacked onnxruntime-web (default: fetched once from npm, 33 MB)",
    )
    add(
        "--output",
        "-o",
        type=Path,
        metavar="DIR",
        help="write bench.json, .csv, .md and .html, which tell more than is printed",
    )
    add_quiet(parser, "the table, with --output the names of the files in its place")
    add("--version", action="version", version=f"tinystyle {__version__}")
    return parser


def _compare_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="bench compare",
        description="Ratios of the times in two reports, row by row: rows of the same model name, "
        "target, size and threads are partners. Says which rows have none, and where the model's "
        "file, the processor or a library is another one.",
        epilog="exit codes: 0 none is slower; 2 bad option, or no rows are partners; 5 bad report; "
        f"{REGRESSION} slower",
    )
    for name in ("before", "after"):
        parser.add_argument(
            name,
            type=Path,
            metavar=f"{name.upper()}.json",
            help="bench.json, or a folder that holds it",
        )
    parser.add_argument(
        "--threshold",
        type=float,
        default=1.05,
        help="ratio that counts as slower, if the whole interval is above it (1.05)",
    )
    return parser


def _run(args: argparse.Namespace) -> int:
    from tinystyle.benchmarks.latency.case import profile_named
    from tinystyle.benchmarks.latency.progress import Progress
    from tinystyle.benchmarks.latency.targets import TargetOptions, measure
    from tinystyle.benchmarks.report.comparison import apart, paired
    from tinystyle.benchmarks.report.files import write_reports
    from tinystyle.benchmarks.report.json_file import REPORT_NAME, Report
    from tinystyle.benchmarks.report.tables import amiss
    from tinystyle.benchmarks.report.text import to_text
    from tinystyle.files import require_folder

    _refuse_unused(args)
    if args.output is not None:
        require_folder(args.output)  # before anything takes minutes
    profile = profile_named(args.profile)
    options = TargetOptions(
        args.per_op, args.device, args.apk, browser=args.browser, web_runtime=args.web_runtime
    )
    with TemporaryDirectory() as folder, Progress() as progress:
        cases = _cases(args, Path(folder), progress)
        measured = measure(cases, profile, options, progress)
    if args.output is None or not is_quiet():
        print(to_text(measured.records, measured.absences), end="")
        for line in (*paired(measured.records), *filter(None, [apart(measured.records)])):
            print(line)
    else:
        for text in amiss(measured.records, measured.absences):
            print(text, file=sys.stderr)
    if args.output is not None:
        written = write_reports(Report(measured.records, measured.absences), args.output)
        names = "\n".join(map(str, written))
        print(names if is_quiet() else f"{args.output / REPORT_NAME}, .csv, .md and .html")
    return TargetError.exit_code if any(absence.failed for absence in measured.absences) else 0


def _refuse_unused(args: argparse.Namespace) -> None:
    families = {target.partition(":")[0] for target in args.target.split(",")}
    for option, given, family in (
        ("--device", args.device, "android"),
        ("--apk", args.apk, "android"),
        ("--browser", args.browser, "web"),
        ("--web-runtime", args.web_runtime, "web"),
    ):
        if given is not None and family not in families:
            raise OptionError(f"{option} is for target {family}; the target is {args.target}")


def _cases(args: argparse.Namespace, folder: Path, progress: Progress) -> list[Case]:
    from tinystyle.benchmarks.latency.plan import plan
    from tinystyle.checks import chosen
    from tinystyle.network.graph import Precision

    sizes, ranged = args.size or ([], False)
    if ranged:
        raise OptionError("--size takes sizes with commas, no range")
    named = [] if args.precision is None else args.precision.split(",")
    precisions = [chosen(Precision, "precision", name) for name in named]
    targets, threads = args.target.split(","), _numbers(args.threads)
    return plan(
        args.models,
        targets,
        threads,
        folder,
        sizes=sizes,
        precisions=precisions,
        progress=progress,
    )


def _numbers(text: str) -> list[int]:
    from tinystyle.checks import MAX_THREADS

    parts = text.split(",")
    if not all(part.isdecimal() and 1 <= int(part) <= MAX_THREADS for part in parts):
        raise OptionError(
            f"threads is {text!r}; needed are numbers 1 to {MAX_THREADS} with commas, e.g. 1,2"
        )
    return [int(part) for part in parts]


def _compare(args: argparse.Namespace) -> int:
    from tinystyle.benchmarks.report.comparison import compare_reports
    from tinystyle.benchmarks.report.json_file import read_report

    if not 0.0 < args.threshold < float("inf"):
        raise OptionError(f"threshold is {args.threshold}; it is a ratio above 0, e.g. 1.05")
    before, after = read_report(args.before), read_report(args.after)
    found = compare_reports(before.records, after.records)
    print(_APART)
    for line in (*found.ratios, *found.remarks):
        print(line)
    slower = [ratio for ratio in found.ratios if ratio.slower_than(args.threshold)]
    if slower:
        print(f"{len(slower)} of {len(found.ratios)} slower than {args.threshold:g} times before")
    return REGRESSION if slower else 0
