"""Two reports beside each other, and models of one report beside its first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinystyle.benchmarks.bench_tables import title
from tinystyle.benchmarks.record import Record
from tinystyle.benchmarks.targets import in_turns
from tinystyle.errors import OptionError

__all__ = ["Ratio", "compare_reports", "paired"]

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Ratio:
    """Times of ``after`` over those of ``before``: above 1 is slower."""

    before: str
    after: str
    value: float
    """Of the medians."""
    low: float
    high: float
    """95 % interval by resampling runs."""
    in_turns: bool = False
    """The runs alternated: what disturbed one disturbed the other."""

    def __str__(self) -> str:
        return (
            f"{self.after} takes {self.value:.3f} times as long as {self.before} "
            f"(95 %: {self.low:.3f} to {self.high:.3f}{', in turns' if self.in_turns else ''})"
        )

    def slower_than(self, threshold: float) -> bool:
        """Whether it is so, beyond doubt by the interval."""
        return self.low > threshold


def compare_reports(before: Sequence[Record], after: Sequence[Record]) -> list[Ratio]:
    """Records of the same model name, target, size and threads. OptionError where none match."""
    known = {_key(record): record for record in before}
    pairs = [(known[_key(record)], record) for record in after if _key(record) in known]
    if not pairs:
        raise OptionError("the two reports have no model, target, size and threads in common")
    return [_ratio(first, second, together=False) for first, second in pairs]


def paired(records: Sequence[Record]) -> list[Ratio]:
    """Each record beside the first one of its size and threads.

    Run by run where they alternated, as all do that onnxruntime's providers on this machine made.
    """
    firsts: dict[tuple[int, int, int], Record] = {}
    found = []
    for record in records:
        first = firsts.setdefault((record.height, record.width, record.threads), record)
        if first is not record:
            together = in_turns(first.target) and in_turns(record.target)
            found.append(_ratio(first, record, together=together))
    return found


def _key(record: Record) -> tuple[str, str, int, int, int]:
    return record.model, record.target, record.height, record.width, record.threads


def _ratio(first: Record, second: Record, *, together: bool) -> Ratio:
    random = np.random.default_rng(0)
    a, b = np.array(first.raw_ms), np.array(second.raw_ms)
    rows = random.integers(len(a), size=(_RESAMPLES, len(a)))
    others = rows if together else random.integers(len(b), size=(_RESAMPLES, len(b)))
    ratios = np.median(b[others], axis=1) / np.median(a[rows], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    before, after = title(first), title(second)
    value = float(np.median(b) / np.median(a))
    return Ratio(before, after, value, float(low), float(high), together)
