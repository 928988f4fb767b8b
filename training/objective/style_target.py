"""What a picture's style is, as numbers that painted pictures are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

__all__ = ["StyleTarget"]


def _nothing() -> Tensor:
    return torch.zeros(0)


@dataclass(frozen=True, slots=True)
class StyleTarget:
    """The style of N pictures. What an objective does not weigh is left out."""

    count: int
    """N."""
    moments: Tensor = field(default_factory=_nothing)
    """Means and deviations of the style layers' channels, ``(N, F)``."""
    grams: Mapping[str, Tensor] = field(default_factory=dict)
    """By layer, the Gram matrix, ``(N, C * C)``."""
    colours: Tensor = field(default_factory=_nothing)
    """CIELAB colours of some pixels, sorted along D directions, ``(N, D, P)``."""
    grid: Tensor = field(default_factory=_nothing)
    """Energy at the 2- and 4-pixel period, ``(N,)``; see ``objective.losses``."""
    orientations: Tensor = field(default_factory=_nothing)
    """Which way edges run, ``(N, 16)``; see ``objective.orientation``."""

    def __len__(self) -> int:
        return self.count

    def rows(self, chosen: slice | Sequence[int] | Tensor) -> StyleTarget:
        """The style of some of the pictures."""
        index = torch.arange(self.count)[chosen]

        def of(values: Tensor) -> Tensor:
            return values[index.to(values.device)] if len(values) else values

        grams = {layer: of(gram) for layer, gram in self.grams.items()}
        return StyleTarget(
            len(index),
            of(self.moments),
            grams,
            of(self.colours),
            of(self.grid),
            of(self.orientations),
        )

    @staticmethod
    def together(targets: Sequence[StyleTarget]) -> StyleTarget:
        """The styles of several targets of one objective, one after the other."""
        layers = targets[0].grams
        return StyleTarget(
            sum(len(target) for target in targets),
            torch.cat([target.moments for target in targets]),
            {layer: torch.cat([target.grams[layer] for target in targets]) for layer in layers},
            torch.cat([target.colours for target in targets]),
            torch.cat([target.grid for target in targets]),
            torch.cat([target.orientations for target in targets]),
        )
