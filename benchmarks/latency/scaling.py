"""How the cost of a network grows with the picture: in proportion to its pixels, or otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinystyle.benchmarks.latency.measurement import Record

__all__ = ["Scaling", "scalings"]


@dataclass(frozen=True, slots=True)
class Scaling:
    """One model on one target with one number of threads, at two sizes or more."""

    model: str
    target: str
    threads: int
    sizes: tuple[tuple[int, int], ...]
    """Height and width, the fewest pixels first."""
    p50_ms: tuple[float, ...]

    @property
    def pixels(self) -> tuple[int, ...]:
        """Of each size."""
        return tuple(height * width for height, width in self.sizes)

    @property
    def linear_ms(self) -> tuple[float, ...]:
        """What each size would take at the smallest one's time for a pixel."""
        return tuple(self.p50_ms[0] * count / self.pixels[0] for count in self.pixels)

    @property
    def megapixel_ms(self) -> tuple[float, ...]:
        """Milliseconds for a megapixel at each size."""
        return tuple(1e6 * ms / count for ms, count in zip(self.p50_ms, self.pixels, strict=True))

    def __str__(self) -> str:
        plural = "s" if self.threads > 1 else ""
        costs = zip(self.sizes, self.megapixel_ms, strict=True)
        told = ", ".join(f"{height}x{width} {ms:.0f}" for (height, width), ms in costs)
        return f"{self.model}, {self.target}, {self.threads} thread{plural}: {told}"


def scalings(records: Sequence[Record]) -> list[Scaling]:
    """Of every model, target and number of threads that was measured at several sizes."""
    groups: dict[tuple[str, str, str, int], dict[tuple[int, int], float]] = {}
    for record in records:
        key = record.model, record.sha256, record.target, record.threads
        own = groups.setdefault(key, {})
        own.setdefault((record.height, record.width), record.percentile(50))
    found = []
    for (model, _, target, threads), times in groups.items():
        sizes = sorted(times, key=lambda size: size[0] * size[1])
        if sizes[0][0] * sizes[0][1] < sizes[-1][0] * sizes[-1][1]:
            p50_ms = tuple(times[size] for size in sizes)
            found.append(Scaling(model, target, threads, tuple(sizes), p50_ms))
    return found
