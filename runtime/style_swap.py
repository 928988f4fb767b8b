"""Networks of style swap: the patches of an artwork, between a given encoder and decoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import PictureError
from tinystyle.network.methods.specs import SwapSpec
from tinystyle.network.methods.style_swap import OF_THE_ARTWORK, SWAP
from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import Picture, to_batch
from tinystyle.runtime.encoder_decoder import EncoderDecoder
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, prepare_style
from tinystyle.runtime.patch_choice import (
    DEFAULT_PATCHES,
    choose_patches,
    patch_count,
    patches_of,
    require_patches,
    unit_patches,
)

__all__ = ["DEFAULT_PATCHES", "StyleSwap"]

_FLAT = 1e-3
"""Share of their mean that patches differ by, at least, where there is a style to be seen."""

FloatArray = NDArray[np.float32]


class StyleSwap:
    """Makes networks that give a photograph the patches of an artwork (Chen & Schmidt 2016)."""

    def __init__(
        self,
        patches: int | None = DEFAULT_PATCHES,
        path: Path | None = None,
        *,
        moments: bool = True,
        exact: bool = False,
    ) -> None:
        """``patches`` of an artwork are chosen to stand for all; None takes all of them. ``path``
        holds encoder and inverse network, by default those of the package. Without ``moments`` the
        method is as published: see
        :func:`tinystyle.network.methods.style_swap.style_swap_layers`. An artwork
        with fewer patches gives all that it has, unless the number shall be ``exact``.

        Raises OptionError for an impossible number, ModelError for another file.
        """
        require_patches(patches)
        self._patches = patches
        self._with_moments = moments
        self._exact = exact
        self._pair = EncoderDecoder(path)

    def generate(
        self, picture: Picture, name: str = "", style_size: int = DEFAULT_STYLE_SIZE
    ) -> StyleNet:
        """The network for a style. ``name`` goes into its notes.

        ``style_size`` is the shortest side, in pixels, at which the artwork is looked at: smaller
        makes finer strokes. Raises PictureError where the picture is too small or of one colour,
        OptionError where it has fewer patches than asked for.
        """
        features = self.encode(to_batch(prepare_style(picture.rgb, style_size)))
        bank = patches_of(features[0])
        count = patch_count(self._patches, len(bank), style_size, exact=self._exact)
        if np.abs(bank - bank.mean(axis=0)).max() <= _FLAT * np.abs(bank).max():
            raise PictureError("the style picture is of one colour: it has no patches to swap")
        chosen = bank if count == len(bank) else bank[choose_patches(bank, count)]
        swap = {f"{SWAP}.{key}": value for key, value in unit_patches(chosen).items()}
        method = SwapSpec(count, self._with_moments)
        spec = NetSpec(Architecture.STYLE_SWAP, self._pair.width, 0, method=method)
        swap |= self._moments(features)
        notes = {"style_name": name, "style_sha256": picture.sha256, "style_size": str(style_size)}
        weights = {
            **self._pair.weights,
            **{k: np.ascontiguousarray(v, "f4") for k, v in swap.items()},
        }
        ordered = {parameter.name: weights[parameter.name] for parameter in spec.parameters()}
        return StyleNet(spec, ordered, {**notes, "method": "style-swap"})

    def _moments(self, features: FloatArray) -> dict[str, FloatArray]:
        if not self._with_moments:
            return {}
        mean, deviation = features.mean(axis=(0, 2, 3)), features.std(axis=(0, 2, 3))
        return {
            f"{layer}.norm.{key}": value
            for layer in OF_THE_ARTWORK
            for key, value in (("weight", deviation), ("bias", mean))
        }

    def encode(self, picture: FloatArray) -> FloatArray:
        """The features of ``(N, 3, H, W)``, 0..1: ``(N, C, h, w)`` at a quarter of the size."""
        return self._pair.encode(picture)
