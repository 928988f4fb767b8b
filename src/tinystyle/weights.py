"""The released weights: which files of the package are for what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinystyle.assets import asset
from tinystyle.errors import OptionError
from tinystyle.network.spec import Architecture

__all__ = ["ARCHITECTURE", "Released", "released", "require_released"]

ARCHITECTURE = Architecture.SIX_NORM
"""Of the networks that are made."""


@dataclass(frozen=True, slots=True)
class Released:
    """Files of trained weights."""

    hypernetwork: Path
    """Generates networks from artworks (Shen et al. 2018)."""
    neutral: Path
    """Style-neutral weights to begin from (Zhang et al. 2018)."""


def released() -> Released:
    """The package's own."""
    name = f"{ARCHITECTURE.value}-dim8"
    return Released(
        hypernetwork=asset(f"hypernetwork-{name}.onnx"),
        neutral=asset(f"metastyle-{name}.safetensors"),
    )


def require_released(architecture: str) -> None:
    """Raise OptionError where there are no weights for networks of an architecture."""
    if architecture != ARCHITECTURE.value:
        raise OptionError(
            f"architecture is {architecture!r}; there are weights for {ARCHITECTURE.value} alone: "
            f"those of one-norm and tiny went with version 0.21"
        )
