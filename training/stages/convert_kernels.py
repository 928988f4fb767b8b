"""First and last kernels of another size: smaller ones in closed form, larger ones with zeros."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.network.ops import Conv, Op
from tinystyle.network.spec import OUTER_KERNELS
from tinystyle.network.stylenet import StyleNet
from tinystyle.training.networks.hypernetwork import StyleHypernetwork
from tinystyle.training.networks.interpreter import run
from tinystyle.training.networks.meta import GAINED, MetaConfig

__all__ = ["narrowed", "require_smaller", "widened"]

_OUTER = ("c1", "out")
"""The layers that :attr:`tinystyle.network.spec.NetSpec.outer_kernel` is of."""

_PLACES = 2000
"""Places of a picture at which a layer's inputs are looked at."""

_RIDGE = 1e-4
"""Of the mean square of the inputs: what it costs a tap to leave the value that it has."""


def require_smaller(config: MetaConfig, side: int) -> None:
    """Raise OptionError where outer kernels of ``side`` cannot be made of those that there are."""
    smaller = [allowed for allowed in OUTER_KERNELS if allowed < config.spec.outer_kernel]
    if side not in smaller:
        shown = ", ".join(map(str, smaller)) or "none"
        raise OptionError(f"outer kernel is {side}; smaller than those that there are: {shown}")
    if config.spec.architecture in GAINED:
        raise OptionError(
            f"generators of {config.spec.architecture.value} are not affine: their kernels stay; "
            "narrow the hypernetwork that it was made of"
        )


@torch.no_grad()
def narrowed(
    network: StyleHypernetwork, side: int, artworks: Tensor, photographs: Tensor
) -> StyleHypernetwork:
    """A hypernetwork whose networks begin and end with kernels of ``side`` x ``side`` pixels.

    What the larger kernels give is approached by linear regression, from what their layers read
    when the networks of ``artworks`` ``(S, 3, H, W)`` paint ``photographs`` ``(N, 3, H, W)``, 0..1.
    Generators are affine, and a regression maps weights linearly to weights, so that a generator of
    large kernels becomes one of small kernels. Raises as :func:`require_smaller`.
    """
    old = network.config
    require_smaller(old, side)
    spec = dataclasses.replace(old.spec, outer_kernel=side)
    result = StyleHypernetwork(dataclasses.replace(old, spec=spec), network.encoder)
    fresh = result.state_dict()
    kept = {k: v for k, v in network.state_dict().items() if fresh[k].shape == v.shape}
    result.load_state_dict({**fresh, **kept})
    outer = {op.name: op for op in old.spec.ops() if isinstance(op, Conv) and op.name in _OUTER}
    moments = _moments(network, outer, artworks, photographs)
    for name, op in outer.items():
        smaller = _regression(moments[name], op, side)
        if name in old.shared:
            _map_shared(network, result, op, smaller)
        else:
            _map_generator(network, result, op, smaller)
    return result


def widened(net: StyleNet, side: int) -> StyleNet:
    """The same network with outer kernels of ``side``, zeros around those that it has.

    Raises OptionError for a side that no network has, and where the kernels are larger already.
    """
    spec = dataclasses.replace(net.spec, outer_kernel=side)
    if side < net.spec.outer_kernel:
        raise OptionError(f"outer kernel is {side}; it is {net.spec.outer_kernel} now")
    margin = (side - net.spec.outer_kernel) // 2
    around = ((0, 0), (0, 0), (margin, margin), (margin, margin))
    keys = [f"{name}.weight" for name in _OUTER]
    wide = {key: np.pad(net.weights[key], around) for key in keys}
    return StyleNet(spec, {**net.weights, **wide}, net.notes)


def _moments(
    network: StyleHypernetwork, outer: dict[str, Conv], artworks: Tensor, photographs: Tensor
) -> dict[str, Tensor]:
    """Second moments of each layer's inputs, a one behind them: ``(P + 1, P + 1)``."""
    random = torch.Generator().manual_seed(0)
    found = {name: torch.zeros((), dtype=torch.float64) for name in outer}

    def observe(op: Op, tensor: Tensor) -> None:
        if not isinstance(op, Conv) or op.name not in outer:
            return
        patches = F.unfold(tensor, op.kernel, padding=op.padding)[0].T  # places x inputs
        chosen = torch.randperm(len(patches), generator=random)[:_PLACES]
        seen = F.pad(patches[chosen].double(), (0, 1), value=1.0)
        found[op.name] = found[op.name] + seen.T @ seen

    ops, weights = network.config.spec.ops(), network(artworks)
    for style in tqdm(range(len(artworks)), desc="what the outer layers read", unit=" styles"):
        own = {name: value[style] for name, value in weights.items()}
        for photograph in photographs:
            run(ops, own, photograph[None], observe)
    return found


def _regression(moments: Tensor, op: Conv, side: int) -> Tensor:
    """From a filter of ``op``, its bias behind it, to one of ``side``: ``(P, Q)``."""
    margin = (op.kernel - side) // 2
    middle = torch.zeros(op.in_channels, op.kernel, op.kernel, dtype=torch.bool)
    middle[:, margin : margin + side, margin : margin + side] = True
    kept = middle.flatten()
    if op.bias:
        kept = torch.cat([kept, torch.ones(1, dtype=torch.bool)])
    else:
        moments = moments[:-1, :-1]
    inner = moments[kept][:, kept]
    as_it_is = torch.eye(len(kept), dtype=torch.float64)[kept]
    ridge = _RIDGE * inner.diagonal().mean() * torch.eye(len(inner), dtype=torch.float64)
    fitted: Tensor = torch.linalg.solve(inner + ridge, moments[:, kept].T + ridge @ as_it_is)
    return fitted.T


def _map_shared(
    network: StyleHypernetwork, result: StyleHypernetwork, op: Conv, smaller: Tensor
) -> None:
    keys = [f"{op.name}_weight", *([f"{op.name}_bias"] if op.bias else [])]
    old, new = network.meta.shared, result.meta.shared
    flat = _mapped(torch.cat([old[key].flatten() for key in keys])[:, None], op, smaller)[:, 0]
    for key, part in zip(keys, flat.split([new[key].numel() for key in keys]), strict=True):
        new[key].copy_(part.reshape(new[key].shape))


def _map_generator(
    network: StyleHypernetwork, result: StyleHypernetwork, op: Conv, smaller: Tensor
) -> None:
    old, new = network.meta.generators[op.name], result.meta.generators[op.name]
    if not isinstance(old, nn.Linear) or not isinstance(new, nn.Linear):
        raise TypeError(f"the generator of {op.name} is not linear")
    new.weight.copy_(_mapped(old.weight, op, smaller))
    new.bias.copy_(_mapped(old.bias[:, None], op, smaller)[:, 0])


def _mapped(flat: Tensor, op: Conv, smaller: Tensor) -> Tensor:
    """Of ``(weights, units)`` each unit's filters as smaller ones.

    Rows are all taps, then all biases if the layer has any, then what stays: gains and shifts.
    """
    units, outputs = flat.shape[1], op.out_channels
    count = outputs * op.in_channels * op.kernel**2
    taps, rest = flat[:count].double(), flat[count:].double()
    filters = taps.reshape(outputs, -1, units)
    if op.bias:
        filters, rest = torch.cat([filters, rest[:outputs, None]], dim=1), rest[outputs:]
    mapped = torch.einsum("opu,pq->oqu", filters, smaller)
    if op.bias:
        mapped, rest = mapped[:, :-1], torch.cat([mapped[:, -1], rest])
    return torch.cat([mapped.reshape(-1, units), rest]).to(flat.dtype)
