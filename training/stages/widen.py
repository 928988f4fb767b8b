"""A hypernetwork that can learn more than the one that it is made from, and paints the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from tinystyle.checks import require_whole
from tinystyle.errors import OptionError
from tinystyle.training.networks.hypernetwork import StyleEncoder, StyleHypernetwork
from tinystyle.training.networks.meta import MetaConfig, MetaNetwork
from tinystyle.training.stages.joint import describe_artworks

__all__ = ["widen_hypernetwork"]

_MOST_BINS = 8
_MOST_UNITS = 4096


def _widened_config(
    old: MetaConfig, *, group_size: int, residual_units: int, colour_bins: int
) -> MetaConfig:
    """``old`` with more of each. Raises OptionError where it would be less, or far too much."""
    if not old.stable:
        raise OptionError("only a stable meta network can be widened")
    asked = {"group_size": group_size, "residual_units": residual_units, "colour_bins": colour_bins}
    mosts = {"group_size": 1024, "residual_units": _MOST_UNITS, "colour_bins": _MOST_BINS}
    for name, value in asked.items():
        require_whole(name, value, getattr(old, name), mosts[name])
    if old.colour_bins and colour_bins != old.colour_bins:
        raise OptionError(f"the histogram has {old.colour_bins} bins; it cannot have {colour_bins}")
    if colour_bins == 1:
        raise OptionError("colour_bins is 1; a histogram has 2 or more, 0 for none")
    features = old.features + colour_bins**3 - old.colour_bins**3
    return replace(
        old,
        features=features,
        group_size=group_size,
        residual_units=residual_units,
        colour_bins=colour_bins,
    )


@torch.no_grad()
def widen_hypernetwork(
    network: StyleHypernetwork,
    styles: list[Path],
    *,
    group_size: int,
    residual_units: int,
    colour_bins: int,
) -> StyleHypernetwork:
    """``network`` with room to learn: what is new counts nothing until it is trained.

    ``styles`` tell how the colours of artworks are distributed; they are looked at only where a
    histogram is new. One that is there cannot be changed.
    """
    old = network.config
    config = _widened_config(
        old, group_size=group_size, residual_units=residual_units, colour_bins=colour_bins
    )
    encoder = StyleEncoder(network.encoder.trunk.plan, colour_bins)
    encoder.load_state_dict(network.encoder.state_dict())
    result = StyleHypernetwork(config, encoder)
    if colour_bins and not old.colour_bins:
        (statistics,) = describe_artworks(styles, None, encoder)
        result.meta.set_feature_scale(statistics)
    _copy(network.meta, result.meta)
    return result


def _copy(old: MetaNetwork, new: MetaNetwork) -> None:
    features, layers = old.config.features, len(old.layers)
    for name in ("feature_mean", "feature_std"):
        new.get_buffer(name)[:features] = old.get_buffer(name)
    for name, value in old.shared.items():
        new.shared[name].copy_(value)
    # hidden() divides features by the root of their number
    scale = (new.config.features / features) ** 0.5
    before = old.fc.weight.unflatten(0, (layers, -1)) * scale
    after = new.fc.weight.unflatten(0, (layers, -1))  # new units: as at the start of training
    group = before.shape[1]
    after[:, :group] = 0.0
    after[:, :group, :features] = before
    new.fc.bias.zero_()
    new.fc.bias.unflatten(0, (layers, -1))[:, :group] = old.fc.bias.unflatten(0, (layers, -1))
    for layer in old.layers:
        generator, kept = _linear(new.generators[layer]), _linear(old.generators[layer])
        generator.weight.zero_()
        generator.weight[:, :group] = kept.weight
        generator.bias.copy_(kept.bias)
    _copy_residual(old, new, scale)


def _copy_residual(old: MetaNetwork, new: MetaNetwork, scale: float) -> None:
    if old.residual is None or new.residual is None:
        return
    first, last = _linear(old.residual[0]), _linear(old.residual[2])
    wide, out = _linear(new.residual[0]), _linear(new.residual[2])
    units, features = first.weight.shape
    wide.weight[:units] = 0.0
    wide.weight[:units, :features] = first.weight * scale
    wide.bias[:units] = first.bias
    layers, group = len(old.layers), old.config.group_size
    grouped: Tensor = out.weight.unflatten(0, (layers, -1))
    grouped[:, :group, :units] = last.weight.unflatten(0, (layers, -1))
    out.bias.unflatten(0, (layers, -1))[:, :group] = last.bias.unflatten(0, (layers, -1))


def _linear(found: nn.Module) -> nn.Linear:
    if not isinstance(found, nn.Linear):
        raise TypeError(f"{type(found).__name__} is not linear")
    return found
