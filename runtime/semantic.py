"""Networks of semantic style transfer: the regions of an artwork between encoder and decoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from tinystyle.errors import OptionError, PictureError
from tinystyle.network.methods.regions import soft_regions, statistics
from tinystyle.network.methods.semantic import REGIONS
from tinystyle.network.methods.specs import SemanticSpec
from tinystyle.network.ops import RegionKernel
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, UInt8Array, picture_of, to_batch
from tinystyle.pictures.masks import artwork_mask, fit_mask, resize_labels
from tinystyle.runtime.encoder_decoder import EncoderDecoder
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, prepare_style, style_window
from tinystyle.runtime.patch_choice import (
    DEFAULT_PATCHES,
    choose_in_regions,
    patch_count,
    patches_of,
    require_patches,
    unit_patches,
)

__all__ = ["SemanticTransfer"]

_FLAT = 1e-3
"""Share of their mean that features deviate by, at least, where there is a style to be seen."""

_LEAST_FEATURES = 1.0
"""Of an artwork's region; each is 4 x 4 pixels of it."""

FloatArray = NDArray[np.float32]


class SemanticTransfer:
    """Makes networks that give each region of a photograph the look of an artwork's region (Lu et
    al. 2017)."""

    def __init__(
        self,
        mask: UInt8Array | Image.Image | str | Path,
        kernel: RegionKernel = RegionKernel.PATCHES,
        balance: float = 1.0,
        path: Path | None = None,
        *,
        patches: int | None = DEFAULT_PATCHES,
        exact: bool = False,
    ) -> None:
        """``mask`` tells the artwork's regions, 1 to 8: a picture as in
        :func:`tinystyle.pictures.masks.artwork_mask`, its file or a PIL image, or labels ``(H, W)``
        of uint8. ``balance`` 0..1 goes from the photograph's
        own features to what the kernel makes of them. ``path`` holds encoder and decoder, by
        default those of the package. ``patches`` of the artwork are chosen for PATCHES, None takes
        all of them; an artwork with fewer gives all that it has, unless the number shall be
        ``exact``.

        Raises OptionError for another balance or number, PictureError for another mask, ModelError
        for another file.
        """
        if not 0.0 <= balance <= 1.0:
            raise OptionError(f"balance is {balance:g}; allowed are 0 to 1")
        require_patches(patches)
        self._kernel, self._balance = kernel, balance
        self._name = str(mask) if isinstance(mask, str | Path) else "mask"
        self._patches, self._exact = patches, exact
        picture = picture_of(mask)
        self.mask = artwork_mask(picture, self._name)
        self._sha256 = picture.sha256
        self._pair = EncoderDecoder(path)

    def generate(
        self, picture: Picture, name: str = "", style_size: int = DEFAULT_STYLE_SIZE
    ) -> StyleNet:
        """The network for a style. ``name`` goes into its notes.

        ``style_size`` is the shortest side, in pixels, at which the artwork is looked at. A region
        that has no feature of its own, 4 x 4 pixels at that size, gets the statistics and patches
        of the whole artwork; so do a photograph's pixels that are of no region of the artwork's.
        Raises PictureError where the picture is too small or of one colour, or where the mask has
        another aspect ratio, OptionError where there are fewer patches than asked for.
        """
        rows, columns, size = style_window(picture.height, picture.width, style_size)
        whole = fit_mask(self.mask.labels, picture.height, picture.width, self._name)
        labels = resize_labels(whole[rows, columns], *size)[None, None]
        features = self._pair.encode(to_batch(prepare_style(picture.rgb, style_size)))
        count = self.mask.regions
        soft = soft_regions(labels, count)
        means, deviations = self._statistics(features, soft)
        weights = dict(self._pair.weights)
        weights[f"{REGIONS}.mean"] = means
        if self._kernel is not RegionKernel.LINEAR:
            weights[f"{REGIONS}.deviation"] = deviations
        weights[f"{REGIONS}.balance"] = np.full(count + 1, self._balance, np.float32)
        patches = 0
        if self._kernel is RegionKernel.PATCHES:
            bank = self._bank(features, soft, style_size)
            weights |= {f"{REGIONS}.{key}": value for key, value in bank.items()}
            patches = len(bank["label"])
        method = SemanticSpec(count, self._kernel, patches)
        spec = NetSpec(Architecture.SEMANTIC, self._pair.width, 0, method=method)
        notes = {"style_name": name, "style_sha256": picture.sha256, "style_size": str(style_size)}
        notes |= {"method": "semantic", "balance": f"{self._balance:g}"}
        if self._sha256:  # of a file
            notes["mask_sha256"] = self._sha256
        if self.mask.colors:
            notes["mask_colors"] = " ".join(self.mask.colors)
        ordered = {parameter.name: weights[parameter.name] for parameter in spec.parameters()}
        return StyleNet(spec, ordered, notes)

    @staticmethod
    def _statistics(features: FloatArray, soft: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means and deviations of the regions, then of the whole: ``(K + 1, C)`` each."""
        whole = statistics(features, np.ones_like(soft[:, :1]))
        if whole[1].max() <= _FLAT * np.abs(whole[0]).max():
            raise PictureError("the style picture is of one colour: it has no style to transfer")
        there = _there(soft)
        mean, deviation = (
            np.ascontiguousarray(np.where(there, own[0], all_[0]).T, np.float32)
            for own, all_ in zip(statistics(features, soft), whole, strict=True)
        )
        return mean, deviation

    def _bank(
        self, features: FloatArray, soft: FloatArray, style_size: int
    ) -> dict[str, FloatArray]:
        """Patches of length 1, their lengths, and the region of each."""
        patches, inside = patches_of(features[0]), _inside(soft[0])
        least, there = int(inside.any(axis=1).sum()), int(inside.sum())
        count = patch_count(self._patches, there, style_size, exact=self._exact, least=least)
        chosen, label = choose_in_regions(patches, inside, count)
        return {**unit_patches(patches[chosen]), "label": label.astype(np.float32)}


def _there(soft: FloatArray) -> NDArray[np.bool_]:
    """Which regions have a feature of their own; those of no region count as none."""
    there: NDArray[np.bool_] = soft.sum(axis=(0, 2, 3)) >= _LEAST_FEATURES
    there[-1] = False
    return there


def _inside(soft: FloatArray) -> NDArray[np.bool_]:
    """``(R, M)``: which of all 3x3 patches lie in which region, of shares ``(R + 1, h, w)``.

    Those that lie in it wholly; where there is none, those whose middle does. A feature is of the
    region that has the largest share in it.
    """
    hard = soft.argmax(axis=0)
    windows = sliding_window_view(hard, (3, 3)).reshape(-1, 9)
    each = np.arange(len(soft) - 1)[:, None]
    wholly = (windows[None] == each[..., None]).all(axis=2)
    inside: NDArray[np.bool_] = np.where(
        wholly.any(axis=1, keepdims=True), wholly, windows[:, 4] == each
    )
    inside &= _there(soft[None])[:-1, None]
    return inside
