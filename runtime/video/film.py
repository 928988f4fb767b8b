"""What is known of a film before it is painted, and its frames on the way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tinystyle.errors import MissingExtraError
from tinystyle.pictures.images import UInt8Array

__all__ = ["SUFFIXES", "Colour", "Film", "Frame", "pyav"]

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
"""Endings of the files that can be written."""

_BT709, _UNKNOWN, _SMPTE170M, _BT601 = 1, 2, 6, 5
_WRITTEN = (_BT709, _BT601, _SMPTE170M)
_HIGH_DEFINITION = 720
_HDR_CURVES = (16, 18)
"""Transfer curves of HDR films: PQ and HLG."""


def pyav() -> Any:
    """The module ``av``. Raises MissingExtraError where it is not installed."""
    try:
        import av  # noqa: PLC0415  (an extra, and photographs shall not wait for it)
    except ImportError as error:
        raise MissingExtraError("a film", "video") from error
    return av


@dataclass(frozen=True, slots=True)
class Colour:
    """How a film's numbers mean colours, by the codes of ITU-T H.273."""

    matrix: int
    """From Y, Cb and Cr to R, G and B; never "unknown"."""
    primaries: int
    curve: int

    @classmethod
    def of(cls, source: Any) -> Colour:
        """Of a stream's decoder or a frame. Where it does not say its matrix, it is taken as
        players do: BT.709 from 720 rows up, BT.601 below."""
        matrix = int(source.colorspace)
        if matrix == _UNKNOWN:
            matrix = _BT709 if source.height >= _HIGH_DEFINITION else _SMPTE170M
        return cls(matrix, int(source.color_primaries), int(source.color_trc))

    @property
    def written(self) -> Colour:
        """As a painted film has it: with BT.709 in place of a matrix that few players know."""
        if self.matrix in _WRITTEN:
            return self
        return Colour(_BT709, self.primaries, self.curve)

    @property
    def is_hdr(self) -> bool:
        """Whether brightness is coded for HDR screens."""
        return self.curve in _HDR_CURVES


@dataclass(frozen=True, slots=True)
class Film:
    """A film as it is painted: upright, at most as large as was asked for."""

    height: int
    width: int
    rate: Fraction
    """Frames a second, on average."""
    time_base: Fraction
    """Seconds of one unit of a frame's time."""
    frames: int | None
    """As many as the file says it has, or by its duration; None where it does not tell."""
    colour: Colour
    aspect: Fraction
    """Width of a pixel over its height."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a film."""

    rgb: UInt8Array
    """``(H, W, 3)``; a view of planes where a reader made it."""
    time: int
    """When it is shown, in units of the film's time base; grows from frame to frame."""
