"""From a meta network that knows styles to one that reads them from the compact encoder."""

from __future__ import annotations

import torch
from torch import Tensor

from tinystyle.errors import OptionError
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig, MetaNetwork
from tinystyle.training.stages.ridge import ridge

__all__ = ["read_out", "require_group_size"]

_PENALTY = 0.1
"""Of the squared matrix, for each artwork. A tenth of it explains the hidden states of artworks
kept apart better by a hundredth; the pictures are better with this one."""

_HELD_OUT = 10
"""One artwork of this many is kept apart to measure the explained variance."""


def require_group_size(teacher: MetaConfig, group_size: int) -> None:
    """Raise OptionError where ``teacher`` cannot be read out with so many units for each layer."""
    if not teacher.stable:
        raise OptionError("only a stable meta network can be given another encoder")
    if not 1 <= group_size <= teacher.group_size:
        raise OptionError(f"group size is {group_size}; allowed are 1 to {teacher.group_size}")


@torch.no_grad()
def read_out(
    teacher: MetaNetwork,
    hidden: Tensor,
    encoder: StyleEncoder,
    statistics: Tensor,
    group_size: int,
) -> tuple[StyleHypernetwork, float]:
    """A hypernetwork with ``group_size`` hidden units for each layer, and how well it reads styles.

    ``hidden`` ``(M, H)`` are the teacher's hidden states of M artworks, ``statistics`` ``(M, F)``
    what the encoder gives for the same. A linear regression with an L2 penalty (ridge) leads from
    the second to the first. In each layer's group the ``group_size`` directions are then kept that
    explain most of the generated weights' variance over the artworks.

    Returned beside it: the share of the hidden states' variance that is explained for artworks kept
    apart (R squared). The network itself is fitted to all of them.
    """
    old = teacher.config
    require_group_size(old, group_size)
    if not len(statistics) == len(hidden) >= 2:
        raise OptionError(f"{len(statistics)} artworks and {len(hidden)} hidden states; 2 or more")
    config = MetaConfig(old.spec, old.shared, group_size, encoder.features, True, old.scale)
    result = StyleHypernetwork(config, encoder)
    result.meta.set_feature_scale(statistics)
    scaled, wanted = result.meta.standardise(statistics).double(), hidden.double()
    explained = _explained(scaled, wanted)
    into, at_zero = ridge(scaled, wanted, _PENALTY * len(scaled))
    for name, value in teacher.shared.items():
        result.meta.shared[name].copy_(value)
    _keep_directions(teacher, result.meta, scaled, into, at_zero.float())
    return result, explained


def _explained(inputs: Tensor, outputs: Tensor) -> float:
    apart = torch.arange(len(inputs)) % _HELD_OUT == 0
    seen = inputs[~apart]
    matrix, bias = ridge(seen, outputs[~apart], _PENALTY * len(seen))
    error = (inputs[apart] @ matrix.T + bias - outputs[apart]).square().sum()
    spread = (outputs[apart] - outputs[~apart].mean(dim=0)).square().sum()
    return 1.0 - (error / spread.clamp_min(1e-12)).item()


def _keep_directions(
    teacher: MetaNetwork, small: MetaNetwork, scaled: Tensor, into: Tensor, at_zero: Tensor
) -> None:
    """Set the first layer and the generators: ``hidden = into @ scaled + at_zero``, compressed."""
    old, config = teacher.config, small.config
    groups = zip(
        teacher.layers,
        into.split(old.group_size),
        at_zero.split(old.group_size),
        strict=True,
    )
    rows = []
    for layer, matrix, mean in groups:
        generator, kept = teacher.generators[layer], small.generators[layer]
        if not isinstance(generator, torch.nn.Linear) or not isinstance(kept, torch.nn.Linear):
            raise TypeError(f"the generator of {layer} is not linear")
        deviation = scaled @ matrix.T
        spread, axes = torch.linalg.eigh(deviation.T @ deviation / len(deviation))
        root = spread.clamp_min(1e-9).sqrt()
        outputs = generator.weight.double() @ (axes * root)  # per unit of whitened hidden state
        u, s, vt = torch.linalg.svd(outputs, full_matrices=False)
        keep = slice(0, config.group_size)
        project = vt[keep] @ (axes / root).T  # hidden state to the kept, whitened units
        rows.append((project @ matrix).float() * config.features**0.5)
        kept.weight.copy_((u[:, keep] * s[keep]).float())
        # The average style goes into the base weights, where no direction is lost.
        kept.bias.copy_(generator(old.scale * mean))
    small.fc.weight.copy_(torch.cat(rows))
    small.fc.bias.zero_()
