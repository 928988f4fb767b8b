"""What the page brings along: artworks by formulas, their networks, photographs, its icon."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tinystyle.assets import asset
from tinystyle.export.lowering import Norm, prepare
from tinystyle.export.template import TEMPLATE_OPTIONS, Template, make_template
from tinystyle.export.verify.parity import verify
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import (
    UInt8Array,
    decode_picture,
    encode_jpeg,
    encode_png,
    middle_square,
    resize,
)
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork
from tinystyle.training.formulas.artworks import formula_artwork

__all__ = ["NOTES", "Gallery", "hang", "icon"]

NOTES = {"style_name": "artwork", "style_sha256": "0" * 64, "style_size": "256"}
"""Notes of the template, in the order in which the hypernetwork's networks have them. The page
puts those of the artwork in their place."""

_SOFT = 0.75
"""Strength in the template of weaker networks, which the page replaces: no other constant of the
graph has this value."""
_ARTWORK_SIDE = 384
_THUMBNAIL_SIDE = 160
_JPEG_QUALITY = 86
_ICON_COLOURS = 48
_MASKABLE_SHARE = 0.8
"""Of an icon's side that every system shows, whatever it cuts off."""


def _formula(kind: str, seed: int) -> Callable[[int], UInt8Array]:
    return lambda side: formula_artwork(np.random.default_rng(seed), side, kind=kind)


_ARTWORKS: Mapping[str, Callable[[int], UInt8Array]] = {
    "Swirls": ARTWORKS["swirls"],
    "Ribbons": _formula("flow", 4),
    "Woodcut": ARTWORKS["woodcut"],
    "Facets": _formula("triangles", 4),
    "Currents": _formula("flow", 2),
    "Stained glass": ARTWORKS["mosaic"],
    "Strata": _formula("waves", 4),
    "Confetti": _formula("splashes", 4),
}
"""Makers by the name that the page shows; each takes the side in pixels. The first is shown first:
its weights stand in the template."""

_PHOTOGRAPHS = {
    "china": "Temple",
    "chelsea": "Cat",
    "coffee": "Coffee",
    "astronaut": "Astronaut",
    "flower": "Flower",
    "rocket": "Rocket",
}
"""Files of the package's photographs, and what the page calls them. The first is shown first."""

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Files by their place in the site, and what the page must know of them."""

    files: Mapping[str, bytes]
    styles: tuple[Entry, ...]
    photographs: tuple[Entry, ...]
    template: Entry
    soft_template: Entry
    tiles_template: Entry


def hang(hypernetwork: Hypernetwork) -> Gallery:
    """Draw the artworks, make their networks, and write the template of any network.

    Raises ParityError where the template computes something else than its weights.
    """
    files: dict[str, bytes] = {}
    nets, styles = [], []
    for title, draw in _ARTWORKS.items():
        name = title.lower().replace(" ", "-")
        drawn = encode_png(draw(_ARTWORK_SIDE))
        artwork = decode_picture(drawn, title)
        net = hypernetwork.generate(artwork, name)
        weights, thumbnail = f"styles/{name}.weights", f"styles/{name}.jpg"
        files[f"styles/{name}.png"] = drawn
        files[weights] = net.flat().astype("<f4").tobytes()
        files[thumbnail] = _thumbnail(artwork.rgb)
        nets.append(net)
        styles.append(
            {
                "name": name,
                "title": title,
                "artwork": f"styles/{name}.png",
                "weights": weights,
                "thumbnail": thumbnail,
                "sha256": artwork.sha256,
                "style_size": DEFAULT_STYLE_SIZE,
            }
        )
    template = _filed(files, "template", _template(nets[0]))
    soft = _filed(files, "soft", _soft_template(nets[0])) | {"strength": _SOFT}
    tiles = _filed(files, "tiles", _tiles_template(nets[0]))
    photographs, pictures = _photographs()
    return Gallery(files | pictures, tuple(styles), tuple(photographs), template, soft, tiles)


def icon(side: int, *, maskable: bool = False) -> bytes:
    """The app's icon as PNG: the first artwork in a rounded square, or to the edges."""
    artwork = Image.fromarray(_ARTWORKS["Swirls"](2 * side))
    if maskable:
        inner = round(2 * side / _MASKABLE_SHARE)
        middle = (inner - 2 * side) // 2
        box = (middle, middle, middle + 2 * side, middle + 2 * side)
        whole = artwork.resize((inner, inner)).crop(box)
        return _png(whole.resize((side, side), Image.Resampling.LANCZOS))
    shape = Image.new("L", artwork.size)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, *artwork.size), radius=side // 2, fill=255)
    artwork.putalpha(shape)
    return _png(artwork.resize((side, side), Image.Resampling.LANCZOS))


def _png(image: Image.Image) -> bytes:
    """Of few colours, as an icon may be."""
    stream = io.BytesIO()
    few = image.quantize(_ICON_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _filed(files: dict[str, bytes], name: str, template: Template) -> Entry:
    """A template's two files among ``files``, and where the page finds them."""
    model, places = f"networks/{name}.onnx", f"networks/{name}.json"
    files[model], files[places] = template.model, template.to_json().encode()
    return {"model": model, "places": places}


def _template(first: StyleNet) -> Template:
    net = StyleNet(first.spec, first.weights, NOTES)
    template = make_template(net, TEMPLATE_OPTIONS)
    graph = prepare(net, TEMPLATE_OPTIONS.graph)
    verify(template.model, graph, precision=TEMPLATE_OPTIONS.graph.precision)
    return template


def _zeros(like: StyleNet) -> StyleNet:
    """Cost nothing over the wire: the page puts weights into each copy."""
    return StyleNet.from_flat(like.spec, np.zeros(like.spec.parameter_count, np.float32), NOTES)


def _soft_template(like: StyleNet) -> Template:
    return make_template(_zeros(like).with_strength(_SOFT), TEMPLATE_OPTIONS)


def _tiles_template(like: StyleNet) -> Template:
    """Of a network whose statistics are an input, which paints large photographs in tiles."""
    form = replace(TEMPLATE_OPTIONS.graph, norm=Norm.INPUT)
    return make_template(_zeros(like), replace(TEMPLATE_OPTIONS, graph=form))


def _photographs() -> tuple[list[Entry], dict[str, bytes]]:
    entries: list[Entry] = []
    files: dict[str, bytes] = {}
    for name, title in _PHOTOGRAPHS.items():
        data = asset(f"photographs/{name}.jpg").read_bytes()
        rgb = decode_picture(data, name).rgb
        file, thumbnail = f"photographs/{name}.jpg", f"photographs/{name}-small.jpg"
        height, width = rgb.shape[:2]
        files[file] = data
        files[thumbnail] = _thumbnail(middle_square(rgb))
        entries.append(
            {
                "name": name,
                "title": title,
                "file": file,
                "thumbnail": thumbnail,
                "width": width,
                "height": height,
            }
        )
    return entries, files


def _thumbnail(square: UInt8Array) -> bytes:
    small = resize(square, _THUMBNAIL_SIDE, _THUMBNAIL_SIDE)
    return encode_jpeg(small, _JPEG_QUALITY, optimize=True)
