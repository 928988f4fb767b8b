"""Masks of regions: pictures of labels, or of one colour for each region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import OptionError, PictureError
from tinystyle.network.methods.semantic import MAX_REGIONS
from tinystyle.pictures.images import Picture, UInt8Array, picture_of

__all__ = [
    "ArtworkMask",
    "artwork_mask",
    "drawn_mask",
    "fit_mask",
    "labels_of",
    "photograph_mask",
    "resize_labels",
]

_DARK = 32
"""Greys below are labels, not colours."""

_ALIKE = 16
"""Of 255 in any channel: colours that JPEG or a colour profile may have made of one."""

_FEW = 0.005
"""Share of a picture's pixels below which a colour is a blend between two regions' own."""

_EVEN = 0.7
"""Share of a mask's pixels that have the colour of a region, at least. Masks of 2 to 8 regions had
0.74 or more as JPEG of quality 50 to 90, 96 to 512 px a side; of 600 photographs and paintings 18
do."""

Colors = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ArtworkMask:
    """The regions of an artwork."""

    labels: UInt8Array
    """``(H, W)``, 0 to ``regions - 1``."""
    regions: int
    colors: tuple[str, ...] = ()
    """``#rrggbb`` of each region; none where the picture holds labels."""

    @property
    def absent(self) -> tuple[int, ...]:
        """Regions without a pixel, between others that have some."""
        return tuple(sorted(set(range(self.regions)) - set(np.unique(self.labels).tolist())))


def artwork_mask(picture: Picture, name: str) -> ArtworkMask:
    """What the mask of an artwork says. ``name`` is its file's, for errors.

    Of a picture whose pixels are all grey and below 32 each grey is a label, 0 to 7. Of any other
    each colour of 0.5 % of the pixels or more is a region, in rising order of #rrggbb, but for
    those within 16 of a more frequent one, as JPEG makes them. All others, as soft edges have them,
    count as the nearest of these. Raises PictureError for more than 8 regions, for labels in a
    format that changes pixels, and where fewer than 70 % of the pixels are within 16 of a region's
    colour, as in a photograph.
    """
    if _holds_labels(picture.rgb):
        _require_lossless(picture, name)
        labels = picture.rgb[..., 0]
        if labels.max() >= MAX_REGIONS:
            raise PictureError(
                f"{name}: has labels up to {labels.max()}; allowed are 0 to {MAX_REGIONS - 1}"
            )
        return ArtworkMask(np.ascontiguousarray(labels), int(labels.max()) + 1)
    colors, inverse, shares = _colors(picture.rgb)
    kept = _main(colors, shares)
    if not 1 <= len(kept) <= MAX_REGIONS:
        raise PictureError(
            f"{name}: has {len(colors)} colours, {len(kept)} of them far apart and each of "
            f"{_FEW:.1%} of the pixels or more; a mask has one colour for each of 1 to "
            f"{MAX_REGIONS} regions"
        )
    nearest, off = _nearest(colors, kept)
    _require_even(shares[off <= _ALIKE].sum(), name)
    return ArtworkMask(nearest[inverse].astype(np.uint8), len(kept), tuple(map(_named, kept)))


def photograph_mask(
    picture: Picture, name: str, regions: int, colors: Sequence[str] = ()
) -> UInt8Array:
    """Labels ``(H, W)``, 0 to ``regions - 1``, of a mask made as the artwork's was.

    ``colors`` are those of the artwork's; without them the picture holds labels. Each pixel is of
    the region whose colour is nearest. Raises PictureError for labels that the artwork has not,
    for a colour of 0.5 % of the pixels or more that is further than 16 from all, and as
    :func:`artwork_mask` does for labels in a lossy format and for photographs.
    """
    if not colors:
        labels = picture.rgb[..., 0]
        if not _holds_labels(picture.rgb):
            raise PictureError(
                f"{name}: is of colours; the network's regions have labels, 0 to {regions - 1}: "
                "greys of a PNG"
            )
        _require_lossless(picture, name)
        if labels.max() >= regions:
            raise PictureError(
                f"{name}: has labels up to {labels.max()}; the network's regions have 0 to "
                f"{regions - 1}"
            )
        return np.ascontiguousarray(labels)
    own, inverse, shares = _colors(picture.rgb)
    known = _values(colors)
    nearest, off = _nearest(own, known)
    strange = (off > _ALIKE) & (shares >= _FEW)
    if strange.any():
        at = int(np.where(strange, shares, 0.0).argmax())
        raise PictureError(
            f"{name}: {_named(own[at])} ({shares[at]:.1%} of the pixels) is none of the colours of "
            f"the artwork's mask: {', '.join(colors)}"
        )
    _require_even(shares[off <= _ALIKE].sum(), name)
    return nearest[inverse].astype(np.uint8)


