"""Statistics of a whole tensor, put together of those of its tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Gathered", "Measure"]

FloatArray = NDArray[np.float64]
Count = int | FloatArray


class Measure(str, Enum):
    """What is known of each channel of a tensor."""

    MEAN = "mean"
    VARIANCE = "variance"
    """The mean square of what is left when the mean is taken away."""
    MOST = "most"
    LEAST = "least"
    CORNER = "corner"
    """The value of its first place."""


@dataclass(slots=True)
class Gathered:
    """Measures of one tensor, in double precision, over the tiles that were added."""

    count: Count = 0
    """Places of all tiles; by channel where tensors of several sizes are gathered as one."""
    values: dict[Measure, FloatArray] = field(default_factory=dict)

    def add(self, count: Count, tile: Mapping[Measure, NDArray[np.floating]]) -> None:
        """A tile of ``count`` places, which has these measures; a variance comes with a mean.

        Chan, Golub and LeVeque 1979: no difference of large sums is taken.
        """
        new = {measure: value.astype(np.float64) for measure, value in tile.items()}
        if not self.values:
            self.count, self.values = count, new
            return
        share, known = count / (self.count + count), self.values
        self.count = self.count + count
        found = dict(known)
        for measure, value in new.items():
            match measure:
                case Measure.MEAN:
                    found[measure] = known[measure] + share * (value - known[measure])
                case Measure.VARIANCE:
                    apart = new[Measure.MEAN] - known[Measure.MEAN]
                    inside = known[measure] + share * (value - known[measure])
                    found[measure] = inside + share * (1.0 - share) * apart**2
                case Measure.MOST:
                    found[measure] = np.maximum(known[measure], value)
                case Measure.LEAST:
                    found[measure] = np.minimum(known[measure], value)
                case Measure.CORNER:  # of the first tile
                    pass
        self.values = found
