"""Two reports beside each other, and models of one report beside its first."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinystyle.benchmarks.latency.measurement import Record
from tinystyle.benchmarks.report.tables import title
from tinystyle.errors import OptionError

__all__ = ["Comparison", "Ratio", "apart", "compare_reports", "paired"]

_RESAMPLES = 2000

_HARMLESS = {"tinystyle", "python", "numpy", "onnx", "date", "clock"}
"""What a record's machine tells that no run takes longer for."""


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
        after, before = self.after, self.before
        if after == before:  # of two reports
            after, before = f"{after}: after", "before"
        return (
            f"{after} takes {self.value:.3f} times as long as {before} "
            f"(95 %: {self.low:.3f} to {self.high:.3f}{', in turns' if self.in_turns else ''})"
        )

    def slower_than(self, threshold: float) -> bool:
        """Whether it is so, beyond doubt by the interval."""
        return self.low > threshold


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports beside each other."""

    ratios: tuple[Ratio, ...]
    remarks: tuple[str, ...] = ()
    """Rows without a partner; what else than time is another in the two reports."""


def compare_reports(before: Sequence[Record], after: Sequence[Record]) -> Comparison:
    """Records of the same model name, target, size and threads. OptionError where none match."""
    old, new = _keyed(before), _keyed(after)
    pairs = [(old[key], record) for key, record in new.items() if key in old]
    if not pairs:
        has = "; ".join(
            f"{which} has {title(records[0]) if records else 'no row'}"
            f"{f' and {len(records) - 1} more' if len(records) > 1 else ''}"
            for which, records in (("before", before), ("after", after))
        )
        raise OptionError(
            f"the two reports have no model, target, size and threads in common: {has}"
        )
    lost = [f"only before: {title(old[key])}" for key in old if key not in new]
    lost += [f"only after: {title(new[key])}" for key in new if key not in old]
    return Comparison(
        tuple(_ratio(first, second, together=False) for first, second in pairs),
        (*lost, *dict.fromkeys(text for pair in pairs for text in _differences(*pair))),
    )


def _keyed(records: Sequence[Record]) -> dict[tuple[object, ...], Record]:
    """By what makes partners; the same row once more, by which time it is."""
    found: dict[tuple[object, ...], Record] = {}
    for record in records:
        key = record.model, record.target, record.height, record.width, record.threads
        time = next(n for n in itertools.count() if (*key, n) not in found)
        found[(*key, time)] = record
    return found


def _differences(before: Record, after: Record) -> list[str]:
    """What else than time is another, in words."""
    texts = []
    if before.sha256 != after.sha256:
        texts.append(
            f"{after.model} is another file: sha256 {before.sha256[:12]}… before, "
            f"{after.sha256[:12]}… after"
        )
    for name in sorted({*before.machine, *after.machine} - _HARMLESS):
        old, new = (record.machine.get(name, "unknown") for record in (before, after))
        if old != new:
            texts.append(f"another machine: {name} {old} before, {new} after")
    return texts


def paired(records: Sequence[Record]) -> list[Ratio]:
    """Each record beside the first of those that it ran in turns with, run by run.

    Others have no ratio: what the machine did between them would be in it.
    """
    firsts: dict[tuple[str, int], Record] = {}
    found = []
    for record in records:
        if record.turns:
            first = firsts.setdefault((record.turns, len(record.raw_ms)), record)
            if first is not record:
                found.append(_ratio(first, record, together=True))
    return found


def apart(records: Sequence[Record]) -> str:
    """One line on rows of one size and number of threads that did not run in turns, or none."""
    groups: dict[tuple[int, int, int], dict[object, list[str]]] = {}
    for place, record in enumerate(records):
        key = record.height, record.width, record.threads
        groups.setdefault(key, {}).setdefault(record.turns or place, []).append(record.target)
    named: dict[str, None] = {}
    for turns in groups.values():
        names = Counter(", ".join(dict.fromkeys(targets)) for targets in turns.values())
        if len(turns) > 1:
            named |= {n if count == 1 else f"each row of {n}": None for n, count in names.items()}
    if not named:
        return ""
    return f"measured one after another, not in turns, so no ratio between them: {'; '.join(named)}"


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
