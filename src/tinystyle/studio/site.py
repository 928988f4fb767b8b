"""The static site: everything that the page needs, in one folder for any server of files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinystyle import __version__
from tinystyle.assets import asset
from tinystyle.benchmarks.web.runtime import ENTRIES, VERSION, cached_runtime
from tinystyle.errors import OutputError
from tinystyle.files import folder_beside, replace_folder, write_bytes
from tinystyle.network.manifest import LICENCE
from tinystyle.runtime.hypernetwork import DEFAULT_STYLE_SIZE, Hypernetwork
from tinystyle.studio.compression import compressed
from tinystyle.studio.gallery import Gallery, hang, icon
from tinystyle.weights import released

__all__ = ["INDEX", "Site", "site_files", "write_site"]

INDEX = "site.json"
"""The list of what there is, which the page reads first."""

_FORMAT = "tinystyle-studio"
_PAGE = "index.html"
_SERVICE_WORKER = "service-worker.mjs"
_HYPERNETWORK = "networks/hypernetwork.onnx"
_LATER = ("graph-part.mjs", "region-mask.mjs", "tile-plan.mjs", "tiled-painting.mjs")
"""Modules that read masks and paint in tiles, loaded when that is first asked for."""
_VERSION_MARK = b"SITE_VERSION"
_FILES_MARK = b"[/* SITE_FILES */]"
_ICON_SIDES = (192, 512)

_SPACE = f"""---
title: tinystyle studio
emoji: 🎨
colorFrom: blue
colorTo: yellow
sdk: static
app_file: {_PAGE}
license: {LICENCE.lower()}
short_description: Any artwork becomes a network that paints your photographs
custom_headers:
  cross-origin-embedder-policy: require-corp
  cross-origin-opener-policy: same-origin
  cross-origin-resource-policy: same-origin
---
# tinystyle studio
Drop an artwork, drop a photograph: a network of 0.4 MB is made in the browser and paints it there.
Nothing leaves the device. Made by `tinystyle web`.
"""
"""README.md of a Hugging Face Space of kind static."""


@dataclass(frozen=True, slots=True)
class Site:
    """What was written."""

    folder: Path
    files: int
    size_bytes: int
    """Of all files, without those compressed beside them."""
    first_bytes: int
    """Over the wire until a bundled artwork has painted a bundled photograph."""
    own_bytes: int
    """Over the wire until the user's own artwork has painted."""


def write_site(folder: Path, runtime: Path, *, compress: bool = True) -> Site:
    """Write the site to ``folder``, whole or not at all; ``runtime`` is onnxruntime-web's folder.

    ``compress`` puts compressed files beside, which takes minutes the first time. What this
    function wrote before is replaced. Raises OutputError where ``folder`` cannot be written or
    holds something else, ParityError where the template is wrong.
    """
    folder = Path(os.path.realpath(folder))
    _require_own(folder)
    files = site_files(runtime)
    packed = files if compress else {}
    beside = compressed(packed, cached_runtime().parent / "compressed")
    with folder_beside(folder) as work:
        made = work / folder.name
        for name, data in {**files, **beside.files}.items():
            write_bytes(made / name, data)
        replace_folder(made, folder)
    wire = {name: len(data) for name, data in files.items()} | dict(beside.wire)
    first = sum(wire[name] for name in first_files(files))
    size = sum(map(len, files.values()))
    return Site(folder, len(files), size, first, first + wire[_HYPERNETWORK])


def first_files(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Names of what a browser fetches before the first bundled picture is painted."""
    index = json.loads(files[INDEX])
    later = {_HYPERNETWORK, "README.md", "icon-maskable.png", "icon-512.png"}
    later |= set(_runtime_of("webgpu"))  # where the device has a GPU
    for template in ("soft_template", "tiles_template"):
        later |= {index[template][part] for part in ("model", "places")}
    later |= set(_LATER)
    later |= {style[part] for style in index["styles"] for part in ("weights", "artwork")}
    later |= {photograph["file"] for photograph in index["photographs"][1:]}
    return tuple(name for name in files if name not in later)


def site_files(runtime: Path) -> dict[str, bytes]:
    """All files by name; ``runtime`` is the folder of onnxruntime-web."""
    gallery = hang(Hypernetwork())
    files = {
        path.name: path.read_bytes() for path in sorted(asset("studio").iterdir()) if path.is_file()
    }
    for provider in ENTRIES:
        files |= {name: (runtime / Path(name).name).read_bytes() for name in _runtime_of(provider)}
    files |= gallery.files
    files[_HYPERNETWORK] = released().hypernetwork.read_bytes()
    files |= {f"icon-{side}.png": icon(side) for side in _ICON_SIDES}
    files["icon-maskable.png"] = icon(_ICON_SIDES[-1], maskable=True)
    files["manifest.webmanifest"] = _app_manifest()
    files[INDEX] = _index(gallery, files)
    files[_SERVICE_WORKER] = _service_worker(files)
    files["README.md"] = _SPACE.encode()
    return files


def _runtime_of(provider: str) -> tuple[str, ...]:
    """Names of the files of onnxruntime-web."""
    entry, stem = ENTRIES[provider]
    return tuple(f"runtime/{name}" for name in (entry, f"{stem}.mjs", f"{stem}.wasm"))


def _index(gallery: Gallery, files: Mapping[str, bytes]) -> bytes:
    content = {
        "format": _FORMAT,
        "version": 1,
        "made_by": f"tinystyle {__version__}",
        "onnxruntime_web": VERSION,
        "runtime": f"runtime/{ENTRIES['wasm'][0]}",
        "hypernetwork": {
            "model": _HYPERNETWORK,
            "sha256": hashlib.sha256(files[_HYPERNETWORK]).hexdigest(),
            "size_bytes": len(files[_HYPERNETWORK]),
            "style_size": DEFAULT_STYLE_SIZE,
        },
        "template": gallery.template,
        "soft_template": gallery.soft_template,
        "tiles_template": gallery.tiles_template,
        "styles": gallery.styles,
        "photographs": gallery.photographs,
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _service_worker(files: Mapping[str, bytes]) -> bytes:
    """With the list of files and a version that changes when any of them does."""
    names = sorted(files)
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    # What a GPU needs is kept where it was loaded once; others would wait for 27 MB.
    unlisted = {_PAGE, _SERVICE_WORKER, *_runtime_of("webgpu")}
    listed = ["./", *(name for name in names if name not in unlisted)]
    source = files[_SERVICE_WORKER]
    source = source.replace(_VERSION_MARK, digest.hexdigest()[:16].encode())
    return source.replace(_FILES_MARK, json.dumps(listed).encode())


def _app_manifest() -> bytes:
    content = {
        "name": "tinystyle studio",
        "short_name": "tinystyle",
        "description": "Any artwork becomes a network that paints your photographs, on your device",
        "id": "./",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#101113",
        "theme_color": "#101113",
        "icons": [
            *(
                {"src": f"icon-{side}.png", "sizes": f"{side}x{side}", "type": "image/png"}
                for side in _ICON_SIDES
            ),
            {
                "src": "icon-maskable.png",
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _require_own(folder: Path) -> None:
    """Raise OutputError where ``folder`` holds what is no site of ours."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file; the site is a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        index = json.loads((folder / INDEX).read_bytes())
        own = isinstance(index, dict) and index.get("format") == _FORMAT
    except (OSError, ValueError):
        own = False
    if not own:
        raise OutputError(
            f"{folder}: holds other files than a site of tinystyle web, which replaces the whole "
            "folder; it is left alone; choose another folder or an empty one"
        )
