"""What is measured, and for how long: one model, on one target, at one size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinystyle.errors import OptionError

__all__ = ["PROFILES", "Case", "Profile", "printable", "profile_named"]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a benchmark."""

    model: Path
    target: str
    """An execution provider by short name, ``web`` or ``android``; the last two may name what runs
    there after a colon, as in ``android:xnnpack``."""
    size: tuple[int, int]
    """Height and width of the picture, in pixels."""
    threads: int
    copy: int = 1
    """Among files of this name, which one: the first given is 1."""

    @property
    def name(self) -> str:
        """Of the model's file, as reports can hold it; of a further one of this name, numbered."""
        name = printable(self.model.name)
        return name if self.copy == 1 else f"{name} ({self.copy})"

    @property
    def family(self) -> str:
        """The target without what follows a colon: who measures."""
        return self.target.partition(":")[0]

    @property
    def variant(self) -> str:
        """What follows the colon; empty without one."""
        return self.target.partition(":")[2]


def printable(text: str) -> str:
    """Text as reports can hold it: what is no text, or would not show, becomes question marks."""
    known = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in known)


@dataclass(frozen=True, slots=True)
class Profile:
    """Runs go on until there are ``min_runs`` and ``min_seconds`` of them, or ``max_seconds``."""

    name: str
    min_runs: int
    min_seconds: float
    max_seconds: float
    warmup_runs: int


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("rapid", 64, 6.0, 60.0, 5),
        Profile("quick", 128, 10.0, 120.0, 10),
        Profile("mlperf", 1024, 60.0, 600.0, 20),
    )
}
"""``mlperf`` has the rules of MLPerf Mobile's single-stream scenario."""


def profile_named(name: str) -> Profile:
    """One of PROFILES. OptionError for another name."""
    if name not in PROFILES:
        raise OptionError(f"profile is {name!r}; allowed are {', '.join(PROFILES)}")
    return PROFILES[name]
