"""Masks of regions from pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import encode
from tinystyle.errors import PictureError
from tinystyle.pictures.images import Picture, decode_picture, from_pil
from tinystyle.pictures.masks import (
    artwork_mask,
    fit_mask,
    photograph_mask,
    resize_labels,
)

HALVES = np.repeat(np.arange(80) // 40, 60).reshape(80, 60).astype(np.uint8)
PALETTE = np.array([(255, 0, 0), (0, 0, 255), (0, 160, 0)], np.uint8)


def _drawn(labels: NDArray[np.uint8], colors: NDArray[np.uint8] = PALETTE) -> Picture:
    return from_pil(Image.fromarray(colors[labels]))


def _labels(labels: NDArray[np.uint8]) -> Picture:
    return from_pil(Image.fromarray(labels))


def test_labels_are_read_as_they_are() -> None:
    found = artwork_mask(_labels(2 * HALVES), "m.png")
    assert (found.regions, found.colors, found.absent) == (3, (), (1,))
    np.testing.assert_array_equal(found.labels, 2 * HALVES)
    np.testing.assert_array_equal(photograph_mask(_labels(HALVES), "p.png", 3), HALVES)


def test_colours_are_regions_in_rising_order() -> None:
    found = artwork_mask(_drawn(HALVES), "m.png")
    assert found.colors == ("#0000ff", "#ff0000")
    np.testing.assert_array_equal(found.labels, 1 - HALVES)
    labels = photograph_mask(_drawn(1 - HALVES), "p.png", 2, found.colors)
    np.testing.assert_array_equal(labels, HALVES)


def test_palettes_are_read_by_their_colours() -> None:
    """Two files of the same colours may number them in another order."""
    pictures = []
    for order in ((0, 1), (1, 0)):
        image = Image.fromarray(np.array(order, np.uint8)[HALVES], "P")
        image.putpalette(PALETTE[list(order)].tobytes())
        pictures.append(decode_picture(encode(image, "PNG"), "m.png"))
    first, second = (artwork_mask(picture, "m.png") for picture in pictures)
    np.testing.assert_array_equal(first.labels, second.labels)


def test_soft_edges_and_jpeg_make_no_regions() -> None:
    small = Image.fromarray(PALETTE[HALVES])
    large = small.resize((240, 320), Image.Resampling.BICUBIC)
    for data in (encode(large, "PNG"), encode(large, "JPEG", quality=85)):
        found = artwork_mask(decode_picture(data, "m"), "m")
        assert found.regions == 2
        wanted = np.repeat(1 - np.arange(320) // 160, 240).reshape(320, 240)
        assert (found.labels != wanted).mean() < 0.02
        labels = photograph_mask(decode_picture(data, "m"), "m", 2, found.colors)
        np.testing.assert_array_equal(labels, found.labels)


def test_few_pixels_are_a_region_where_a_label_says_so() -> None:
    drawn = HALVES.copy()
    drawn[0, 0] = 2
    assert artwork_mask(_drawn(drawn), "m.png").regions == 2
    assert artwork_mask(_labels(drawn), "m.png").regions == 3


def test_one_colour_is_one_region() -> None:
    for picture in (_labels(0 * HALVES), _drawn(0 * HALVES)):
        found = artwork_mask(picture, "m.png")
        assert (found.regions, found.absent) == (1, ())
        assert not found.labels.any()


def test_more_regions_than_there_may_be() -> None:
    many = (np.arange(4800).reshape(80, 60) // 500).astype(np.uint8)
    with pytest.raises(PictureError, match=r"m\.png: has labels up to 9; allowed are 0 to 7"):
        artwork_mask(_labels(many), "m.png")
    with pytest.raises(PictureError, match=r"m\.png: has 10 colours, 10 of them"):
        artwork_mask(_labels(25 * many + 5), "m.png")
    noise = np.random.default_rng(0).integers(0, 256, (80, 60, 3), np.uint8)
    with pytest.raises(PictureError, match=r"m\.png: has \d+ colours, 0 of them"):
        artwork_mask(from_pil(Image.fromarray(noise)), "m.png")


def test_photographs_are_no_masks() -> None:
    """Each colour of a slope is of few pixels, but for its white sky."""
    slope = np.linspace(0, 255, 80 * 60).reshape(80, 60, 1) * np.array([1.0, 0.6, 0.3])
    for sky in (8, 48):
        photograph = slope.astype(np.uint8)
        photograph[:sky] = 255
        with pytest.raises(PictureError, match=r"m\.png: \d+% of the pixels have .* photograph"):
            artwork_mask(from_pil(Image.fromarray(photograph)), "m.png")
        with pytest.raises(PictureError, match=r"p\.png: \d+% of the pixels have .* photograph"):
            photograph_mask(
                from_pil(Image.fromarray(photograph)), "p.png", 2, ("#0000ff", "#ffffff")
            )


def test_labels_that_a_format_has_changed_are_refused() -> None:
    for form, good in (("PNG", True), ("JPEG", False)):
        picture = decode_picture(encode(Image.fromarray(3 * HALVES), form), "m")
        if good:
            assert artwork_mask(picture, "m").regions == 4
            assert photograph_mask(picture, "m", 4).max() == 3
            continue
        with pytest.raises(PictureError, match=r"m: holds labels .* save it as PNG"):
            artwork_mask(picture, "m")
        with pytest.raises(PictureError, match=r"m: holds labels .* save it as PNG"):
            photograph_mask(picture, "m", 4)


@pytest.mark.parametrize("quality", [50, 90])
def test_masks_of_many_colours_are_cleaned(quality: int) -> None:
    """Eight regions as JPEG, which makes thousands of colours."""
    bits = np.arange(8)[:, None] >> np.arange(3) & 1
    palette = (255 * bits).astype(np.uint8)
    labels = np.kron(np.arange(8).reshape(2, 4), np.ones((128, 64), int)).astype(np.uint8)
    data = encode(Image.fromarray(palette[labels]), "JPEG", quality=quality)
    found = artwork_mask(decode_picture(data, "m"), "m")
    assert found.regions == 8
    colors = np.array([[int(c[at : at + 2], 16) for at in (1, 3, 5)] for c in found.colors])
    off = np.abs(colors[found.labels] - palette[labels]).max(axis=-1)
    assert (off > 16).mean() < 0.03


def test_what_the_artwork_has_not() -> None:
    with pytest.raises(PictureError, match=r"p\.png: has labels up to 2; .* have 0 to 1"):
        photograph_mask(_labels(2 * HALVES), "p.png", 2)
    with pytest.raises(PictureError, match=r"p\.png: is of colours; .* labels, 0 to 1"):
        photograph_mask(_drawn(HALVES), "p.png", 2)
    with pytest.raises(PictureError, match=r"p\.png: #00a000 \(50\.0% .* #0000ff, #ff0000"):
        photograph_mask(_drawn(2 * HALVES), "p.png", 2, ("#0000ff", "#ff0000"))


@pytest.mark.parametrize("size", [(160, 120), (40, 30), (81, 61), (53, 40)])
def test_masks_of_the_pictures_ratio_are_resized(size: tuple[int, int]) -> None:
    found = fit_mask(HALVES, *size, "m.png")
    assert found.shape == size
    assert set(np.unique(found)) == {0, 1}
    assert found.mean() == pytest.approx(0.5, abs=0.03)


def test_masks_of_another_ratio_are_refused() -> None:
    for size in ((60, 80), (80, 80), (160, 130)):
        with pytest.raises(PictureError, match="another ratio"):
            fit_mask(HALVES, *size, "m.png")


def test_resizing_takes_the_nearest_label() -> None:
    labels = np.array([[0, 5], [7, 1]], np.uint8)
    np.testing.assert_array_equal(
        resize_labels(labels, 4, 4), np.kron(labels, np.ones((2, 2), np.uint8))
    )
    np.testing.assert_array_equal(resize_labels(resize_labels(labels, 6, 8), 2, 2), labels)
