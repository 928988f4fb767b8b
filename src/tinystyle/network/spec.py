"""What a transformation network is, as data: :class:`NetSpec` and its list of operations."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from tinystyle.errors import ModelError, OptionError
from tinystyle.network.architectures import Architecture, layers
from tinystyle.network.methods.specs import MethodSpec, RegionsSpec, SemanticSpec, SwapSpec
from tinystyle.network.ops import (
    IMAGE,
    Blend,
    Conv,
    ConvTranspose,
    InstanceNorm,
    MoveRegions,
    Op,
    RegionKernel,
    RegionNorm,
    Shape,
    SwapPatches,
    SwapRegions,
    Trim,
)
from tinystyle.network.shapes import macs, shapes

__all__ = [
    "MAX_BATCH",
    "MAX_SIZE",
    "MIN_SIZE",
    "OUTER_KERNELS",
    "Architecture",
    "NetSpec",
    "Parameter",
]

MIN_SIZE = 64
"""Smallest height and width, in pixels, that every network accepts."""

MAX_SIZE = 8192
"""Largest height and width, in pixels, that a graph of fixed size is made for."""

MAX_BATCH = 64
"""Most pictures at a time that one is made for."""

_METHODS: Mapping[Architecture, type[MethodSpec]] = {
    Architecture.STYLE_SWAP: SwapSpec,
    Architecture.SEMANTIC: SemanticSpec,
    Architecture.REGIONS: RegionsSpec,
}

OUTER_KERNELS = (3, 5, 7, 9)
"""Sides that the first and the last kernel can have."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named weight of a network. ``layer`` groups what one convolution needs."""

    name: str
    shape: tuple[int, ...]

    @property
    def layer(self) -> str:
        """The convolution that the weight belongs to: ``r0a`` of ``r0a.norm.weight``.

        Of REGIONS it is the network: ``k0`` of ``k0.r0a.norm.weight``.
        """
        return self.name.partition(".")[0]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class NetSpec:
    """A transformation network without its weights.

    ``width`` is the number of channels after the first convolution (d = 8, 16, 32 in the papers);
    the next two layers have 2d and 4d. ``blend`` is the share of the network in the result; the
    rest is the unchanged photograph. ``outer_kernel`` is the side of the first and of the last
    kernel: 9 in the papers. ``method`` is what STYLE_SWAP, SEMANTIC and REGIONS have beside; the
    ``width`` of the first two is their number of features, they have no blocks, and their outer
    kernels are given.
    """

    architecture: Architecture = Architecture.TINY
    width: int = 8
    residual_blocks: int = 5
    blend: float = 1.0
    outer_kernel: int = 9
    method: MethodSpec | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.width <= 256:
            raise OptionError(f"width is {self.width}; allowed are 1 to 256")
        if not 0 <= self.residual_blocks <= 16:
            raise OptionError(f"residual_blocks is {self.residual_blocks}; allowed are 0 to 16")
        if self.outer_kernel not in OUTER_KERNELS:
            allowed = ", ".join(map(str, OUTER_KERNELS))
            raise OptionError(f"outer_kernel is {self.outer_kernel}; allowed are {allowed}")
        wanted = _METHODS.get(self.architecture, type(None))
        if not isinstance(self.method, wanted):
            raise OptionError(
                f"method is {self.method}; {self.architecture.value} takes {wanted.__name__}"
            )
        if isinstance(self.method, SwapSpec | SemanticSpec) and self.width % 4:
            name = self.architecture.value
            raise OptionError(f"width is {self.width}; {name} takes multiples of 4")
        if not 0.0 <= self.blend <= 1.0:
            raise OptionError(f"blend is {self.blend}; allowed are 0 to 1")

    @property
    def regions(self) -> int:
        """Regions that the input ``mask`` tells apart; 0 where there is no such input."""
        return self.method.regions if self.method else 0

    @property
    def patches(self) -> int:
        """Patches of the artwork that are chosen among; 0 where none are."""
        return self.method.patches if self.method else 0

    def ops(self, *, bounded: bool = True) -> tuple[Op, ...]:
        """The layers in order of computation; the last makes the result, ``(N, 3, H, W)``, 0..1.

        ``bounded=False`` leaves out the final clip of the linear-output form, whose training needs
        the gradient beyond 0..1.
        """
        ops = layers(
            self.architecture,
            self.width,
            self.residual_blocks,
            self.outer_kernel,
            bounded=bounded,
            method=self.method,
        )
        if self.architecture is not Architecture.REGIONS:  # whose parts are trimmed
            ops.append(Trim("trim", ops[-1].name, IMAGE))
        if self.blend < 1.0:
            ops.append(Blend("blend", ops[-1].name, IMAGE, self.blend))
        return tuple(ops)

    def parameters(self) -> tuple[Parameter, ...]:
        """All weights, in the order of the layers that use them."""
        found: list[Parameter] = []
        for op in self.ops():
            match op:
                case Conv(name, _, i, o, k):
                    found.append(Parameter(f"{name}.weight", (o, i, k, k)))
                    if op.bias:
                        found.append(Parameter(f"{name}.bias", (o,)))
                case SwapPatches(name, _, c, k):
                    found.append(Parameter(f"{name}.weight", (k, c, 3, 3)))
                    found.append(Parameter(f"{name}.length", (k,)))
                case MoveRegions(name, _, _, c, k, kernel):
                    found.append(Parameter(f"{name}.mean", (k + 1, c)))
                    if kernel is RegionKernel.MOMENTS:
                        found.append(Parameter(f"{name}.deviation", (k + 1, c)))
                    found.append(Parameter(f"{name}.balance", (k + 1,)))
                case SwapRegions(name, _, _, c, k, patches):
                    found += [
                        Parameter(f"{name}.mean", (k + 1, c)),
                        Parameter(f"{name}.deviation", (k + 1, c)),
                        Parameter(f"{name}.balance", (k + 1,)),
                        Parameter(f"{name}.weight", (patches, c, 3, 3)),
                        Parameter(f"{name}.length", (patches,)),
                        Parameter(f"{name}.label", (patches,)),
                    ]
                case ConvTranspose(name, _, i, o):
                    found.append(Parameter(f"{name}.weight", (i, o, 3, 3)))
                case InstanceNorm(name, _, channels, True) | RegionNorm(name, _, _, channels, True):
                    found.append(Parameter(f"{name}.weight", (channels,)))
                    found.append(Parameter(f"{name}.bias", (channels,)))
                case _:
                    pass
        return tuple(found)

    def layers(self) -> dict[str, list[Parameter]]:
        """The same by layer."""
        found: dict[str, list[Parameter]] = {}
        for parameter in self.parameters():
            found.setdefault(parameter.layer, []).append(parameter)
        return found

    @property
    def parameter_count(self) -> int:
        """Number of weights."""
        return sum(p.size for p in self.parameters())

    def shapes(self, height: int, width: int) -> dict[str, Shape]:
        """Shape ``(C, H, W)`` of each tensor for an input of ``height`` x ``width`` pixels."""
        if min(height, width) < MIN_SIZE:
            raise OptionError(f"size is {height}x{width}; height and width start at {MIN_SIZE}")
        return shapes(self.ops(), height, width)

    def macs(self, height: int, width: int) -> int:
        """As :func:`tinystyle.network.shapes.macs`, of the network as trained.

        The one count that is told of a network. Files compute a tenth less, where convolutions
        enlarge (:func:`tinystyle.export.passes.structure.subpixel`), and a twentieth more for
        zeros of wider kernels and borders.
        """
        return macs(self.ops(), height, width)

    def to_json(self) -> str:
        """Compact JSON; :meth:`from_json` reads it back."""
        # Flat, as in files of versions that had no methods.
        names = [f.name for f in dataclasses.fields(self) if f.name != "method"]
        fields = {name: getattr(self, name) for name in names}
        fields |= self.method.fields() if self.method else {}
        # Files call it the form, as they always have.
        return json.dumps({"form": fields.pop("architecture"), **fields}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> NetSpec:
        """Read :meth:`to_json`. Raises ModelError on anything else."""
        try:
            fields = json.loads(text)
            architecture = Architecture(fields["form"])
            method = _METHODS.get(architecture)
            return cls(
                architecture=architecture,
                width=int(fields["width"]),
                residual_blocks=int(fields["residual_blocks"]),
                blend=float(fields["blend"]),
                # Files of 0.9 and before do not name it.
                outer_kernel=int(fields.get("outer_kernel", 9)),
                method=method.read(fields) if method else None,
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise ModelError(f"the network description is not valid: {text[:200]!r}") from error
