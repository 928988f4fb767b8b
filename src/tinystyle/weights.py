"""The released weights: which files of the package are for which networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinystyle.assets import asset
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture

__all__ = ["ARCHITECTURES", "DEFAULT_ARCHITECTURE", "Released", "released"]

DEFAULT_ARCHITECTURE = Architecture.SIX_NORM
"""Form of the networks that are made unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Released:
    """Files for networks of one architecture."""

    hypernetwork: Path
    """Generates networks from artworks (Shen et al. 2018)."""
    neutral: Path
    """Style-neutral weights to begin from (Zhang et al. 2018)."""


ARCHITECTURES = (Architecture.SIX_NORM.value, Architecture.ONE_NORM.value, Architecture.TINY.value)
"""Forms of which there are weights."""


def released(architecture: str = DEFAULT_ARCHITECTURE.value) -> Released:
    """The files for an architecture. Raises OptionError where there are none."""
    if architecture not in ARCHITECTURES:
        raise OptionError(
            f"architecture is {architecture!r}; allowed are {', '.join(ARCHITECTURES)}"
        )
    return Released(
        hypernetwork=asset(f"hypernetwork-{architecture}-dim8.onnx"),
        neutral=asset(f"metastyle-{architecture}-dim8.safetensors"),
    )