def drawn_mask(labels: UInt8Array, colors: Sequence[str] = ()) -> UInt8Array:
    """``(H, W, 3)``, as :func:`photograph_mask` reads it: each region's colour, else its label as
    grey, which looks black."""
    greys = np.repeat(np.arange(256)[:, None], 3, axis=1)
    drawn: UInt8Array = (_values(colors) if colors else greys).astype(np.uint8)[labels]
    return drawn


def labels_of(
    mask: UInt8Array | Image.Image | str | Path,
    height: int,
    width: int,
    regions: int,
    colors: Sequence[str] = (),
) -> UInt8Array:
    """Labels ``(height, width)`` of what a caller holds as the mask of a photograph.

    Raises OptionError for an array that is none, PictureError as :func:`photograph_mask` and
    :func:`fit_mask`.
    """
    name = str(mask) if isinstance(mask, str | Path) else "mask"
    if not isinstance(mask, np.ndarray):
        mask = photograph_mask(picture_of(mask), name, regions, colors)
    if mask.dtype != np.uint8 or mask.ndim != 2 or 0 in mask.shape:
        raise OptionError(f"mask is {mask.dtype}{mask.shape}; needed is uint8 (H, W), or a picture")
    return fit_mask(mask, height, width, name)


def fit_mask(labels: UInt8Array, height: int, width: int, name: str) -> UInt8Array:
    """Labels at the picture's size. Raises PictureError for another aspect ratio."""
    tall, wide = labels.shape
    # A pixel more or less is what rounding makes of the same ratio.
    if abs(wide - width * tall / height) > 1.0 and abs(tall - height * wide / width) > 1.0:
        raise PictureError(
            f"{name}: the mask is {tall} px high and {wide} wide, its picture {height} and "
            f"{width}: another ratio; draw it over the picture"
        )
    return resize_labels(labels, height, width)


def resize_labels(labels: UInt8Array, height: int, width: int) -> UInt8Array:
    """``(H, W)`` at ``height`` x ``width``, the nearest label: none is made between two."""
    rows, columns = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip((height, width), labels.shape, strict=True)
    )
    return np.ascontiguousarray(labels[rows][:, columns])


def _require_lossless(picture: Picture, name: str) -> None:
    """Raise PictureError for labels that a format has changed: one more is another region."""
    if picture.metadata.lossy:
        raise PictureError(
            f"{name}: holds labels (greys below {_DARK}) in a format that changes pixels, as JPEG "
            "does; save it as PNG, or give each region a colour"
        )


def _require_even(share: float, name: str) -> None:
    """Raise PictureError where too few pixels have the colour of a region."""
    if share < _EVEN:
        raise PictureError(
            f"{name}: {share:.0%} of the pixels have the colour of a region, as in a photograph; "
            f"in a mask {_EVEN:.0%} or more do: one even colour for each region, soft edges at most"
        )


def _holds_labels(rgb: UInt8Array) -> bool:
    grey = (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
    return bool(grey and rgb.max() < _DARK)


def _colors(rgb: UInt8Array) -> tuple[Colors, NDArray[np.int64], NDArray[np.float64]]:
    """Colours ``(n, 3)``, which of them each pixel has, ``(H, W)``, and their shares ``(n,)``."""
    packed = rgb.astype(np.int64) @ np.array([65536, 256, 1])
    found, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colors = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    return colors, inverse.reshape(packed.shape), counts / packed.size


def _main(colors: Colors, shares: NDArray[np.float64]) -> Colors:
    """Those of enough pixels that are not alike one of more pixels, in their order."""
    kept: list[int] = []
    for at in shares.argsort(kind="stable")[::-1]:
        if shares[at] < _FEW:
            break
        if all(np.abs(colors[at] - colors[other]).max() > _ALIKE for other in kept):
            kept.append(int(at))
    return colors[sorted(kept)]


def _nearest(colors: Colors, known: Colors) -> tuple[NDArray[np.int64], Colors]:
    """For each colour the nearest of the known ones, and how far it is in any channel."""
    nearest = np.stack([np.square(colors - one).sum(axis=1) for one in known]).argmin(axis=0)
    return nearest, np.abs(colors - known[nearest]).max(axis=1)


def _values(colors: Sequence[str]) -> Colors:
    return np.array([[int(c[at : at + 2], 16) for at in (1, 3, 5)] for c in colors])


def _named(color: Colors) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color.tolist())
