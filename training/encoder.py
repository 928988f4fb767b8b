"""The style encoder of the released hypernetwork: what the compact perceptual network sees."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tinystyle.training.compact_trunk import PLAN, CompactTrunk, Plan
from tinystyle.training.losses import style_statistics

__all__ = ["StyleEncoder"]


class StyleEncoder(nn.Module):
    """Pictures ``(N, 3, H, W)``, 0..1, from 64 px, to statistics of style ``(N, features)``.

    As with VGG, style is what is left when positions are averaged out: means and deviations of the
    channels at four layers. The network that stands in for VGG is taught by VGG at every position
    of many pictures; an encoder that learns from a few thousand artworks, one code for each, knows
    those by heart and others less well (``training/EXPERIMENTS.md``, 13). So it is not trained on.
    """

    def __init__(self, plan: Plan = PLAN) -> None:
        super().__init__()
        self.trunk = CompactTrunk(plan)
        self.features = 2 * sum(self.trunk.widths.values())
        """Numbers that describe a style."""
        self.requires_grad_(False)

    @classmethod
    def of(cls, network: CompactTrunk) -> StyleEncoder:
        """With a copy of the convolutions of a compact perceptual network."""
        encoder = cls(network.plan)
        encoder.trunk.stages.load_state_dict(network.stages.state_dict())
        return encoder

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """For each layer in turn its channels' means, then their deviations."""
        found = self.trunk(image, self.trunk.layers)
        return style_statistics([found[layer] for layer in self.trunk.layers])
