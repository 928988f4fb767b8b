"""Arithmetic of the page's modules, against Python's."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from tinystyle.benchmarks.web.devtools import Page
from tinystyle.pictures.examples import landscape, swirls
from tinystyle.pictures.images import UInt8Array, decode_picture, encode_png, resize
from tinystyle.pictures.masks import photograph_mask
from tinystyle.runtime.color import softened, transfer_luma
from tinystyle.runtime.enlargement import enlarged


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


_BYTES = """
    const bytesOf = (text) => Uint8ClampedArray.from(atob(text), (letter) => letter.charCodeAt(0));
    const textOf = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
"""


def _bytes_of(page: Page, script: str, shape: tuple[int, ...]) -> UInt8Array:
    """What ``script``, the body of a function, returns by ``textOf``."""
    found = page.run(f"(async () => {{ {_BYTES} {script} }})()")
    return np.frombuffer(base64.b64decode(found), np.uint8).reshape(shape)


def _rgba(rgb: UInt8Array) -> UInt8Array:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


@pytest.fixture
def pair() -> tuple[UInt8Array, UInt8Array]:
    """A painting and a photograph of any colours, of one size."""
    generator = np.random.default_rng(7)
    painted, photograph = generator.integers(0, 256, (2, 90, 110, 3), np.uint8)
    return painted, photograph


def test_the_photographs_colours_are_kept_as_python_keeps_them(
    page: Page, pair: tuple[UInt8Array, UInt8Array]
) -> None:
    painted, photograph = pair
    script = f"""
        const {{ keepColours }} = await import("./colours.mjs");
        const painted = bytesOf("{_text(_rgba(painted))}");
        keepColours(painted, bytesOf("{_text(_rgba(photograph))}"));
        return textOf(painted);
    """
    found = _bytes_of(page, script, (90, 110, 4))[..., :3]
    expected = transfer_luma(painted, photograph)
    assert np.abs(expected.astype(int) - painted).max() > 100
    # numpy's product of matrices may add in another order, which is an ulp before rounding.
    difference = np.abs(found.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


@pytest.mark.parametrize("strength", [0.0, 0.37, 0.5, 1.0])
def test_a_painting_is_softened_as_python_softens_it(
    page: Page, pair: tuple[UInt8Array, UInt8Array], strength: float
) -> None:
    painted, photograph = pair
    script = f"""
        const {{ soften }} = await import("./colours.mjs");
        const painted = bytesOf("{_text(_rgba(painted))}");
        soften(painted, bytesOf("{_text(_rgba(photograph))}"), {strength});
        return textOf(painted);
    """
    found = _bytes_of(page, script, (90, 110, 4))
    assert np.array_equal(found[..., :3], softened(painted, photograph, strength))
    assert (found[..., 3] == 255).all()


def _carried(
    page: Page, photograph: UInt8Array, painted: UInt8Array, large: UInt8Array, rows: int
) -> UInt8Array:
    (small_height, small_width), (height, width) = photograph.shape[:2], large.shape[:2]
    script = f"""
        const {{ GuidedEnlargement }} = await import("./guided-filter.mjs");
        const filter = new GuidedEnlargement(
            bytesOf("{_text(_rgba(photograph))}"), bytesOf("{_text(painted)}"),
            {small_width}, {small_height});
        const large = bytesOf("{_text(_rgba(large))}");
        const strip = {rows} * 4 * {width};
        for (let row = 0; row < {height}; row += {rows}) {{
            const part = large.subarray(4 * {width} * row, 4 * {width} * row + strip);
            filter.paint(part, row, {width}, {height});
        }}
        return textOf(large);
    """
    return _bytes_of(page, script, (height, width, 4))[..., :3]


def test_a_painting_is_carried_to_full_size_by_the_guided_filter(page: Page) -> None:
    large = np.ascontiguousarray(landscape(300)[:211])
    photograph = resize(large, 71, 100)
    painted = resize(swirls(100), 71, 100)
    found = _carried(page, photograph, painted, large, rows=64)
    expected = enlarged(painted, photograph, large).astype(int)
    assert np.abs(found - expected).max() <= 1
    assert (found == expected).mean() > 0.999
    # In strips or at once: the same.
    assert np.array_equal(found, _carried(page, photograph, painted, large, rows=211))


def test_what_is_carried_has_the_paintings_strokes_and_the_photographs_edges(page: Page) -> None:
    # Two halves, black and white, whose edge lies between two small pixels' centres or not.
    large = np.zeros((120, 240, 3), np.uint8)
    large[:, 121:] = 255
    photograph = resize(large, 30, 60)
    painted = np.where(photograph > 127, 200, 40).astype(np.uint8)
    found = _carried(page, photograph, painted, large, rows=120).astype(int)
    across = np.abs(np.diff(found[60, :, 0]))
    assert across.argmax() == 120  # where it is in the large photograph
    assert across.max() > 100  # bilinear enlargement has 40 at most
    # At its own size the painting comes out as it is.
    same = _carried(page, photograph, painted, photograph, rows=30)
    assert np.abs(same.astype(int) - painted).max() <= 1


def test_random_shares_have_the_artworks_mean_and_spread(page: Page) -> None:
    script = """(async () => {
        const { drawShares } = await import("./surprise.mjs");
        return JSON.stringify(Array.from({ length: 4000 }, (_, seed) => drawShares(seed, 8)));
    })()"""
    shares = np.array(json.loads(page.run(script)))
    assert np.abs(shares.sum(1) - 1).max() < 1e-9
    assert np.abs(shares.mean(0) - 1 / 8).max() < 0.03
    # Deviations z - mean(z), over the root of 7, as manifold.random_styles draws them.
    expected = (np.eye(8) - 1 / 8) / 7
    assert np.abs(np.cov(shares.T) - expected).max() < 0.02


@pytest.mark.parametrize(
    ("pixels", "longest"), [(300, 512), (560, 512), (700, 768), (1080, 1024), (3000, 1536)]
)
def test_pictures_are_as_large_as_the_screen_needs(page: Page, pixels: int, longest: int) -> None:
    script = f"""import("./sizes.mjs").then(({{ SIZES, placeFor }}) => SIZES[placeFor({pixels})])"""
    assert page.run(script) == longest


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_mask_of_colours_is_read_as_python_reads_it(page: Page, kind: str) -> None:
    """Soft edges, and noise as of a JPEG file: each pixel is of the nearest region."""
    generator = np.random.default_rng(11)
    colours = ("#102030", "#20c040", "#f0f0e0")
    values = np.array([[int(each[k : k + 2], 16) for k in (1, 3, 5)] for each in colours])
    rgb = values[np.repeat(np.repeat(generator.integers(0, 3, (9, 11)), 10, 0), 10, 1)]
    rgb = np.clip(rgb + generator.integers(-6, 7, rgb.shape), 0, 255).astype(np.uint8)
    rgb[:, 54:56] = generator.integers(0, 256, (90, 2, 3))
    picture = decode_picture(encode_png(rgb), "mask")
    facts = {"name": "mask", "kind": kind, "regions": 3, "colours": colours}
    script = f"""
        const {{ labelsOf }} = await import("./region-mask.mjs");
        return textOf(labelsOf(bytesOf("{_text(_rgba(rgb))}"), {json.dumps(facts)}));
    """
    found = _bytes_of(page, script, (90, 110))
    assert np.array_equal(found, photograph_mask(picture, "mask", 3, colours))


@pytest.mark.parametrize(
    ("kind", "colours", "sentence"),
    [
        ("JPEG", [], "mask holds labels, which JPEG files change; save it as PNG."),
        (
            "PNG",
            ["#000000"],
            "mask: #232323 (50.0 % of the pixels) is no region's colour: #000000.",
        ),
        ("PNG", ["#ff0000", "#00ff00"], "mask: #000000 (50.0 % of the pixels) is no region's"),
    ],
)
def test_a_picture_that_is_no_mask_is_refused(
    page: Page, kind: str, colours: list[str], sentence: str
) -> None:
    rgb = np.zeros((20, 20, 3), np.uint8)
    rgb[10:] = 35 if colours else 1
    facts = {"name": "mask", "kind": kind, "regions": 2, "colours": colours}
    script = f"""(async () => {{
        {_BYTES}
        const {{ labelsOf }} = await import("./region-mask.mjs");
        try {{ labelsOf(bytesOf("{_text(_rgba(rgb))}"), {json.dumps(facts)}); }}
        catch (error) {{ return error.message; }}
    }})()"""
    assert page.run(script).startswith(sentence)
