"""Photos that do not fit into memory, painted by the demo's Java code in tiles, as if at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.android.conftest import COMMANDS, ORT_COMMANDS, Jvm, byte_model, load, save
from tests.android.test_strokes import PHOTOGRAPHS, tiled
from tests.conftest import random_net
from tests.network.painted_regions import joined
from tinystyle.export import android_assets
from tinystyle.export.files import onnx_bytes
from tinystyle.export.lowering import GraphOptions, Norm, Upsampling, prepare
from tinystyle.export.options import ExportOptions
from tinystyle.export.passes.structure import Padding
from tinystyle.export.template import TEMPLATE_OPTIONS
from tinystyle.network.graph import Precision
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer

LEAST = 65536
"""Pixels at once, the fewest that the app paints: tiles of 256 x 256, most of them margin."""


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What android-assets writes, with two styles."""
    folder = tmp_path_factory.mktemp("app") / "assets"
    two = {name: ARTWORKS[name] for name in ("swirls", "woodcut")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(android_assets, "ARTWORKS", two)
        android_assets.write_android_assets(folder)
    return folder


@pytest.fixture(scope="module")
def net() -> StyleNet:
    return Hypernetwork().generate(
        Picture(ARTWORKS["mosaic"](256)), "a name that moves all offsets"
    )


def _model(net: StyleNet) -> bytes:
    return onnx_bytes(prepare(net, TEMPLATE_OPTIONS.graph), TEMPLATE_OPTIONS)


@pytest.mark.parametrize("style", ["swirls", "woodcut"])
def test_tiles_are_the_whole_picture(jvm: Jvm, assets: Path, tmp_path: Path, style: str) -> None:
    photographs = (
        PHOTOGRAPHS
        | {
            "low": tiled(41, 3001),  # lower than networks take
            "narrow": tiled(2003, 57),
            "one more": np.ascontiguousarray(landscape(400)[:257, :385]),
        }
    )
    model = assets / "models" / f"{style}.onnx"
    lines = []
    for name, photograph in photographs.items():
        where = f"{LEAST} {photograph.shape[0]} {photograph.shape[1]}"
        files = f"{save(tmp_path / f'{name}.in'.replace(' ', '-'), photograph)}"
        out = tmp_path / f"{name}.out".replace(" ", "-")
        lines.append(f"tiles {assets} {model} {where} {files} {out}")
    *said, left = jvm.script(ORT_COMMANDS, tmp_path, [*lines, "handles"])
    assert left == "handles 0"
    painter = Stylizer.load(model, SessionOptions(threads=2))
    for (name, photograph), line in zip(photographs.items(), said, strict=True):
        way, runs, rest = line.replace(",", "").split(" ", 2)
        assert (way, int(runs) > 1) == ("TILES", True), name
        assert rest == f"{72 * int(runs)} of {72 * int(runs)}"
        expected = painter.stylize(photograph, stroke_size=1.0)
        found = load(tmp_path / f"{name}.out".replace(" ", "-"), photograph.shape)
        off = np.abs(found.astype(int) - expected)
        assert off.max() <= 1, name
        assert (off > 0).mean() < 2e-4, name
        assert name not in ("flat", "white", "black") or off.max() == 0


def test_weights_are_read_from_files_of_the_same_graph_alone(
    jvm: Jvm, assets: Path, tmp_path: Path, net: StyleNet
) -> None:
    model = _model(net)
    form = TEMPLATE_OPTIONS.graph
    noise = np.random.default_rng(0)
    wider = random_net(Architecture.SIX_NORM, width=16)
    own = assets / "models" / "template.onnx"
    taken = {"exported": model, "made here": own.read_bytes()}
    others = {
        "regions": byte_model(joined(1, None)),
        "half": byte_model(net, precision=Precision.FP16),
        "soft": _model(net.with_strength(0.6)),
        "zeros around": byte_model(net, padding=Padding.ZERO),
        "nearest": byte_model(net, upsampling=Upsampling.NEAREST),
        "wider": _model(wider),
        "another layout": byte_model(net),
        "floats": onnx_bytes(prepare(net, GraphOptions()), ExportOptions()),
        "input": byte_model(net, norm=Norm.INPUT),
        "fixed": onnx_bytes(prepare(net, form), ExportOptions(graph=form, size=(64, 64))),
        "empty": b"",
        "text": b"no model",
        "noise": noise.bytes(5000),
        **{f"cut {end}": model[:end] for end in (1, 2, 3, 40, 9999, len(model) // 2)},
        "long": model + b"\x3a\xff\xff\xff\xff\x0f",
        "endless": b"\xff" * 64,
    }
    places = own.with_suffix(".json")
    lines = []
    for number, content in enumerate([*taken.values(), *others.values()]):
        (tmp_path / f"{number}.onnx").write_bytes(content)
        lines.append(
            f"weights {own} {places} {tmp_path / f'{number}.onnx'} {tmp_path / f'{number}'}"
        )
    jvm.script(COMMANDS, tmp_path, lines)
    exported, made_here = (np.fromfile(tmp_path / f"{n}", "<f4") for n in (0, 1))
    assert np.array_equal(exported, net.flat())
    first = Hypernetwork().generate(Picture(ARTWORKS["swirls"](384)))
    assert np.array_equal(made_here, first.flat())
    for number, name in enumerate(others, start=len(taken)):
        assert (tmp_path / f"{number}").read_bytes() == b"", name


def test_a_given_network_and_one_that_cannot(
    jvm: Jvm, assets: Path, tmp_path: Path, net: StyleNet
) -> None:
    photograph = PHOTOGRAPHS["landscape"]
    save(tmp_path / "in", photograph)
    (tmp_path / "own.onnx").write_bytes(_model(net))
    (tmp_path / "regions.onnx").write_bytes(byte_model(joined(1, None)))
    rest = f"{LEAST} 467 701 {tmp_path / 'in'} {tmp_path / 'out'}"
    lines = [f"tiles {assets} {tmp_path / name}.onnx {rest}" for name in ("regions", "own")]
    lines += [lines[1].replace(str(LEAST), "400000")]
    assert jvm.script(ORT_COMMANDS, tmp_path, lines[:2]) == [
        "SCALED 1, 1 of 1, limited",
        "TILES 12, 864 of 864",
    ]
    expected = Stylizer.load(tmp_path / "own.onnx").stylize(photograph, stroke_size=1.0)
    off = np.abs(load(tmp_path / "out", photograph.shape).astype(int) - expected)
    assert expected.std() > 10
    assert off.max() <= 1
    # Where memory holds it, at once: a half to a third of the time.
    assert jvm.script(ORT_COMMANDS, tmp_path, lines[2:]) == ["WHOLE 1, 1 of 1"]
    off = np.abs(load(tmp_path / "out", photograph.shape).astype(int) - expected)
    assert off.max() <= 1


def test_it_can_be_called_off_anywhere(jvm: Jvm, assets: Path, tmp_path: Path) -> None:
    save(tmp_path / "in", PHOTOGRAPHS["landscape"])
    model = assets / "models" / "swirls.onnx"
    words = f"tiles {assets} {model} {LEAST} 467 701 {tmp_path / 'in'} {tmp_path / 'out'}"
    shares = (0.0, 0.03, 0.3, 0.7, 0.99, 1.0)
    *said, left = jvm.script(
        ORT_COMMANDS, tmp_path, [*(f"{words} {share}" for share in shares), "handles"]
    )
    assert left == "handles 0"
    for share, line in zip(shares, said, strict=True):
        assert line.startswith("called off at ")
        done, of = map(int, line.removeprefix("called off at ").split(" of "))
        assert share * of <= done <= share * of + 24 and of == 864
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"margin": 60}, "the app's networks for tiles are damaged"),
        ({"multiple": 8}, "the app's networks for tiles are damaged"),
        ({"channels": 191}, "the app's networks for tiles are damaged"),
        ({"channels": 2**40}, "the app's networks for tiles are damaged"),
        ({"measuring": None}, "the app's networks for tiles are damaged"),
        ({"places": "models/template.json"}, "belongs to another file"),
        ({"model": "models/template.onnx", "places": "models/template.json"}, "--norm input"),
    ],
)
def test_damaged_assets_are_refused(
    jvm: Jvm, assets: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    index = json.loads((assets / "index.json").read_text())
    index["tiles"] |= change
    changed = tmp_path / "assets"
    changed.mkdir()
    (changed / "models").symlink_to(assets / "models")
    (changed / "index.json").write_text(json.dumps(index))
    save(tmp_path / "in", PHOTOGRAPHS["landscape"])
    model = assets / "models" / "swirls.onnx"
    line = f"tiles {changed} {model} {LEAST} 467 701 {tmp_path / 'in'} {tmp_path / 'out'}"
    found, left = jvm.script(ORT_COMMANDS, tmp_path, [line, "handles"])
    assert found.startswith("refused MODEL: ") and said in found
    assert left == "handles 0"
