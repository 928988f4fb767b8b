"""The released hypernetwork as a torch module: compact encoder and generator, one network."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from tinystyle.atomic import write_safetensors
from tinystyle.errors import ModelError, OptionError
from tinystyle.training.encoder import StyleEncoder
from tinystyle.training.meta import MetaConfig, MetaNetwork
from tinystyle.training.parts import is_part, load_parts, save_parts

__all__ = ["StyleHypernetwork", "compact"]


class StyleHypernetwork(nn.Module):
    """Artworks ``(S, 3, H, W)``, 0..1, to the weights of S transformation networks.

    The encoder's code takes the place of VGG's features in the meta network (Shen et al. 2018,
    Figure 2), so that no VGG is needed where styles are made, and both train as one.
    """

    def __init__(self, config: MetaConfig) -> None:
        super().__init__()
        self.encoder = StyleEncoder(None, code=config.features).eval()
        self.meta = MetaNetwork(config)

    @property
    def config(self) -> MetaConfig:
        """Which network is generated, and how."""
        return self.meta.config

    def train(self, mode: bool = True) -> StyleHypernetwork:
        """As usual, but the encoder's statistics stay as they were learned."""
        super().train(mode)
        self.encoder.eval()
        return self

    def describe(self, artworks: Tensor) -> Tensor:
        """The standardised code of each artwork: ``(S, code)``."""
        return self.meta.standardise(self.encoder(artworks))

    def forward(self, artworks: Tensor) -> dict[str, Tensor]:
        """Weights, each ``(S, *shape)``."""
        weights: dict[str, Tensor] = self.meta(self.describe(artworks))
        return weights

    def save(self, path: Path) -> None:
        """Write weights and configuration as safetensors, float32."""
        tensors = {k: v.cpu().contiguous().numpy() for k, v in self.state_dict().items()}
        write_safetensors(path, tensors, self._metadata())

    def save_parts(self, path: Path) -> list[Path]:
        """Write float16 weights in files below 15 MB; see :mod:`tinystyle.training.parts`."""
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
            network = cls(MetaConfig.from_fields(json.loads(metadata["hypernetwork"])))
            network.load_state_dict(state)
            return network
        except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(f"{path}: not the weights of a hypernetwork ({error})") from error


@torch.no_grad()
def compact(
    encoder: StyleEncoder, meta: MetaNetwork, artworks: Tensor, group_size: int
) -> StyleHypernetwork:
    """Encoder and meta network as one, with ``group_size`` hidden units for each layer.

    The encoder's last layer, the features and the meta network's first layer are all linear, so
    they become one matrix. In each group the ``group_size`` directions are kept that explain most
    of the generated weights' variance over ``artworks`` ``(M, 3, H, W)``; that is exact where
    ``group_size`` is the old one. What the old standardisation clipped is no longer clipped.
    """
    if not isinstance(encoder.fc2, nn.Linear) or not meta.config.stable:
        raise OptionError("only a trained encoder and a stable meta network can be made compact")
    old = meta.config
    if not 1 <= group_size <= old.group_size:
        raise OptionError(f"group size is {group_size}; allowed are 1 to {old.group_size}")
    codes = torch.cat([encoder.code(part) for part in artworks.split(16)])
    config = MetaConfig(old.spec, old.shared, group_size, encoder.code_size, True, old.scale)
    result = StyleHypernetwork(config)
    small = result.meta
    small.set_feature_scale(codes)
    state = {k: v for k, v in encoder.state_dict().items() if not k.startswith("fc2.")}
    result.encoder.load_state_dict(state)
    for name, value in meta.shared.items():
        small.shared[name].copy_(value)
    # hidden = into @ standardised code + at_mean
    read = meta.fc.weight @ encoder.fc2.weight / old.features**0.5
    scaled = small.standardise(codes)
    into = read * small.get_buffer("feature_std")
    at_mean = (
        read @ small.get_buffer("feature_mean")
        + meta.fc.weight @ encoder.fc2.bias / old.features**0.5
        + meta.fc.bias
    )
    hidden = (scaled @ into.T).split(old.group_size, dim=1)
    into_parts, mean_parts = into.split(old.group_size), at_mean.split(old.group_size)
    rows = []
    for index, layer in enumerate(meta.layers):
        generator, kept = meta.generators[layer], small.generators[layer]
        if not isinstance(generator, nn.Linear) or not isinstance(kept, nn.Linear):
            raise TypeError(f"the generator of {layer} is not linear")
        deviation = hidden[index].double()
        covariance = deviation.T @ deviation / len(deviation)
        spread, axes = torch.linalg.eigh(covariance)
        root = spread.clamp_min(1e-9).sqrt()
        outputs = generator.weight.double() @ (axes * root)  # per unit of whitened hidden state
        u, s, vt = torch.linalg.svd(outputs, full_matrices=False)
        keep = slice(0, group_size)
        project = vt[keep] @ (axes / root).T  # hidden state to the kept, whitened units
        rows.append(project.float() @ into_parts[index] * config.features**0.5)
        kept.weight.copy_((u[:, keep] * s[keep]).float())
        # The average style goes into the base weights, where no direction is lost.
        kept.bias.copy_(generator(old.scale * mean_parts[index]))
    small.fc.weight.copy_(torch.cat(rows))
    small.fc.bias.zero_()
    return result
