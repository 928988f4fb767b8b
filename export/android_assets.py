"""What the Android app brings along: networks, pictures of their styles, the hypernetwork."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tinystyle import __version__
from tinystyle.errors import OptionError, OutputError
from tinystyle.export.exporter import Exporter
from tinystyle.export.lowering import prepare
from tinystyle.export.template import (
    TEMPLATE_OPTIONS,
    Template,
    make_template,
    make_tile_templates,
)
from tinystyle.export.verify.parity import verify
from tinystyle.files import folder_beside, replace_folder, write_bytes
from tinystyle.network.manifest import LICENCE
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import (
    Picture,
    UInt8Array,
    encode_png,
    middle_square,
    read_picture,
    resize,
)
from tinystyle.runtime.given.statistics import GivenForm
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.weights import released

__all__ = ["FORMAT", "INDEX", "AndroidAssets", "MadeStyle", "write_android_assets"]

FORMAT = "tinystyle-android-assets"
VERSION = 1
INDEX = "index.json"
MODELS, PICTURES = "models", "pictures"

_THUMBNAIL_SIDE = 192
"""Pixels: 64 dp on the densest screens of today."""
_ARTWORK_SIDE = 384

# Any size: one file of 433 kB serves the preview at each resolution, photos and benchmarks, and the
# app fixes the size when it opens it. Files of one size are faster (0.93 of the time), but it would
# take one for each resolution, each way the phone is held, each style, and templates of them, too.
_OPTIONS = TEMPLATE_OPTIONS

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MadeStyle:
    """A style whose network is there, and its artwork is not."""

    name: str
    """As of a file of the artwork."""
    network: StyleNet
    origin: str
    """Whose it is, in one line."""


@dataclass(frozen=True, slots=True)
class AndroidAssets:
    """What was written."""

    folder: Path
    styles: tuple[str, ...]
    """Names of the networks, in the order in which the app shows them."""
    size_bytes: int
    """Of all files together."""


def write_android_assets(
    folder: Path,
    pictures: Sequence[Path] = (),
    networks: Sequence[Path] = (),
    made_styles: Sequence[MadeStyle] = (),
) -> AndroidAssets:
    """Write the app's assets to ``folder``, whole or not at all.

    A network takes and makes uint8 pictures ``(1, H, W, 3)`` of any size from 64 px. There is one
    for each artwork of ``pictures.examples`` and for each file of ``pictures``; ``networks`` are
    such files that were made before, with regions or without; ``made_styles`` are
    networks without a file, which become such files. What this function wrote before is replaced.
    Raises PictureError for an unusable picture, ModelError for an unusable network, OptionError for
    one of another interface, ParityError for a network that computes something else than its
    weights, OutputError where ``folder`` cannot be written or holds something else.
    """
    folder = Path(os.path.realpath(folder))  # what a link stands for, not the link, is replaced
    _require_own(folder)
    for path in pictures:
        read_picture(path)  # a damaged one is known before the others have taken their seconds
    painters = {path: _painter(path) for path in networks}
    with folder_beside(folder) as work:
        made = work / folder.name
        hypernetwork = Hypernetwork()
        exporter = Exporter(_OPTIONS, hypernetwork)
        styles = [_style(exporter, made, *source) for source in _sources(work, pictures)]
        taken = {style["name"] for style in styles}
        styles += [_made(exporter, style, made, taken) for style in made_styles]
        for path, painter in painters.items():
            model = made / MODELS / f"{_named(path, taken)}.onnx"
            write_bytes(model, path.read_bytes())
            styles.append(_shown(painter, path, made, model, _GIVEN))
        any_artwork = Picture(next(iter(ARTWORKS.values()))(_ARTWORK_SIDE))
        any_net = hypernetwork.generate(any_artwork)
        index = {
            "format": FORMAT,
            "version": VERSION,
            "made_by": f"tinystyle {__version__}",
            "styles": styles,
            "hypernetwork": _hypernetwork(made),
            "template": _template(made, any_net),
            "tiles": _tiles(made, any_net),
        }
        write_bytes(made / INDEX, json.dumps(index, indent=2).encode() + b"\n")
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        replace_folder(made, folder)
    return AndroidAssets(folder, tuple(style["name"] for style in styles), size)


def _require_own(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; the assets are a folder")
    others = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    others -= {INDEX, MODELS, PICTURES}
    if others:
        raise OutputError(
            f"{folder}: holds other files than the app's assets ({', '.join(sorted(others))}); it "
            "is left alone; choose another folder or move them"
        )


def _sources(work: Path, pictures: Sequence[Path]) -> list[tuple[str, Path, str]]:
    """Name, picture file and origin of each style. Names are unlike each other in any case."""
    sources = []
    for name, draw in ARTWORKS.items():
        drawn = work / "drawn" / f"{name}.png"
        write_bytes(drawn, encode_png(draw(_ARTWORK_SIDE)))
        sources.append((name, drawn, "drawn by a formula of tinystyle"))
    taken = {name for name, _, _ in sources}
    for path in pictures:
        origin = "a picture given to android-assets; its rights are its owner's"
        sources.append((_named(path, taken), path, origin))
    return sources


def _named(path: Path, taken: set[str]) -> str:
    """Of the characters that the app and `adb shell` take without quotes; added to ``taken``."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-").lower()[:48] or "style"
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(name)
    return name


