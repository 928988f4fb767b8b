"""How far painted pictures carry their own style: VGG's verdict on pictures never trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from tinystyle.images import UInt8Array, read_picture, resize
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.stylenet import StyleNet
from tinystyle.training.data import centre_crop
from tinystyle.training.features import STYLE_SIZE, style_features, to_tensor
from tinystyle.training.losses import content_loss, style_loss
from tinystyle.training.network import run
from tinystyle.training.perceptual import CONTENT_LAYER, PerceptualNetwork
from tinystyle.training.train_meta import STYLE_WIDTHS

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Losses of every content x style pair, at 256x256."""

    contents: tuple[str, ...]
    styles: tuple[str, ...]
    losses: NDArray[np.float64]
    """Style loss of the picture painted from content i in style j to style k: ``(C, S, S)``."""
    unchanged: NDArray[np.float64]
    """Style loss of content i itself to style k: ``(C, S)``."""
    content: NDArray[np.float64]
    """Content loss at relu3_3, relative to the content's own energy: ``(C, S)``."""
    sheet: UInt8Array
    """Contact sheet: styles in the first column, contents in the first row."""

    @property
    def own(self) -> NDArray[np.float64]:
        """Style loss of each picture to its own style: ``(C, S)``."""
        return np.diagonal(self.losses, axis1=1, axis2=2)

    @property
    def ratio(self) -> NDArray[np.float64]:
        """Style loss left, as a share of the unchanged photograph's: ``(C, S)``."""
        return self.own / self.unchanged

    def summary(self) -> dict[str, float]:
        """The figures of the report."""
        nearest = self.losses.argmin(axis=2) == np.arange(len(self.styles))
        low, middle, high = np.quantile(self.ratio, [0.25, 0.5, 0.75])
        return {
            "pairs": float(self.ratio.size),
            "own_style_nearest_share": float(nearest.mean()),
            "style_loss_ratio_of_means": float(self.own.mean() / self.unchanged.mean()),
            "style_loss_ratio_median": float(middle),
            "style_loss_ratio_q1": float(low),
            "style_loss_ratio_q3": float(high),
            "below_half_share": float((self.ratio < 0.5).mean()),
            "content_relu3_3_relative_median": float(np.median(self.content)),
        }


def evaluate(
    hypernetwork: Hypernetwork,
    perceptual: PerceptualNetwork,
    contents: Sequence[Path],
    styles: Sequence[Path],
    strength: float = 1.0,
) -> Evaluation:
    """Paint every content in every style and measure. Pictures are cut to their middle 256x256."""
    identity = hypernetwork.identity()
    photographs = torch.cat([to_tensor(_square(path)) for path in contents])
    artworks = torch.cat([to_tensor(_square(path)) for path in styles])
    losses = np.zeros((len(contents), len(styles), len(styles)))
    relative = np.zeros((len(contents), len(styles)))
    rows = [torch.cat([torch.ones_like(artworks[:1]), photographs])]
    with torch.inference_mode():
        targets = style_features(perceptual, artworks)
        unchanged = _to_all(style_features(perceptual, photographs), targets)
        energy = [perceptual(p[None], (CONTENT_LAYER,))[CONTENT_LAYER] for p in photographs]
        for j, path in enumerate(tqdm(styles, desc="styles", unit="")):
            picture = read_picture(path)
            net = hypernetwork.generate(picture, path.stem).with_strength(identity, strength)
            painted = _paint(net, photographs)
            losses[:, j] = _to_all(style_features(perceptual, painted), targets)
            for i, target in enumerate(energy):
                features = perceptual(painted[i : i + 1], (CONTENT_LAYER,))[CONTENT_LAYER]
                relative[i, j] = content_loss(features, target) / target.square().mean()
            rows.append(torch.cat([artworks[j : j + 1], painted]))
    return Evaluation(
        contents=tuple(p.stem for p in contents),
        styles=tuple(p.stem for p in styles),
        losses=losses,
        unchanged=unchanged,
        content=relative,
        sheet=_sheet(rows),
    )


def _square(path: Path) -> UInt8Array:
    rgb = read_picture(path).rgb
    factor = STYLE_SIZE / min(rgb.shape[:2])
    height, width = (max(STYLE_SIZE, round(side * factor)) for side in rgb.shape[:2])
    return centre_crop(resize(rgb, height, width), STYLE_SIZE)


def _paint(net: StyleNet, photographs: Tensor) -> Tensor:
    weights = {name: torch.from_numpy(value) for name, value in net.weights.items()}
    return run(net.spec.ops(), weights, photographs)


def _to_all(statistics: Tensor, targets: Tensor) -> NDArray[np.float64]:
    pairs = [style_loss(statistics, t.expand_as(statistics), STYLE_WIDTHS) for t in targets]
    return torch.stack(pairs, dim=1).double().numpy()


def _sheet(rows: Sequence[Tensor]) -> UInt8Array:
    grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    return (grid.permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).to(torch.uint8).numpy()
