"""What to export, and how."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from tinystyle.errors import OptionError
from tinystyle.export.coreml.writer import DEFAULT_TARGET, Sizes, require_target
from tinystyle.export.formats import Format, require_supported
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import GraphOptions, Norm
from tinystyle.export.onnx_writer.emitter import DEFAULT_OPSET, MAX_OPSET, MIN_OPSET
from tinystyle.export.passes.structure import Padding
from tinystyle.network.graph import Precision
from tinystyle.network.spec import MAX_BATCH, MAX_SIZE, MIN_SIZE
from tinystyle.network.stylenet import require_strength
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, require_style_size

__all__ = ["ExportOptions"]

_PACKAGE_SIZES = ((512, 512), (256, 256))


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to make of a style. Raises OptionError for values outside the allowed ones."""

    format: Format = Format.ONNX
    opset: int = DEFAULT_OPSET
    size: tuple[int, int] | None = None
    """Height and width of a graph for one size; None for a graph that takes any."""
    sizes: Sizes | None = None
    """Sizes of a CoreML package, where it is not the one ``size``; None for 512x512 (chosen where
    an app does not choose) and 256x256, with a mask 512x512 alone."""
    target: str = DEFAULT_TARGET
    """Oldest system that a CoreML package runs on."""
    batch: int | None = None
    """Pictures at a time in a graph of fixed size."""
    graph: GraphOptions = field(default_factory=GraphOptions)
    layout: Layout | None = None
    """For whom the graph is laid out; None for all engines in ONNX, and for onnxruntime alone in
    its own format."""
    calibration: Path | None = None
    """Photographs for int8 and frozen norms; None for those in the package."""
    strength: float = 1.0
    mix: tuple[tuple[Path, float], ...] = ()
    """Further styles and their shares; the main style has the rest."""
    style_size: int = DEFAULT_STYLE_SIZE
    verify: bool = True
    ask_providers: bool = False
    """Find out what execution providers of phones take of the graph."""

    def __post_init__(self) -> None:
        require_supported(self.format, self.graph)
        if not MIN_OPSET <= self.opset <= MAX_OPSET:
            raise OptionError(f"opset is {self.opset}; allowed are {MIN_OPSET} to {MAX_OPSET}")
        require_strength(self.strength)
        if self.size is not None and not all(MIN_SIZE <= side <= MAX_SIZE for side in self.size):
            raise OptionError(
                f"size is {_by(self.size)}; each side may be {MIN_SIZE} to {MAX_SIZE} px"
            )
        if self.batch is not None and (self.size is None or not 1 <= self.batch <= MAX_BATCH):
            raise OptionError(
                f"batch is {self.batch}; allowed are 1 to {MAX_BATCH}, together with a fixed size"
            )
        if self.graph.norm is Norm.INPUT and self.size is not None:
            raise OptionError(
                "--norm input is for graphs of any size, whose tiles an app chooses; leave out "
                "--size"
            )
        if self.graph.norm is Norm.INPUT and self.graph.padding is Padding.SLICE:
            raise OptionError("--norm input is not for --pad slice; the other paddings are allowed")
        require_style_size(self.style_size)
        require_target(self.target)
        coreml = self.format is Format.COREML
        if not coreml and (self.sizes is not None or self.target != DEFAULT_TARGET):
            raise OptionError(
                f"several sizes, a range of sizes and --target are for format coreml, not for "
                f"{self.format.value}"
            )
        if coreml and self.batch is not None:
            raise OptionError("format coreml takes one picture at a time; --batch is for onnx, ort")
        shares = [share for _, share in self.mix]
        if any(not 0.0 <= share <= 1.0 for share in shares) or sum(shares) > 1.0 + 1e-6:
            raise OptionError(f"shares of --mix are {shares}; each 0 to 1, and 1 in all at most")

    def for_graph(self, *, takes_mask: bool) -> ExportOptions:
        """As they are, or for one size in place of the usual ones of a CoreML package: before iOS
        18, picture and mask do not change their size together."""
        if not takes_mask or self.format is not Format.COREML or self.size or self.sizes:
            return self
        return replace(self, size=_PACKAGE_SIZES[0])

    @property
    def engines(self) -> Layout:
        """For whom the graph is laid out."""
        if self.layout is not None:
            return self.layout
        return Layout.ONNXRUNTIME_CPU if self.format is Format.ORT else Layout.ANY

    @property
    def package_sizes(self) -> Sizes:
        """Of a CoreML package: named ones, since its compute units are slow with free sizes."""
        return self.sizes or Sizes((self.size,) if self.size else _PACKAGE_SIZES)

    @property
    def only_size(self) -> tuple[int, int] | None:
        """The one size that the file takes, if there is but one."""
        if self.format is not Format.COREML:
            return self.size
        known = self.package_sizes.known
        return known[0] if len(known) == 1 else None

    @property
    def calibrated(self) -> bool:
        """Whether photographs are needed."""
        return self.graph.norm is Norm.FROZEN or self.graph.precision is Precision.INT8


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
