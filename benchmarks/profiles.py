"""How long a measurement lasts."""

from __future__ import annotations

from dataclasses import dataclass

from tinystyle.errors import OptionError

__all__ = ["PROFILES", "Profile", "profile_named"]


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
