"""The released hypernetwork as a torch module: style encoder and meta network, one network."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors
from tinystyle.training.loop.sharded_weights import is_part, load_parts, save_parts
from tinystyle.training.networks.meta import MetaConfig, MetaNetwork
from tinystyle.training.objective.colour import colour_histogram
from tinystyle.training.objective.losses import style_statistics
from tinystyle.training.perceptual.trunk import PLAN, CompactTrunk, Plan, plan_of

__all__ = ["StyleEncoder", "StyleHypernetwork"]


class StyleHypernetwork(nn.Module):
    """Artworks ``(S, 3, H, W)``, 0..1, to the weights of S transformation networks.

    The encoder's statistics take the place of VGG's features in the meta network (Shen et al. 2018,
    Figure 2), so that no VGG is needed where styles are made.
    """

    def __init__(self, config: MetaConfig, encoder: StyleEncoder | None = None) -> None:
        """``encoder`` has no weights worth keeping, if not told."""
        super().__init__()
        self.encoder = StyleEncoder() if encoder is None else encoder
        if config.features != self.encoder.features:
            known = self.encoder.features
            raise ModelError(f"{config.features} features; the encoder has {known}")
        self.meta = MetaNetwork(config)

    @property
    def config(self) -> MetaConfig:
        """Which network is generated, and how."""
        return self.meta.config

    def describe(self, artworks: Tensor) -> Tensor:
        """The standardised statistics of each artwork: ``(S, features)``."""
        return self.meta.standardise(self.encoder(artworks))

    def forward(self, artworks: Tensor) -> dict[str, Tensor]:
        """Weights, each ``(S, *shape)``."""
        weights: dict[str, Tensor] = self.meta(self.describe(artworks))
        return weights

    def save(self, path: Path) -> None:
        """Write weights and configuration as safetensors, float32."""
        tensors = {k: v.cpu().numpy() for k, v in self.state_dict().items()}
        write_safetensors(path, tensors, self._metadata())

    def save_parts(self, path: Path) -> list[Path]:
        """Write float16 weights in files below 15 MB; see ``loop.sharded_weights``."""
        return save_parts(self.state_dict(), self._metadata(), path)

    def _metadata(self) -> dict[str, str]:
        return {"hypernetwork": json.dumps(self.config.to_fields())}

    @classmethod
    def load(cls, path: Path) -> StyleHypernetwork:
        """Read :meth:`save`, or any one of :meth:`save_parts`.

        Raises OptionError if missing, ModelError for anything else.
        """
        if not path.is_file():
            raise OptionError(f"{path}: no such file")
        try:
            if is_part(path):
                state, metadata = load_parts(path)
            else:
                with safe_open(os.fspath(path), framework="pt") as file:
                    metadata = dict(file.metadata() or {})
                    state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            config = MetaConfig.from_fields(json.loads(metadata["hypernetwork"]))
            encoder = StyleEncoder(plan_of(state, "encoder.trunk.stages."), config.colour_bins)
            network = cls(config, encoder)
            network.load_state_dict(state)
            return network
        except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]  # torch goes on to name every weight
            raise ModelError(f"{path}: not the weights of a hypernetwork ({reason})") from error


class StyleEncoder(nn.Module):
    """Pictures ``(N, 3, H, W)``, 0..1, from 64 px, to statistics of style ``(N, features)``.

    As with VGG, style is what is left when positions are averaged out: means and deviations of the
    channels at four layers, and if asked for how many of its pixels have which colour. The network
    that stands in for VGG is taught by VGG at every position of many pictures; an encoder that
    learns from a few thousand artworks, one code for each, knows those by heart and others less
    well (``training/EXPERIMENTS.md``, 13). So it is not trained on.
    """

    def __init__(self, plan: Plan = PLAN, colour_bins: int = 0) -> None:
        super().__init__()
        self.trunk = CompactTrunk(plan)
        self.colour_bins = colour_bins
        self.features = 2 * sum(self.trunk.widths.values()) + colour_bins**3
        """Numbers that describe a style."""
        self.requires_grad_(False)

    @classmethod
    def of(cls, network: CompactTrunk, colour_bins: int = 0) -> StyleEncoder:
        """With a copy of the convolutions of a compact perceptual network."""
        encoder = cls(network.plan, colour_bins)
        encoder.trunk.stages.load_state_dict(network.stages.state_dict())
        return encoder

    @torch.no_grad()
    def forward(self, image: Tensor) -> Tensor:
        """For each layer in turn its channels' means, then their deviations; then the colours."""
        found = self.trunk(image, self.trunk.layers)
        statistics = style_statistics([found[layer] for layer in self.trunk.layers])
        if not self.colour_bins:
            return statistics
        return torch.cat([statistics, colour_histogram(image, self.colour_bins)], dim=1)
