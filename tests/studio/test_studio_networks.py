"""Networks' files in the page: those of export-net paint as in Python, with regions too."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tinystyle.benchmarks.studio.instruments import drop
from tinystyle.benchmarks.web.devtools import Page
from tinystyle.commands.export.command import main as export_net
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import encode_png, read_picture
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.studio.server import SiteServer

ROOM = "document.querySelector"
IDLE = f"{ROOM}('#working').hidden"
FIRST = f"{ROOM}('#slot-first span').textContent"
MESSAGE = f"{ROOM}('#message').textContent"
SIDES = (200, 150)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scene.png"
    path.write_bytes(encode_png(np.ascontiguousarray(landscape(SIDES[0])[: SIDES[1]])))
    return path


@pytest.fixture
def prepared(page: Page, server: SiteServer, scene: Path) -> Iterator[Page]:
    """The page with a small photograph in its own size; the brush is laid away afterwards."""
    page.set_view(500, 900)
    page.open(server.url)
    page.wait(f"document.documentElement.dataset.painted && !{ROOM}('#save-picture').disabled")
    page.run(
        f"{{ const size = {ROOM}('#size'); size.value = size.max;"
        "size.dispatchEvent(new Event('input')); }"
    )
    page.choose_files("#photograph-file", scene)
    page.wait(f"{ROOM}('#painted').width === {SIDES[0]} && {IDLE}")
    yield page
    page.open("about:blank")
    page.open(server.url)
    page.wait("document.documentElement.dataset.painted")


def _exported(*arguments: str | Path) -> None:
    assert export_net([str(argument) for argument in arguments]) == 0


def _painted(page: Page) -> np.ndarray:
    """What the page shows, as RGB: a canvas of opaque pixels gives them back as they are."""
    data = page.run(
        f"""(async () => {{
            const painted = {ROOM}("#painted");
            const copy = new OffscreenCanvas(painted.width, painted.height);
            copy.getContext("2d").drawImage(painted, 0, 0);
            const {{ data }} = copy.getContext("2d").getImageData(0, 0, copy.width, copy.height);
            let text = "";
            for (const value of data) text += String.fromCharCode(value);
            return btoa(text);
        }})()"""
    )
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(SIDES[1], SIDES[0], 4)
    return pixels[..., :3].astype(int)


@pytest.mark.parametrize("kind", ["float", "strength"])
def test_a_network_that_is_dropped_paints_as_in_python(
    prepared: Page, site: Path, scene: Path, tmp_path: Path, kind: str
) -> None:
    network = tmp_path / "mine.onnx"
    options = {"float": (), "strength": ("--for", "android", "--strength", "input")}[kind]
    artwork = site / "styles" / "facets.png"
    _exported("--style", artwork, "-o", network, *options, "--no-verify")
    drop(prepared, "photograph", network)  # wherever it falls
    prepared.wait(f"{FIRST} === 'mine' && {IDLE}")
    expected = Stylizer.load(network).stylize(read_picture(scene).rgb)
    assert np.abs(_painted(prepared) - expected.astype(int)).max() <= 1
    assert prepared.run(f"{ROOM}('#slot-second').disabled && {ROOM}('#strokes').disabled")
    assert prepared.run(f"{ROOM}('#regions-row').hidden")
    assert prepared.complaints() == []
    # Another artwork takes its place.
    prepared.run(f"{ROOM}('#styles button:nth-child(3)').click()")
    prepared.wait(f"{FIRST} === 'Woodcut' && {IDLE}")
    assert not prepared.run(f"{ROOM}('#slot-second').disabled")


def test_a_brush_gives_each_region_its_artwork(
    prepared: Page, site: Path, scene: Path, tmp_path: Path
) -> None:
    network = tmp_path / "parts.onnx"
    artwork = site / "styles" / "facets.png"
    regions = ("--region", f"person={artwork}", "--region", "background=keep")
    _exported(*regions, "-o", network, "--no-verify")
    prepared.choose_files("#artwork-file", network)
    prepared.wait(f"{FIRST} === 'parts' && {IDLE}")
    names = "[...document.querySelectorAll('#regions button')].map((each) => each.textContent)"
    assert prepared.run(names) == ["person", "background"]
    rgb = read_picture(scene).rgb
    # All is background at first, which is kept.
    assert np.abs(_painted(prepared) - rgb.astype(int)).max() <= 1
    prepared.run(f"{ROOM}('#regions button').click()")
    left, top, width, height = prepared.run(
        f"""(() => {{
            const {{ left, top, width, height }} = {ROOM}("#brush").getBoundingClientRect();
            return [left, top, width, height];
        }})()"""
    )
    for kind, share in (("mousePressed", 0.25), ("mouseMoved", 0.6), ("mouseReleased", 0.6)):
        place = {"x": left + share * width, "y": top + 0.5 * height}
        prepared.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)
    prepared.wait(IDLE)
    labels = np.array(
        json.loads(
            prepared.run(
                f"""(() => {{
                    const brush = {ROOM}("#brush");
                    const {{ width, height }} = brush;
                    const {{ data }} = brush.getContext("2d").getImageData(0, 0, width, height);
                    const labels = Array.from({{ length: width * height }},
                        (_, place) => Number(data[4 * place] < 150));
                    return JSON.stringify({{ width, height, labels }});
                }})()"""
            )
        )["labels"]
    ).reshape(288, 384)
    assert 0.02 < (labels == 0).mean() < 0.2
    assert labels[144, 160] == 0
    expected = Stylizer.load(network).stylize(rgb, mask=labels.astype(np.uint8))
    prepared.wait(f"{ROOM}('#painted').width === {SIDES[0]} && {IDLE}")
    assert np.abs(_painted(prepared) - expected.astype(int)).max() <= 1
    # Keys alone: a region, then all of it.
    prepared.run(f"{ROOM}('#fill-region').click()")
    prepared.wait(IDLE)
    whole = Stylizer.load(network).stylize(rgb, mask=np.zeros((2, 2), np.uint8))
    assert np.abs(_painted(prepared) - whole.astype(int)).max() <= 1
    prepared.run(f"{ROOM}('#regions button').click()")
    assert prepared.run(f"{ROOM}('#brush').hidden && {ROOM}('#fill-region').disabled")
    assert prepared.complaints() == []


def _drawn_labels(width: int, height: int) -> np.ndarray:
    """Two regions with a round border."""
    down, across = np.mgrid[:height, :width]
    inside = (down - height / 2) ** 2 + (across - width / 3) ** 2 < (height / 3) ** 2
    return np.where(inside, np.uint8(1), np.uint8(0))


def test_a_masks_file_gives_each_region_its_artwork(
    prepared: Page, site: Path, scene: Path, tmp_path: Path
) -> None:
    network = tmp_path / "parts.onnx"
    artwork = site / "styles" / "facets.png"
    _exported("--region", f"person={artwork}", "--region", "background=keep", "-o", network)
    prepared.choose_files("#artwork-file", network)
    prepared.wait(f"{FIRST} === 'parts' && {IDLE}")
    painter, rgb = Stylizer.load(network), read_picture(scene).rgb
    mask = tmp_path / "mask.png"
    for way, (width, height) in {"opened": (400, 300), "dropped": SIDES}.items():
        labels = _drawn_labels(width, height)
        labels = labels if way == "opened" else 1 - labels
        mask.write_bytes(encode_png(np.repeat(labels[..., None], 3, axis=2)))
        if way == "opened":
            prepared.choose_files("#mask-file", mask)
        else:
            drop(prepared, "mask", mask)
        expected = painter.stylize(rgb, mask=mask)
        shown = _painted_after(prepared)
        assert np.abs(shown - expected.astype(int)).max() <= 1
        assert np.abs(shown - rgb.astype(int)).max() > 30
    # What is none is refused, and the mask stays.
    for size, value, sentence in (
        ((50, 50), 0, "another ratio"),
        (SIDES, 3, "has labels up to 3; the network"),
        (SIDES, 200, "is of colours"),
    ):
        mask.write_bytes(encode_png(np.full((size[1], size[0], 3), value, np.uint8)))
        prepared.choose_files("#mask-file", mask)
        prepared.wait(f"{MESSAGE}.includes({json.dumps(sentence)}) && {IDLE}", 30)
    assert np.abs(_painted(prepared) - expected.astype(int)).max() <= 1
    assert prepared.complaints() == []


def _painted_after(page: Page) -> np.ndarray:
    """What the page shows when it has painted what was just given."""
    page.run("new Promise((resolve) => setTimeout(resolve, 1000))")
    page.wait(IDLE)
    return _painted(page)


def _foreign(**notes: str) -> bytes:
    one = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])
    out = helper.make_tensor_value_info("stylized", TensorProto.FLOAT, [1, 3, 64, 64])
    node = helper.make_node("Identity", ["image"], ["stylized"])
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(helper.make_graph([node], "g", [one], [out]), opset_imports=opsets)
    model.ir_version = 8
    helper.set_model_props(model, {f"tinystyle.{key}": value for key, value in notes.items()})
    return bytes(model.SerializeToString())


def _looping() -> bytes:
    model = onnx.load_from_string(_foreign(kind="network"))
    model.graph.node[0].op_type = "Loop"
    return bytes(model.SerializeToString())


_OURS = {"kind": "network", "input_type": "float32", "input_layout": "NCHW", "color": "RGB"}
HOSTILE = {
    "page.onnx": (b"<!DOCTYPE html><html></html>", "page.onnx is a web page, not a network."),
    "empty.onnx": (b"", "is no network that export-net made"),
    "noise.onnx": (bytes(range(1, 255)) * 40, "or it is damaged"),
    "endless.onnx": (b"\xff" * 5000, "or it is damaged"),
    "foreign.onnx": (_foreign(), "is no network that export-net made"),
    "loop.onnx": (_looping(), "or it is damaged"),
    "cut.onnx": (_foreign(**_OURS)[:-1], "or it is damaged"),
    "other.onnx": (_foreign(kind="network"), "was made for another place"),
    "fixed.onnx": (_foreign(**_OURS), "takes pictures of 64 \u00d7 64 alone"),
}


def test_a_file_that_is_no_network_of_ours_is_refused_in_a_sentence(
    page: Page, tmp_path: Path
) -> None:
    page.run(f"{ROOM}('#styles button:nth-child(1)').click()")
    page.wait(f"{FIRST} === 'Swirls' && {IDLE}")
    for name, (data, sentence) in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
        page.choose_files("#artwork-file", tmp_path / name)
        page.wait(f"{MESSAGE}.includes({json.dumps(sentence)})", 30)
        page.run(f"{ROOM}('#message').textContent = ''")
    assert page.run(FIRST) == "Swirls"
    assert page.complaints() == []


def test_an_opened_network_is_given_back_byte_by_byte(
    prepared: Page, site: Path, tmp_path: Path
) -> None:
    network = tmp_path / "mine.onnx"
    artwork = site / "styles" / "facets.png"
    _exported("--style", artwork, "-o", network, "--no-verify")
    prepared.choose_files("#artwork-file", network)
    prepared.wait(f"{FIRST} === 'mine' && {IDLE}")
    prepared.run(f"{ROOM}('#save-network').click()")
    prepared.wait(f"{MESSAGE}.includes('.onnx:')")
    end = "facets.onnx"
    for _ in range(100):
        prepared.run("new Promise((resolve) => setTimeout(resolve, 50))")
        if (tmp_path / "saved" / end).exists():
            break
    assert (tmp_path / "saved" / end).read_bytes() == network.read_bytes()
