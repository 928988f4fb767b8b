"""How long a network takes for a picture, beside what the processor could do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from tinystyle.runtime.session import SessionOptions, open_session, read_model
from tinystyle.runtime.stylizer import Stylizer

__all__ = ["Latency", "measure", "peak_gmacs"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Times of one network at one size. ``raw_ms`` is kept; statistics are derived."""

    height: int
    width: int
    threads: int
    warmup_runs: int
    raw_ms: tuple[float, ...]
    gmacs: float
    """Multiply-accumulates of the file's graph in one run, in 10^9."""
    peak_gmacs: float
    """Multiply-accumulates per second, in 10^9, of a matrix product on the same threads."""

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        return float(np.percentile(self.raw_ms, percent))

    @property
    def share_of_peak(self) -> float:
        """Arithmetic achieved at the median, as a share of ``peak_gmacs``."""
        return self.gmacs / (self.percentile(50) / 1e3) / self.peak_gmacs

    @property
    def spread(self) -> float:
        """Interquartile range over median: above 0.1 the machine was not quiet."""
        return (self.percentile(75) - self.percentile(25)) / self.percentile(50)


def measure(
    model: Path,
    height: int,
    width: int,
    threads: int,
    *,
    num_runs: int = 100,
    warmup_runs: int = 10,
) -> Latency:
    """Time the session alone (no decoding, no conversion) on one picture."""
    data = read_model(model)
    painter = Stylizer.from_bytes(data, str(model), SessionOptions(threads))
    batch = np.random.default_rng(0).random((1, 3, height, width), dtype=np.float32)
    return Latency(
        height=height,
        width=width,
        threads=threads,
        warmup_runs=warmup_runs,
        raw_ms=_time(lambda: painter.run(batch), num_runs, warmup_runs),
        gmacs=painter.manifest.spec.macs(height, width) / 1e9,
        peak_gmacs=peak_gmacs(threads),
    )


def peak_gmacs(threads: int, size: int = 1024) -> float:
    """10^9 multiply-accumulates per second of a float32 matrix product in onnxruntime."""
    shape = [size, size]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in "abc"]
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])], "peak", values[:2], values[2:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = open_session(model.SerializeToString(), "peak", SessionOptions(threads))
    feed = {name: np.ones(shape, np.float32) for name in "ab"}
    return float(size**3 / 1e6 / min(_time(lambda: session.run(None, feed), 20, 5)))


def _time(run: Callable[[], object], num_runs: int, warmup_runs: int) -> tuple[float, ...]:
    for _ in range(warmup_runs):
        run()
    times = []
    for _ in range(num_runs):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return tuple(times)
