"""Models on an Android device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tinystyle.benchmarks.case import Case
from tinystyle.benchmarks.profiles import Profile
from tinystyle.benchmarks.record import Record
from tinystyle.errors import AbsentTargetError

__all__ = ["measure_android"]


def measure_android(
    cases: Sequence[Case], profile: Profile, *, serial: str | None = None, apk: Path | None = None
) -> list[Record]:
    """A record for each case. AbsentTargetError where there is no device."""
    raise AbsentTargetError("this version measures on no device")
