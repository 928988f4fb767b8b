"""Hypernetworks of networks with few norms, in closed form from those of networks with many."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from tqdm import tqdm

from tinystyle.errors import OptionError
from tinystyle.network.architectures import Architecture
from tinystyle.network.graph_ops import read_by
from tinystyle.network.ops import IMAGE, Conv, InstanceNorm
from tinystyle.training.networks.hypernetwork import StyleHypernetwork
from tinystyle.training.networks.interpreter import compute
from tinystyle.training.networks.meta import MetaConfig
from tinystyle.training.stages.ridge import ridge

__all__ = ["one_normed", "require_many_norms"]

_FEWEST = 2
"""Artworks from which anything can be learned of what differs between them."""

_RIDGE = 1e-3
"""Of the regressions, relative to the variance of a group of the hidden state."""


def require_many_norms(config: MetaConfig) -> None:
    """Raise OptionError where networks of ``config`` cannot be made ones of few norms."""
    architecture = config.spec.architecture
    if architecture is not Architecture.TINY:
        raise OptionError(
            f"architecture is {architecture.value}; networks of few norms are made of "
            f"{Architecture.TINY.value}"
        )
    if "c1" not in config.shared or not set(config.shared) <= {"c1", "out"}:
        raise OptionError(f"shared layers are {config.shared}; needed is c1, allowed is out, too")


@torch.no_grad()
def one_normed(
    network: StyleHypernetwork,
    artworks: Tensor,
    photographs: Tensor,
    architecture: Architecture = Architecture.ONE_NORM,
) -> StyleHypernetwork:
    """A hypernetwork that generates gains and biases where ``network`` has norms, but for those
    that networks of ``architecture`` have, ONE_NORM or SIX_NORM.

    Its constants are what the norms amount to on ``photographs`` ``(N, 3, H, W)``, all of them
    together, 0..1, when the networks of ``artworks`` ``(S, 3, H, W)`` paint them: a linear
    regression from the layer's group of the hidden state. One layer after the other, so that each
    is fitted to what the layers before make by then. All pictures of a layer are held at a time: 4
    GB for 240 artworks and 8 photographs of 128 px at width 8. Raises as
    :func:`require_many_norms`, and OptionError for a single artwork.
    """
    old = network.config
    require_many_norms(old)
    if len(artworks) < _FEWEST:
        raise OptionError(f"{len(artworks)} artworks; needed are {_FEWEST} or more")
    spec = dataclasses.replace(old.spec, architecture=architecture)
    config = dataclasses.replace(old, spec=spec)
    result = StyleHypernetwork(config, network.encoder)
    # A generator's rows are filters, gains and shifts, as they were: all sizes stay.
    result.load_state_dict(network.state_dict())
    norms = {op.source: op for op in old.spec.ops() if isinstance(op, InstanceNorm)}
    hidden = network.meta.hidden(network.describe(artworks))
    groups = dict(zip(network.meta.layers, hidden.split(old.group_size, dim=1), strict=True))
    weights = network.meta.generate(hidden)
    each = [{name: value[s] for name, value in weights.items()} for s in range(len(artworks))]
    made: dict[str, list[Tensor]] = {IMAGE: [photographs] * len(artworks)}
    ops = spec.ops()
    for index, op in enumerate(tqdm(ops, desc="constants for norms", unit=" layers")):
        replaced = isinstance(op, Conv) and op.bias and op.name in norms
        plain = dataclasses.replace(op, bias=False) if replaced else op
        parts = [{name: tensors[s] for name, tensors in made.items()} for s in range(len(each))]
        found = [compute(plain, own, part) for own, part in zip(each, parts, strict=True)]
        if replaced:
            found = _fit(norms[op.name], found, config.scale * groups[op.name], each, result)
        made[op.name] = found
        needed = {name for later in ops[index + 1 :] for name in read_by(later)}
        made = {name: tensors for name, tensors in made.items() if name in {*needed, op.name}}
    return result


def _fit(
    norm: InstanceNorm,
    read: list[Tensor],
    inputs: Tensor,
    each: list[dict[str, Tensor]],
    result: StyleHypernetwork,
) -> list[Tensor]:
    """Fit the rows of one norm's gains and shifts; what each network makes with them."""
    generator = result.meta.generators[norm.source]
    if not isinstance(generator, nn.Linear):
        raise TypeError(f"the generator of {norm.source} is not linear")
    wanted = []
    for own, x in zip(each, read, strict=True):
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        gain = own[f"{norm.name}.weight"] * (variance + norm.epsilon).rsqrt()
        wanted.append(torch.cat([gain, own[f"{norm.name}.bias"] - mean * gain]))
    known = inputs.double()
    penalty = _RIDGE * len(known) * known.var(dim=0, correction=0).mean().item()
    matrix, level = ridge(known, torch.stack(wanted).double(), penalty)
    rows = slice(-2 * norm.channels, None)
    generator.weight[rows] = matrix.float()
    generator.bias[rows] = level.float()
    fitted = (known @ matrix.T + level).float()
    constants = fitted[:, :, None, None].split(norm.channels, dim=1)
    return [torch.addcmul(shift, x, gain) for x, gain, shift in zip(read, *constants, strict=True)]
