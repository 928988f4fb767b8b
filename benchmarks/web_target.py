"""Models in a browser."""

from __future__ import annotations

from collections.abc import Sequence

from tinystyle.benchmarks.case import Case
from tinystyle.benchmarks.profiles import Profile
from tinystyle.benchmarks.record import Record
from tinystyle.errors import AbsentTargetError

__all__ = ["measure_web"]


def measure_web(cases: Sequence[Case], profile: Profile) -> list[Record]:
    """A record for each case. AbsentTargetError where there is no browser."""
    raise AbsentTargetError("this version measures in no browser")
