"""The torch interpreter of a network's operation list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from tinystyle.network.ops import (
    IMAGE,
    MASK,
    Add,
    Blend,
    BlendRegions,
    Clip,
    Conv,
    ConvTranspose,
    Crop,
    InstanceNorm,
    MaxPool,
    MoveRegions,
    OneHot,
    Op,
    Pad,
    PadMode,
    RegionNorm,
    RegionWeights,
    Relu,
    Sigmoid,
    Slice,
    Smooth,
    SwapPatches,
    SwapRegions,
    Trim,
    Upsample,
)
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.cpu.reductions import in_float32
from tinystyle.training.cpu.subpixel import few_outputs, upsampled
from tinystyle.training.networks.patches import best_patches, put_back
from tinystyle.training.networks.region_networks import one_hot, region_norm, region_weights, smooth
from tinystyle.training.networks.regions import move_regions, swap_regions

__all__ = ["Observer", "compute", "paint", "run", "run_grouped", "run_per_style", "tensors"]

Observer = Callable[[Op, Tensor], None]
"""Sees each operation with the tensor that it reads."""


def tensors(net: StyleNet) -> dict[str, Tensor]:
    """The weights of a network; they share its memory."""
    return {name: torch.from_numpy(value) for name, value in net.weights.items()}


@torch.no_grad()
def paint(net: StyleNet, photographs: Tensor, mask: Tensor | None = None) -> Tensor:
    """What a network makes of ``(N, 3, H, W)``, 0..1; the same shape. With regions it needs their
    ``mask``, uint8 ``(N, 1, H, W)``."""
    weights = {name: value.to(photographs.device) for name, value in tensors(net).items()}
    return run(net.spec.ops(), weights, photographs, mask=mask)


def run(
    ops: Iterable[Op],
    weights: Mapping[str, Tensor],
    image: Tensor,
    observe: Observer | None = None,
    *,
    groups: int = 1,
    mask: Tensor | None = None,
) -> Tensor:
    """Compute one network. ``image`` is ``(N, 3, H, W)``, 0..1; so is the result.

    ``weights`` has each parameter in the shape that the spec states. With ``groups``, that many
    networks lie side by side in the channels and in the first dimension of the weights. On a CPU an
    upsampling and its convolution are computed as one, and observers see only the first of them.
    """
    on_cpu = groups == 1 and image.device.type == "cpu"
    # oneDNN need not reorder channels that are last; elsewhere channels come first.
    layout = torch.channels_last if on_cpu else torch.contiguous_format
    values = {IMAGE: image.contiguous(memory_format=layout)}
    if mask is not None:
        values[MASK] = mask
    result = image
    plan = list(ops)
    while plan:
        op = plan.pop(0)
        if observe is not None:
            observe(op, values[op.source])
        match op, *plan[:2]:
            case Upsample(scale=2), Pad(amount=1), Conv(kernel=3, stride=1) if on_cpu:
                source, op = op.source, plan[1]
                del plan[:2]
                result = upsampled(values[source], *_parameters(op, weights))
            case Upsample(scale=2), Conv(kernel=3, stride=1, padding=1), *_ if on_cpu:
                source, op = op.source, plan[0]
                del plan[:1]
                result = upsampled(values[source], *_parameters(op, weights), zeros=True)
            case Upsample(scale=2), Conv(kernel=3, stride=1, padding=0), Crop(amount=1) if on_cpu:
                source, conv, op = op.source, plan[0], plan[1]
                del plan[:2]
                result = upsampled(values[source], *_parameters(conv, weights), border=False)
            case Conv(out_channels=3, stride=1, padding=0, bias=True), *_ if on_cpu:
                parameters = weights[f"{op.name}.weight"], weights[f"{op.name}.bias"]
                result = few_outputs(values[op.source], *parameters)
            case _:
                result = compute(op, weights, values, groups)
        values[op.name] = result
    return result


def run_per_style(
    ops: Iterable[Op],
    weights: Mapping[str, Tensor],
    image: Tensor,
    observe: Observer | None = None,
) -> Tensor:
    """Compute S networks on their own pictures. ``image`` is ``(S, B, 3, H, W)``; so is the result.

    ``weights`` has each parameter with a leading style dimension S. On an accelerator all networks
    are computed at once, by grouped convolutions: one by one, starting kernels takes longer than
    running them.
    """
    if image.device.type != "cpu":
        return run_grouped(ops, weights, image, observe)
    ops = tuple(ops)
    rows = [
        run(ops, {name: value[s] for name, value in weights.items()}, image[s], observe)
        for s in range(len(image))
    ]
    return torch.stack(rows)


def run_grouped(
    ops: Iterable[Op],
    weights: Mapping[str, Tensor],
    image: Tensor,
    observe: Observer | None = None,
) -> Tensor:
    """As :func:`run_per_style`, as one network of S groups. Observers see ``(B, S * C, H, W)``."""
    styles, batch, _, height, width = image.shape
    side_by_side = image.transpose(0, 1).reshape(batch, styles * 3, height, width)
    flat = {name: value.flatten(0, 1) for name, value in weights.items()}
    result = run(ops, flat, side_by_side, observe, groups=styles)
    return result.reshape(batch, styles, 3, height, width).transpose(0, 1)


def _parameters(op: Op, weights: Mapping[str, Tensor]) -> list[Tensor]:
    """Weight of a convolution, and bias if it has one."""
    keys = (f"{op.name}.weight", f"{op.name}.bias")
    return [weights[key] for key in keys if key in weights]


def compute(
    op: Op, weights: Mapping[str, Tensor], values: Mapping[str, Tensor], groups: int = 1
) -> Tensor:
    """One operation, of the ``values`` that it reads by their names."""
    x = values[op.source]
    match op:
        case Pad(amount=a, mode=mode):
            return F.pad(x, (a, a, a, a), mode="constant" if mode is PadMode.ZERO else mode.value)
        case Conv(name, bias=bias, stride=s, padding=p):
            shift = weights[f"{name}.bias"] if bias else None
            return F.conv2d(x, weights[f"{name}.weight"], shift, s, p, groups=groups)
        case ConvTranspose(name):
            return F.conv_transpose2d(
                x, weights[f"{name}.weight"], stride=2, padding=1, output_padding=1, groups=groups
            )
        case InstanceNorm(name, affine=affine, epsilon=eps):
            gain = weights[f"{name}.weight"] if affine else None
            shift = weights[f"{name}.bias"] if affine else None
            # A group for each channel: the same norm, by torch's faster program, whose gradient is
            # 10 to 50 times as slow with channels last.
            wide = in_float32(x).contiguous()
            normed = F.group_norm(wide, x.shape[1], gain, shift, eps).to(x.dtype)
            last = x.is_contiguous(memory_format=torch.channels_last)
            return normed.contiguous(memory_format=torch.channels_last) if last else normed
        case MaxPool():
            return F.max_pool2d(x, 2)
        case SwapPatches(name):
            unit = weights[f"{name}.weight"]
            lengths = weights[f"{name}.length"][:, None, None, None]
            return put_back(best_patches(x, unit), unit * lengths)
        case MoveRegions(name, mask=mask, kernel=kernel):
            mean, balance = weights[f"{name}.mean"], weights[f"{name}.balance"]
            deviation = weights.get(f"{name}.deviation")
            return move_regions(x, values[mask], kernel, mean, deviation, balance)
        case SwapRegions(name, mask=mask):
            keys = ("mean", "deviation", "balance", "weight", "length", "label")
            return swap_regions(x, values[mask], {k: weights[f"{name}.{k}"] for k in keys})
        case OneHot(regions=regions):
            return one_hot(x, regions)
        case Smooth(radius=radius, stride=stride):
            return smooth(x, radius, stride)
        case RegionWeights(region=region):
            return region_weights(x, region)
        case RegionNorm(name, _, other, _, affine, eps):
            unit = region_norm(x, values[other], eps)
            if not affine:
                return unit
            gain, shift = (weights[f"{name}.{key}"][:, None, None] for key in ("weight", "bias"))
            return unit * gain + shift
        case BlendRegions(others=others):
            parts = (values[name] * x[:, k : k + 1] for k, name in enumerate(others))
            return torch.stack(list(parts)).sum(dim=0)
        case Relu():
            return F.relu(x)
        case Sigmoid():
            # In bfloat16 it is 1 from 6.5 on, without a gradient.
            return torch.sigmoid(in_float32(x))
        case Clip():
            return x.clamp(0.0, 1.0)
        case Add(other=other):
            return x + values[other]
        case Upsample(scale=scale):
            return F.interpolate(x, scale_factor=float(scale), mode="nearest")
        case Crop(amount=a):
            return x[..., a:-a, a:-a]
        case Slice(axis=axis, start=start, end=end):
            return x[..., start:end, :] if axis == 2 else x[..., start:end]
        case Trim(like=like):
            height, width = values[like].shape[-2:]
            return x[..., :height, :width]
        case Blend(other=other, amount=amount):
            return values[other] + amount * (x - values[other])