def _painter(path: Path) -> Stylizer:
    """A network's file that the app can open. OptionError for one that it cannot."""
    painter = Stylizer.load(path)
    manifest = painter.manifest
    size = painter.fixed_size
    for found, wanted in (
        (None if manifest.bytes_io else "takes floats", "--io uint8"),
        (size and f"is for {size[0]}x{size[1]}", "no --size"),
        ("takes the strength" if manifest.takes_strength else None, "no --strength input"),
        (None if path.suffix.lower() == ".onnx" else "is no .onnx file", "--format onnx"),
    ):
        if found:
            raise OptionError(f"{path}: {found}; for the app export it with {wanted}")
    return painter


_GIVEN = "a network given to android-assets; the rights in its artworks are their owners'"


def _made(exporter: Exporter, style: MadeStyle, made: Path, taken: set[str]) -> Entry:
    source = Path(style.name)
    model = made / MODELS / f"{_named(source, taken)}.onnx"
    exporter.write(style.network, None, model)
    return _shown(Stylizer.load(model), source, made, model, style.origin)


def _shown(painter: Stylizer, source: Path, made: Path, model: Path, origin: str) -> Entry:
    """Shown by what it makes of a landscape, its first region on the left, its second beside."""
    photograph = landscape(_THUMBNAIL_SIDE)
    mask = None
    if painter.manifest.takes_mask:
        mask = np.zeros((1, 1, *photograph.shape[:2]), np.uint8)
        mask[..., _THUMBNAIL_SIDE // 2 :] = 1
    thumbnail = made / PICTURES / f"{model.stem}.jpg"
    write_bytes(thumbnail, _thumbnail(painter.run_bytes(photograph[None], mask=mask)[0]))
    return _entry(made, source, model, thumbnail, origin)


def _style(exporter: Exporter, made: Path, name: str, picture: Path, origin: str) -> Entry:
    model = made / MODELS / f"{name}.onnx"
    net = exporter.network(picture)
    exporter.write(net, picture, model)
    thumbnail = made / PICTURES / f"{name}.jpg"
    write_bytes(thumbnail, _thumbnail(read_picture(picture).rgb))
    return _entry(made, picture, model, thumbnail, origin)


def _entry(made: Path, source: Path, model: Path, thumbnail: Path, origin: str) -> Entry:
    """Of a style, called after the file that it is made of."""
    shown = source.stem.replace("_", " ").replace("-", " ").strip() or model.stem
    return {
        "name": model.stem,
        "title": shown[:1].upper() + shown[1:],
        **_file(made, model),
        "licence": LICENCE,
        "picture": thumbnail.relative_to(made).as_posix(),
        "origin": origin,
    }


def _hypernetwork(made: Path) -> Entry:
    source = released().hypernetwork
    model = made / MODELS / source.name
    write_bytes(model, source.read_bytes())
    return {
        **_file(made, model),
        "licence": LICENCE,
        "style_size": DEFAULT_STYLE_SIZE,
    }


def _template(made: Path, any_net: StyleNet) -> Entry:
    """What networks are made of on the phone: their weights replace those of ``any_net``."""
    net = _nameless(any_net)
    template = make_template(net, _OPTIONS)
    verify(template.model, prepare(net, _OPTIONS.graph), precision=_OPTIONS.graph.precision)
    return {**_templated(made, "template", template), "licence": LICENCE}


def _tiles(made: Path, any_net: StyleNet) -> Entry:
    """What paints photos that do not fit into memory at once: a style's weights are put into it.

    Without weights, so that it costs nothing in the package: what is verified is filled with those
    of ``any_net``.
    """
    net = _nameless(any_net)
    zeros = np.zeros(net.spec.parameter_count, np.float32)
    whole, parts = make_tile_templates(StyleNet.from_flat(net.spec, zeros, net.notes))
    verify(whole.filled(net), prepare(net, _OPTIONS.graph), precision=_OPTIONS.graph.precision)
    form = GivenForm.of(Stylizer.from_bytes(whole.model, "template").manifest, "template")
    measuring = [
        {
            **_templated(made, f"measure-{number}", template),
            "channels": part.channels,
            "convolutions": part.convolutions,
        }
        for number, (template, part) in enumerate(parts, start=1)
    ]
    return {
        **_templated(made, "tiles", whole),
        "licence": LICENCE,
        "channels": form.channels,
        "margin": form.margin,
        "multiple": form.multiple,
        "measuring": measuring,
    }


def _nameless(net: StyleNet) -> StyleNet:
    """Its notes go into every network that is made of a template, so they name no style."""
    return StyleNet(net.spec, net.weights, {"style_name": "made on a device"})


def _templated(made: Path, name: str, template: Template) -> Entry:
    model = made / MODELS / f"{name}.onnx"
    places = template.write(model)
    return {**_file(made, model), "places": places.relative_to(made).as_posix()}


def _file(made: Path, path: Path) -> Entry:
    data = path.read_bytes()
    return {
        "model": path.relative_to(made).as_posix(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
    }


def _thumbnail(rgb: UInt8Array) -> bytes:
    """The middle of the picture as JPEG."""
    stream = io.BytesIO()
    small = resize(middle_square(rgb), _THUMBNAIL_SIDE, _THUMBNAIL_SIDE)
    Image.fromarray(small).save(stream, "JPEG", quality=88, optimize=True)
    return stream.getvalue()
