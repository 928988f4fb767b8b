"""Table 1 of Shen et al. 2018, measured here: encode, transfer, size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinystyle.checks import require_whole
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.spec import NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["Row", "measure_generated", "measure_spec", "to_markdown"]

SIZES = (256, 512)


@dataclass(frozen=True, slots=True)
class Row:
    """One method. Times are medians in milliseconds, on ``threads`` threads of the CPU."""

    method: str
    encode_ms: float | None
    """From the style picture (256 x 256) to weights; None where a network is trained instead."""
    transfer_ms: tuple[float, ...]
    """For each of SIZES."""
    model_bytes: int
    parameters: int
    styles: str


def measure_generated(path: Path | None, threads: int, runs: int) -> Row:
    """The hypernetwork at ``path``, by default the released one."""
    hypernetwork = Hypernetwork(path, SessionOptions(threads))
    artwork = Picture(ARTWORKS["swirls"](256))
    encode = _median(lambda: hypernetwork.generate(artwork), runs)
    net = hypernetwork.generate(artwork)
    transfer, size = _transfer(net, threads, runs)
    return Row("generated, this package", encode, transfer, size, net.spec.parameter_count, "any")


def measure_spec(name: str, spec: NetSpec, threads: int, runs: int, styles: str = "one") -> Row:
    """A network of another architecture with random weights: its cost does not depend on them."""
    random = np.random.default_rng(0)
    values = random.normal(0.0, 0.05, spec.parameter_count).astype(np.float32)
    transfer, size = _transfer(StyleNet.from_flat(spec, values), threads, runs)
    return Row(name, None, transfer, size, spec.parameter_count, styles)


def to_markdown(rows: list[Row], threads: int) -> str:
    """As a table."""
    head = " | ".join(f"transfer {size}x{size} ms" for size in SIZES)
    lines = [
        f"| method ({threads} threads) | encode ms | {head} | model bytes | parameters | styles |",
        "|---|" + "---|" * (4 + len(SIZES)),
    ]
    for row in rows:
        encode = "trained" if row.encode_ms is None else f"{row.encode_ms:.1f}"
        times = " | ".join(f"{value:.1f}" for value in row.transfer_ms)
        lines.append(
            f"| {row.method} | {encode} | {times} | {row.model_bytes:,} | {row.parameters:,} | "
            f"{row.styles} |"
        )
    return "\n".join(lines) + "\n"


def _transfer(net: StyleNet, threads: int, runs: int) -> tuple[tuple[float, ...], int]:
    model = to_onnx(net).SerializeToString()
    painter = Stylizer.from_bytes(model, "table", SessionOptions(threads))
    times = []
    for size in SIZES:
        batch = np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32)
        times.append(_median(lambda batch=batch: painter.run(batch), runs))  # type: ignore[misc]
    return tuple(times), len(model)


def _median(run: Callable[[], object], runs: int) -> float:
    require_whole("number of runs", runs)
    run()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)
