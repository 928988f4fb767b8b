"""Whether a large picture, painted with larger strokes, looks like its small painting."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from tinystyle.benchmarks.quality.judge import gram, relative_error
from tinystyle.errors import OptionError
from tinystyle.pictures.images import Picture, UInt8Array, resize, to_batch
from tinystyle.pictures.similarity import ssim
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.training.perceptual.vgg import PerceptualNetwork

__all__ = ["StrokeSizes", "compare_strokes"]

_LAYERS = ("relu2_1", "relu3_1")

_CUT = 256
"""Side of the part that is shown pixel by pixel, at the size of the large picture."""


@dataclass(frozen=True, slots=True)
class StrokeSizes:
    """A large picture shrunk to the size at which it was painted, beside the painting there."""

    photograph: str
    style: str
    megapixels: float
    gram: float
    """Relative error of Gram matrices at relu2_1 and relu3_1, mean."""
    similarity: float
    """SSIM."""
    processor_seconds: float
    """Of painting the large one, all threads together."""
    cut: UInt8Array
    """The middle of photograph, painting enlarged by bicubic resampling, and result."""


def compare_strokes(
    perceptual: PerceptualNetwork,
    painters: Sequence[tuple[str, Stylizer]],
    photographs: Sequence[tuple[str, Picture]],
) -> Iterator[StrokeSizes]:
    """Every photograph by every network, at the default stroke size.

    Raises OptionError for a photograph that is so small that it is painted as it is.
    """
    for name, photograph in photographs:
        large = photograph.rgb
        sides = large.shape[0], large.shape[1]
        for style, painter in painters:
            size = painter.painted_size(*sides)
            if size == sides or painter.fixed_size is not None:
                raise OptionError(
                    f"{name} has {sides[0]}x{sides[1]} px and is painted at {size}; needed are "
                    "more than two megapixels, and a network for any size"
                )
            small = painter.stylize(resize(large, *size))
            start = time.process_time()
            painted = painter.stylize(large)
            seconds = time.process_time() - start
            shrunk = resize(painted, *size)
            cuts = [_middle(each) for each in (large, resize(small, *sides), painted)]
            yield StrokeSizes(
                photograph=name,
                style=style,
                megapixels=large.shape[0] * large.shape[1] / 1e6,
                gram=_gram_error(perceptual, shrunk, small),
                similarity=ssim(to_batch(shrunk), to_batch(small)),
                processor_seconds=seconds,
                cut=np.concatenate(cuts, axis=1),
            )


def _middle(rgb: UInt8Array) -> UInt8Array:
    top, left = (max(0, (side - _CUT) // 2) for side in rgb.shape[:2])
    return rgb[top : top + _CUT, left : left + _CUT]


def _gram_error(perceptual: PerceptualNetwork, got: UInt8Array, wanted: UInt8Array) -> float:
    with torch.inference_mode():
        first, second = (
            perceptual(torch.from_numpy(to_batch(each)), _LAYERS) for each in (got, wanted)
        )
        errors = [relative_error(gram(first[k]), gram(second[k])) for k in _LAYERS]
    return float(np.mean(errors))
