"""The page in a real browser: it makes and paints what Python does, and tells what it cannot."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinystyle.benchmarks.web.devtools import Page
from tinystyle.export.exporter import Exporter
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import prepare
from tinystyle.export.template import TEMPLATE_OPTIONS
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import landscape, mosaic
from tinystyle.pictures.images import encode_jpeg, encode_png, read_picture, resize
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.studio.server import SiteServer

MOST_WEIGHT_DIFFERENCE = 1e-4
"""Of the largest weight: sums of another order, in single precision."""

ROOM = "document.querySelector"


def _saved(page: Page, folder: Path, button: str, ending: str) -> Path:
    before = set(folder.glob(f"*{ending}")) if folder.exists() else set()
    page.wait(f"!{ROOM}('{button}').disabled")
    page.run(f"{ROOM}('{button}').click()")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = set(folder.glob(f"*{ending}")) - before if folder.exists() else set()
        if found:
            time.sleep(0.2)
            return found.pop()
        page.run("0")
        time.sleep(0.05)
    raise AssertionError(f"{button} saved nothing: {page.run(_MESSAGE)}")


_MESSAGE = f"{ROOM}('#message').textContent"
_IDLE = f"{ROOM}('#working').hidden"


def _settled(page: Page, slot: str, title: str) -> None:
    page.wait(f"{ROOM}('#slot-{slot} span').textContent === {json.dumps(title)} && {_IDLE}")


@pytest.mark.parametrize(
    ("source", "target"),
    [((47, 61), (64, 64)), ((300, 470), (256, 401)), ((64, 200), (32, 100)), ((90, 33), (90, 256))],
)
def test_pictures_are_resized_to_the_bytes_of_pillow(
    page: Page, source: tuple[int, int], target: tuple[int, int]
) -> None:
    rgb = np.random.default_rng(sum(source)).integers(0, 256, (*source, 3), np.uint8)
    script = f"""(async () => {{
        const {{ resizeRgb }} = await import("./resampling.mjs");
        const text = atob("{base64.b64encode(rgb.tobytes()).decode()}");
        const rgb = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
        const made = resizeRgb(rgb, {source[0]}, {source[1]}, {target[0]}, {target[1]});
        const {{ sha256 }} = await import("./artwork.mjs");
        return sha256(made);
    }})()"""
    expected = hashlib.sha256(resize(rgb, *target).tobytes()).hexdigest()
    assert page.run(script) == expected


def test_a_bundled_network_is_the_file_of_export_net(
    page: Page, site: Path, tmp_path: Path
) -> None:
    page.run(f"{ROOM}('#styles button:nth-child(3)').click()")
    _settled(page, "first", "Woodcut")
    saved = _saved(page, tmp_path / "saved", "#save-network", ".onnx")
    expected = tmp_path / "expected.onnx"
    Exporter(TEMPLATE_OPTIONS).export(site / "styles" / "woodcut.png", expected)
    assert saved.name == "woodcut.onnx"
    assert saved.read_bytes() == expected.read_bytes()


def test_an_artwork_becomes_the_network_of_export_net(page: Page, tmp_path: Path) -> None:
    artwork = tmp_path / "Küche 7.png"
    artwork.write_bytes(encode_png(np.ascontiguousarray(mosaic(470)[40:340])))
    page.choose_files("#artwork-file", artwork)
    _settled(page, "first", "Küche 7")
    saved = _saved(page, tmp_path / "saved", "#save-network", ".onnx").read_bytes()

    exporter = Exporter(TEMPLATE_OPTIONS)
    net = exporter.network(artwork)
    expected = onnx_bytes(prepare(net, TEMPLATE_OPTIONS.graph), TEMPLATE_OPTIONS)
    assert len(saved) == len(expected)
    flat = _weights_in(saved, expected, net)
    difference = np.abs(flat - net.flat()).max() / np.abs(net.flat()).max()
    print(f"weights differ by {difference:.2e} of the largest")
    assert difference < MOST_WEIGHT_DIFFERENCE
    # With the page's own weights, Python writes the same file, byte by byte.
    again = StyleNet.from_flat(net.spec, flat, net.notes)
    assert onnx_bytes(prepare(again, TEMPLATE_OPTIONS.graph), TEMPLATE_OPTIONS) == saved


def _weights_in(model: bytes, like: bytes, net: StyleNet) -> np.ndarray:
    """Weights of a file that lies as ``like`` does, which is known to hold those of ``net``."""
    parts = []
    for parameter in net.spec.parameters():
        held = net.weights[parameter.name].tobytes()
        assert like.count(held) == 1
        parts.append(np.frombuffer(model, "<f4", parameter.size, like.index(held)))
    return np.concatenate(parts)


def _choose_original_size(page: Page) -> None:
    page.run(
        f"{{ const size = {ROOM}('#size'); size.value = size.max;"
        "size.dispatchEvent(new Event('input')); }"
    )


def test_the_painting_is_that_of_python(page: Page, site: Path, tmp_path: Path) -> None:
    page.run(f"{ROOM}('#styles button:nth-child(1)').click()")
    _settled(page, "first", "Swirls")
    _require_pythons_painting(page, site, tmp_path)


def _require_pythons_painting(page: Page, site: Path, tmp_path: Path) -> None:
    """With the artwork of swirls chosen, a photograph is painted as Python paints it."""
    photograph = tmp_path / "scene.png"
    photograph.write_bytes(encode_png(np.ascontiguousarray(landscape(200)[:150])))
    _choose_original_size(page)
    page.choose_files("#photograph-file", photograph)
    page.wait(f"{ROOM}('#painted').width === 200 && {_IDLE}")
    saved = _saved(page, tmp_path / "saved", "#save-picture", ".png")
    network = tmp_path / "network.onnx"
    Exporter(TEMPLATE_OPTIONS).export(site / "styles" / "swirls.png", network)
    expected = Stylizer.load(network).stylize(read_picture(photograph).rgb)
    found = np.array(Image.open(saved).convert("RGB"))
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


def _png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\0IEND\xaeB`\x82"
    )


def _truncated_jpeg() -> bytes:
    whole = encode_jpeg(landscape(200))
    return whole[: len(whole) // 2]


def _tiny_png() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "PNG")
    return stream.getvalue()


HOSTILE = {
    "page.onnx": (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "is a web page"),
    "cut.jpg": (_truncated_jpeg(), "is damaged: the JPEG file ends too early"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "is an SVG"),
    "huge.png": (_png_header(20000, 15000), "has 300 megapixels; up to 120"),
    "empty.png": (b"", "is empty"),
    "noise.bin": (bytes(range(7, 107)), "is not a picture"),
}


def test_hostile_files_are_refused_in_a_sentence(page: Page, tmp_path: Path) -> None:
    page.run(f"{ROOM}('#styles button:nth-child(1)').click()")
    _settled(page, "first", "Swirls")
    folder = tmp_path / "hostile"
    folder.mkdir()
    for target in ("artwork", "photograph"):
        for name, (data, sentence) in HOSTILE.items():
            (folder / name).write_bytes(data)
            page.choose_files(f"#{target}-file", folder / name)
            page.wait(f"{_MESSAGE}.includes({json.dumps(sentence)})")
            page.run(f"{ROOM}('#message').textContent = ''")
    (folder / "dot.png").write_bytes(_tiny_png())
    page.choose_files("#artwork-file", folder / "dot.png")
    page.wait(f"{_MESSAGE}.includes('20 \\u00d7 20 pixels; its shortest side must be at least 32')")
    assert page.run(f"{ROOM}('#slot-first span').textContent") == "Swirls"
    assert page.complaints() == []


def test_the_page_asks_nobody_else_and_runs_no_inline_script(
    page: Page, server: SiteServer, site: Path
) -> None:
    page.run(f"{ROOM}('#styles button:nth-child(4)').click()")
    _settled(page, "first", "Facets")
    page.open(server.url)
    page.wait("document.documentElement.dataset.painted")
    asked = page.requests()
    assert f"{server.url}site.json" in asked
    assert [url for url in asked if not url.startswith((server.url, "blob:http"))] == []
    policy = page.run(f"{ROOM}('meta[http-equiv]').content")
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
    refused = page.run(
        """new Promise((resolve) => {
            const tell = (event) => resolve(event.violatedDirective);
            document.addEventListener("securitypolicyviolation", tell);
            const script = document.createElement("script");
            script.textContent = "window.inline = true";
            document.body.append(script);
        })"""
    )
    assert refused == "script-src-elem"
    assert page.run("window.inline === undefined")
    assert page.run("crossOriginIsolated")


def test_once_loaded_the_page_works_without_a_server(program: Path, site: Path) -> None:
    with Page(program, seconds=120.0) as opened:
        with SiteServer(site) as running:
            opened.open(running.url)
            opened.wait("document.documentElement.dataset.painted")
            opened.wait("document.documentElement.dataset.offline")
            url = running.url
        opened.open(url)
        opened.wait("document.documentElement.dataset.painted")
        opened.run(f"{ROOM}('#styles button:nth-child(5)').click()")
        _settled(opened, "first", "Currents")
        assert opened.run("crossOriginIsolated")


def test_every_control_has_a_name(page: Page) -> None:
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored")
        and node["role"]["value"] in {"button", "slider", "radio", "image", "img"}
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []


def test_two_artworks_are_mixed_as_export_net_mixes(page: Page, site: Path, tmp_path: Path) -> None:
    page.run(f"{ROOM}('#slot-first').click(); {ROOM}('#styles button:nth-child(1)').click()")
    _settled(page, "first", "Swirls")
    page.run(f"{ROOM}('#slot-second').click()")
    page.run(f"{ROOM}('#styles button:nth-child(2)').click()")
    _settled(page, "second", "Ribbons")
    page.run(
        f"{{ const mix = {ROOM}('#mix'); mix.value = 30; mix.dispatchEvent(new Event('input')); }}"
    )
    page.wait(_IDLE)
    saved = _saved(page, tmp_path / "saved", "#save-network", ".onnx")
    expected = tmp_path / "expected.onnx"
    options = replace(TEMPLATE_OPTIONS, mix=((site / "styles" / "ribbons.png", 0.3),))
    Exporter(options).export(site / "styles" / "swirls.png", expected)
    assert saved.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("percent", [60, 50, 7, 0])
def test_a_weaker_network_is_the_file_of_export_net(
    page: Page, site: Path, tmp_path: Path, percent: int
) -> None:
    page.run(f"{ROOM}('#slot-first').click(); {ROOM}('#styles button:nth-child(1)').click()")
    _settled(page, "first", "Swirls")
    options = replace(TEMPLATE_OPTIONS, strength=percent / 100)
    if percent == 60:
        page.run(f"{ROOM}('#slot-second').click()")
        page.run(f"{ROOM}('#styles button:nth-child(2)').click()")
        _settled(page, "second", "Ribbons")
        _slide(page, "mix", 30)
        options = replace(options, mix=((site / "styles" / "ribbons.png", 0.3),))
    elif page.run(f"!{ROOM}('#mix').disabled"):
        _slide(page, "mix", 0)
    _slide(page, "strength", percent)
    page.wait(_IDLE)
    saved = _saved(page, tmp_path / "saved", "#save-network", ".onnx")
    _slide(page, "strength", 100)
    expected = tmp_path / "expected.onnx"
    Exporter(options).export(site / "styles" / "swirls.png", expected)
    assert saved.read_bytes() == expected.read_bytes()


def _slide(page: Page, name: str, value: int) -> None:
    page.run(
        f"{{ const slider = {ROOM}('#{name}'); slider.value = {value};"
        "slider.dispatchEvent(new Event('input')); }"
    )
