"""What a transformation network is, as data: :class:`NetSpec` and its list of operations."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from enum import Enum

from tinystyle.errors import ModelError, OptionError
from tinystyle.ops import (
    IMAGE,
    Add,
    Blend,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    Op,
    Pad,
    Relu,
    Shape,
    Sigmoid,
    Trim,
    Upsample,
)

__all__ = ["MAX_SIZE", "MIN_SIZE", "Form", "NetSpec", "Parameter", "shape_of"]

MIN_SIZE = 64
"""Smallest height and width, in pixels, that every network accepts."""

MAX_SIZE = 8192
"""Largest height and width, in pixels, that a graph of fixed size is made for."""


class Form(str, Enum):
    """The published architectures, and ours."""

    SHEN2018 = "shen2018"
    """Shen et al. 2018, Table 2: pad 40, unpadded residual blocks, norm without affine, deconv."""
    ZHANG2018 = "zhang2018"
    """Zhang et al. 2018 (MetaStyle), supplement Table 1: reflection padding, nearest upsampling."""
    TINY = "tiny"
    """As ZHANG2018, the first convolution with a bias instead of a norm."""
    PLAIN = "plain"
    """As TINY without any norm: every convolution has a bias. No pixel depends on a far one."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named weight of a network. ``layer`` groups what one convolution needs."""

    name: str
    shape: tuple[int, ...]

    @property
    def layer(self) -> str:
        """The convolution that the weight belongs to: ``r0a`` of ``r0a.norm.weight``."""
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
    rest is the unchanged photograph.
    """

    form: Form = Form.TINY
    width: int = 8
    residual_blocks: int = 5
    blend: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.width <= 256:
            raise OptionError(f"width is {self.width}; allowed are 1 to 256")
        if not 0 <= self.residual_blocks <= 16:
            raise OptionError(f"residual_blocks is {self.residual_blocks}; allowed are 0 to 16")
        if not 0.0 <= self.blend <= 1.0:
            raise OptionError(f"blend is {self.blend}; allowed are 0 to 1")

    def ops(self, *, bounded: bool = True) -> tuple[Op, ...]:
        """The layers in order of computation; the last makes the result, ``(N, 3, H, W)``, 0..1.

        ``bounded=False`` leaves out the final clip of the linear-output form, whose training needs
        the gradient beyond 0..1.
        """
        builder = _Builder()
        if self.form is Form.SHEN2018:
            _shen2018(builder, self.width, self.residual_blocks, bounded)
        elif self.form is Form.PLAIN:
            _plain(builder, self.width, self.residual_blocks)
        else:
            _same_padded(
                builder, self.width, self.residual_blocks, norm_first=self.form is Form.ZHANG2018
            )
        builder.add(Trim("trim", builder.last, IMAGE))
        if self.blend < 1.0:
            builder.add(Blend("blend", builder.last, IMAGE, self.blend))
        return tuple(builder.ops)

    def parameters(self) -> tuple[Parameter, ...]:
        """All weights, in the order of the layers that use them."""
        found: list[Parameter] = []
        for op in self.ops():
            match op:
                case Conv(name, _, i, o, k):
                    found.append(Parameter(f"{name}.weight", (o, i, k, k)))
                    if op.bias:
                        found.append(Parameter(f"{name}.bias", (o,)))
                case ConvTranspose(name, _, i, o):
                    found.append(Parameter(f"{name}.weight", (i, o, 3, 3)))
                case InstanceNorm(name, _, channels, True):
                    found.append(Parameter(f"{name}.weight", (channels,)))
                    found.append(Parameter(f"{name}.bias", (channels,)))
                case _:
                    pass
        return tuple(found)

    @property
    def parameter_count(self) -> int:
        """Number of weights."""
        return sum(p.size for p in self.parameters())

    def shapes(self, height: int, width: int) -> dict[str, Shape]:
        """Shape ``(C, H, W)`` of each tensor for an input of ``height`` x ``width`` pixels."""
        if min(height, width) < MIN_SIZE:
            raise OptionError(f"size is {height}x{width}; height and width start at {MIN_SIZE}")
        shapes: dict[str, Shape] = {IMAGE: (3, height, width)}
        for op in self.ops():
            shapes[op.name] = shape_of(op, shapes)
        return shapes

    def macs(self, height: int, width: int) -> int:
        """Multiply-accumulates of all convolutions for one picture of ``height`` x ``width``."""
        shapes = self.shapes(height, width)
        total = 0
        for op in self.ops():
            match op:
                case Conv(name, _, i, o, k):
                    total += i * o * k * k * shapes[name][1] * shapes[name][2]
                case ConvTranspose(_, source, i, o):
                    total += i * o * 9 * shapes[source][1] * shapes[source][2]
                case _:
                    pass
        return total

    def to_json(self) -> str:
        """Compact JSON; :meth:`from_json` reads it back."""
        return json.dumps(dataclasses.asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> NetSpec:
        """Read :meth:`to_json`. Raises ModelError on anything else."""
        try:
            fields = json.loads(text)
            return cls(
                form=Form(fields["form"]),
                width=int(fields["width"]),
                residual_blocks=int(fields["residual_blocks"]),
                blend=float(fields["blend"]),
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise ModelError(f"the network description is not valid: {text[:200]!r}") from error


class _Builder:
    """Collects operations; ``last`` is the name of the newest tensor."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.last = IMAGE

    def add(self, op: Op) -> None:
        self.ops.append(op)
        self.last = op.name

    def conv(
        self, name: str, i: int, o: int, k: int, stride: int = 1, *, bias: bool = False
    ) -> None:
        """ "Same" convolution with reflection padding."""
        self.add(Pad(f"{name}.pad", self.last, k // 2))
        self.add(Conv(name, self.last, i, o, k, stride, bias=bias))

    def norm(self, layer: str, channels: int, *, affine: bool, relu: bool) -> None:
        self.add(InstanceNorm(f"{layer}.norm", self.last, channels, affine))
        if relu:
            self.add(Relu(f"{layer}.relu", self.last))


def _same_padded(net: _Builder, d: int, blocks: int, *, norm_first: bool) -> None:
    net.conv("c1", 3, d, 9, bias=not norm_first)
    if norm_first:
        net.norm("c1", d, affine=True, relu=True)
    else:
        net.add(Relu("c1.relu", net.last))
    net.conv("c2", d, 2 * d, 3, 2)
    net.norm("c2", 2 * d, affine=True, relu=True)
    net.conv("c3", 2 * d, 4 * d, 3, 2)
    net.norm("c3", 4 * d, affine=True, relu=True)
    for block in range(blocks):
        skip = net.last
        net.conv(f"r{block}a", 4 * d, 4 * d, 3)
        net.norm(f"r{block}a", 4 * d, affine=True, relu=True)
        net.conv(f"r{block}b", 4 * d, 4 * d, 3)
        net.norm(f"r{block}b", 4 * d, affine=True, relu=False)
        net.add(Add(f"r{block}", net.last, skip))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        net.conv(name, i, o, 3)
        net.norm(name, o, affine=True, relu=True)
    net.conv("out", d, 3, 9, bias=True)
    net.add(Sigmoid("out.sigmoid", net.last))


def _plain(net: _Builder, d: int, blocks: int) -> None:
    def layer(name: str, i: int, o: int, k: int = 3, stride: int = 1) -> None:
        net.conv(name, i, o, k, stride, bias=True)
        net.add(Relu(f"{name}.relu", net.last))

    layer("c1", 3, d, 9)
    layer("c2", d, 2 * d, stride=2)
    layer("c3", 2 * d, 4 * d, stride=2)
    for block in range(blocks):
        skip = net.last
        layer(f"r{block}a", 4 * d, 4 * d)
        net.conv(f"r{block}b", 4 * d, 4 * d, 3, bias=True)
        net.add(Add(f"r{block}", net.last, skip))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(Upsample(f"{name}.up", net.last, 2))
        layer(name, i, o)
    net.conv("out", d, 3, 9, bias=True)
    net.add(Sigmoid("out.sigmoid", net.last))


def _shen2018(net: _Builder, d: int, blocks: int, bounded: bool) -> None:
    # Table 2, with section 4.1: no tanh at the end, no norm after the first convolution. Both outer
    # convolutions have no bias: 2 x 1944 shared weights at d = 8.
    net.add(Pad("pad", IMAGE, 40))
    net.add(Conv("c1", net.last, 3, d, 9, padding=4))
    net.add(Relu("c1.relu", net.last))
    for name, i, o in (("c2", d, 2 * d), ("c3", 2 * d, 4 * d)):
        net.add(Conv(name, net.last, i, o, 3, 2, padding=1))
        net.norm(name, o, affine=False, relu=True)
    for block in range(blocks):
        skip = net.last
        net.add(Conv(f"r{block}a", net.last, 4 * d, 4 * d, 3))
        net.norm(f"r{block}a", 4 * d, affine=False, relu=True)
        net.add(Conv(f"r{block}b", net.last, 4 * d, 4 * d, 3))
        net.norm(f"r{block}b", 4 * d, affine=False, relu=False)
        branch = net.last
        net.add(Crop(f"r{block}.skip", skip, 2))
        net.add(Add(f"r{block}", branch, net.last))
    for name, i, o in (("u1", 4 * d, 2 * d), ("u2", 2 * d, d)):
        net.add(ConvTranspose(name, net.last, i, o))
        net.norm(name, o, affine=False, relu=True)
    net.add(Conv("out", net.last, d, 3, 9, padding=4))
    if bounded:
        net.add(Clip("out.clip", net.last))


def shape_of(op: Op, shapes: dict[str, Shape]) -> Shape:
    """Shape that ``op`` makes from the tensors known so far."""
    channels, height, width = shapes[op.source]
    match op:
        case Pad(amount=a):
            return channels, height + 2 * a, width + 2 * a
        case Conv(out_channels=o, kernel=k, stride=s, padding=p):
            return o, (height + 2 * p - k) // s + 1, (width + 2 * p - k) // s + 1
        case ConvTranspose(out_channels=o):
            return o, 2 * height, 2 * width
        case Upsample(scale=s):
            return channels, s * height, s * width
        case Crop(amount=a):
            return channels, height - 2 * a, width - 2 * a
        case Trim(like=like):
            return channels, *shapes[like][1:]
        case _:
            return channels, height, width
