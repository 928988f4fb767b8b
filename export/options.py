"""What to export, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tinystyle.errors import OptionError
from tinystyle.export.formats import Format, require_supported
from tinystyle.export.prepare import GraphOptions, Norm
from tinystyle.export.to_onnx import DEFAULT_OPSET, MAX_OPSET, MIN_OPSET
from tinystyle.graph import Precision
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE
from tinystyle.spec import MAX_SIZE, MIN_SIZE

__all__ = ["ExportOptions"]

MAX_BATCH = 64


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to make of a style. Raises OptionError for values outside the allowed ones."""

    format: Format = Format.ONNX
    opset: int = DEFAULT_OPSET
    size: tuple[int, int] | None = None
    """Height and width of a graph for one size; None for a graph that takes any."""
    batch: int | None = None
    """Pictures at a time in a graph of fixed size."""
    graph: GraphOptions = field(default_factory=GraphOptions)
    calibration: Path | None = None
    """Photographs for int8 and frozen norms; None for those in the package."""
    strength: float = 1.0
    mix: tuple[tuple[Path, float], ...] = ()
    """Further styles and their shares; the main style has the rest."""
    style_size: int = DEFAULT_STYLE_SIZE
    verify: bool = True

    def __post_init__(self) -> None:
        require_supported(self.format, self.graph)
        if not MIN_OPSET <= self.opset <= MAX_OPSET:
            raise OptionError(f"opset is {self.opset}; allowed are {MIN_OPSET} to {MAX_OPSET}")
        if not 0.0 <= self.strength <= 1.0:
            raise OptionError(f"strength is {self.strength:g}; allowed are 0 to 1")
        if self.size is not None and not all(MIN_SIZE <= side <= MAX_SIZE for side in self.size):
            raise OptionError(
                f"size is {_by(self.size)}; each side may be {MIN_SIZE} to {MAX_SIZE} px"
            )
        if self.batch is not None and (self.size is None or not 1 <= self.batch <= MAX_BATCH):
            raise OptionError(
                f"batch is {self.batch}; allowed are 1 to {MAX_BATCH}, together with a fixed size"
            )
        shares = [share for _, share in self.mix]
        if any(not 0.0 <= share <= 1.0 for share in shares) or sum(shares) > 1.0 + 1e-6:
            raise OptionError(f"shares of --mix are {shares}; each 0 to 1, and 1 in all at most")

    @property
    def calibrated(self) -> bool:
        """Whether photographs are needed."""
        return self.graph.norm is Norm.FROZEN or self.graph.precision is Precision.INT8


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
