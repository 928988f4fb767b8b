"""``python -m tinystyle.benchmarks``: the figures of the README, measured here and now."""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
from pathlib import Path

import onnxruntime

from tinystyle.benchmarks.latency.export_speed import cold, networks_per_second
from tinystyle.benchmarks.latency.latency import measure
from tinystyle.benchmarks.latency.machine import processor
from tinystyle.export.exporter import Exporter
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.options import ExportOptions
from tinystyle.export.verify.parity import FULL_CHECK, verify
from tinystyle.files import write_bytes
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import encode_png


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(prog="python -m tinystyle.benchmarks", description=__doc__)
    parser.add_argument("--num-runs", type=int, default=100, help="timed runs a row (100)")
    num_runs: int = parser.parse_args().num_runs
    print(
        f"{processor()}, Python {platform.python_version()}, onnxruntime "
        f"{onnxruntime.__version__}\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        styles = []
        for artwork, draw in ARTWORKS.items():
            for size in (256, 320, 384, 448, 512):
                styles.append(folder / f"{artwork}-{size}.png")
                write_bytes(styles[-1], encode_png(draw(size)))
        once = cold(styles[0], folder)
        print("| export-net | figure |\n|---|---|")
        print(
            f"| cold process, one style, median of {len(once.seconds)} | "
            f"{statistics.median(once.seconds):.2f} s (worst {max(once.seconds):.2f} s) |"
        )
        print(f"| peak memory of that process | {once.peak_megabytes:.0f} MB |")
        print(
            f"| {len(styles)} styles in one process, verified | "
            f"{networks_per_second(styles, folder):.1f} networks/s |\n"
        )
        model = folder / f"{styles[0].stem}.onnx"
        _print_exactness(model, styles[0])
        print("| size | threads | p50 ms | p90 ms | GMAC | peak GMAC/s | share of peak | spread |")
        print("|---|---|---|---|---|---|---|---|")
        for height, width in ((256, 256), (512, 512), (720, 1280)):
            for threads in (1, 2):
                runs = max(10, num_runs * 256 * 256 // (height * width))
                row = measure(model, height, width, threads, num_runs=runs)
                print(
                    f"| {height}x{width} | {threads} | {row.percentile(50):.1f} | "
                    f"{row.percentile(90):.1f} | {row.gmacs:.2f} | {row.peak_gmacs:.0f} | "
                    f"{row.share_of_peak:.0%} | {row.spread:.0%} |"
                )


def _print_exactness(model: Path, style: Path) -> None:
    net = Exporter(ExportOptions()).network(style)
    print(f"| one network | figure |\n|---|---|\n| file | {model.stat().st_size:,} bytes |")
    for opset in (13, 15, 17, 18, 21):
        data = to_onnx(net, opset=opset).SerializeToString()
        parity = verify(data, net, pictures=FULL_CHECK)
        print(
            f"| opset {opset}: largest difference on {parity.pictures} pictures | "
            f"{parity.max_abs_difference:.1e} |"
        )
    print()


if __name__ == "__main__":
    main()
