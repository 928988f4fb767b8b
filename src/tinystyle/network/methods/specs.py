"""What networks of a method have beside layers of a width: patches of an artwork, regions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinystyle.errors import OptionError
from tinystyle.network.methods.region_networks import MIN_REGIONS
from tinystyle.network.methods.semantic import MAX_REGIONS
from tinystyle.network.ops import RegionKernel

__all__ = ["MAX_PATCHES", "MethodSpec", "RegionsSpec", "SemanticSpec", "SwapSpec"]

MAX_PATCHES = 65536
"""Most patches that style swap chooses among: all of an artwork of 1032 x 1032 pixels."""


@dataclass(frozen=True, slots=True)
class SwapSpec:
    """Of STYLE_SWAP: how many ``patches`` of the artwork there are, and whether features get the
    artwork's means and deviations (``moments``)."""

    patches: int
    moments: bool = False
    regions = 0

    def __post_init__(self) -> None:
        _require("patches", self.patches, 1, MAX_PATCHES)

    def fields(self) -> dict[str, object]:
        """As :meth:`read` takes them."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> SwapSpec:
        """Raises KeyError, ValueError, TypeError or OptionError."""
        return cls(int(fields["patches"]), bool(fields.get("moments", False)))


@dataclass(frozen=True, slots=True)
class SemanticSpec:
    """Of SEMANTIC: ``regions`` of an artwork, what of them a photograph's get, and with the kernel
    PATCHES how many ``patches`` all of them have together."""

    regions: int
    kernel: RegionKernel = RegionKernel.MOMENTS
    patches: int = 0

    def __post_init__(self) -> None:
        _require("regions", self.regions, 1, MAX_REGIONS)
        swaps = self.kernel is RegionKernel.PATCHES
        _require("patches", self.patches, int(swaps), MAX_PATCHES if swaps else 0)

    def fields(self) -> dict[str, object]:
        """As :meth:`read` takes them."""
        patches = {"patches": self.patches} if self.patches else {}
        return {**patches, "regions": self.regions, "kernel": self.kernel.value}

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> SemanticSpec:
        """Raises KeyError, ValueError, TypeError or OptionError."""
        kernel = RegionKernel(fields.get("kernel", RegionKernel.MOMENTS))
        return cls(int(fields["regions"]), kernel, int(fields.get("patches", 0)))


@dataclass(frozen=True, slots=True)
class RegionsSpec:
    """Of REGIONS: a network for each of its ``regions`` but those ``kept``, which stay as the
    photograph has them."""

    regions: int
    kept: tuple[int, ...] = ()
    patches = 0

    def __post_init__(self) -> None:
        _require("regions", self.regions, MIN_REGIONS, MAX_REGIONS)
        if list(self.kept) != sorted(set(range(self.regions)).intersection(self.kept)):
            raise OptionError(f"kept is {self.kept}; allowed are rising numbers of regions")
        if len(self.kept) == self.regions:
            raise OptionError(f"kept is {self.kept}; one region at least must be painted")

    def fields(self) -> dict[str, object]:
        """As :meth:`read` takes them."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> RegionsSpec:
        """Raises KeyError, ValueError, TypeError or OptionError."""
        return cls(int(fields["regions"]), tuple(map(int, fields.get("kept", ()))))


MethodSpec = SwapSpec | SemanticSpec | RegionsSpec


def _require(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        allowed = f"{least} to {most}" if most else "0"
        raise OptionError(f"{name} is {value}; allowed are {allowed}")
