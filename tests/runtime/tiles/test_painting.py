"""Pictures in tiles against whole pictures."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import random_net
from tinystyle.errors import ModelError
from tinystyle.export.layout import Layout
from tinystyle.export.lowering import (
    GraphOptions,
    Norm,
    PictureIO,
    Upsampling,
    calibration_pictures,
    prepare,
)
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.export.passes.structure import Padding
from tinystyle.network.graph import Precision
from tinystyle.network.spec import Architecture
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.pictures.images import Picture, UInt8Array, resize, to_batch
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.runtime.session import SessionOptions
from tinystyle.runtime.stylizer import Stylizer
from tinystyle.runtime.tiles.memory import Room
from tinystyle.runtime.tiles.painting import TiledNetwork
from tinystyle.runtime.tiles.rows import ArrayRows
from tinystyle.runtime.tiles.spans import Span

ONE = SessionOptions(threads=1)
PLAIN = GraphOptions()
IN_FILES, IN_MEMORY = 0, 10**9


@cache
def _artwork(name: str) -> StyleNet:
    return Hypernetwork(options=ONE).generate(Picture(ARTWORKS[name](128)), name)


def _model(net: StyleNet, options: GraphOptions = PLAIN, **form: Any) -> bytes:
    pictures = calibration_pictures(None)[:1] if options.norm is Norm.FROZEN else ()
    form.setdefault("layout", Layout.ANY)
    graph = prepare(net, options, pictures)
    model: bytes = to_onnx(graph, precision=options.precision, **form).SerializeToString()
    return model


def _picture(kind: str, height: int, width: int) -> UInt8Array:
    match kind:
        case "noise":
            return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
        case "flat":
            return np.full((height, width, 3), (255, 200, 17), np.uint8)
        case "white":
            return np.full((height, width, 3), 255, np.uint8)
        case _:
            return resize(landscape(256), height, width)


class _Kept:
    """What the graph makes, put together."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.whole = np.full((1, 3, *shape[:2]), np.nan, np.float32)

    def tile(self, rows: Span, columns: Span, made: NDArray[Any]) -> None:
        self.whole[..., rows.start : rows.end, columns.start : columns.end] = made

    def rows(self, rows: Span) -> None:
        assert np.isfinite(self.whole[:, :, rows.start : rows.end]).all()


def _apart(
    model: bytes, rgb: UInt8Array, tile: tuple[int, int], scratch: int, strength: float = 1.0
) -> tuple[float, int]:
    """How far apart what the graph makes and the bytes are."""
    painter = Stylizer.from_bytes(model, "net", ONE)
    tiled = TiledNetwork(model, "net", painter.manifest, ONE)
    room, source = Room(tile, scratch), ArrayRows(rgb)
    painted = np.zeros_like(rgb)
    tiled.paint(source, ArrayRows(painted), room=room, strength=strength)
    whole = painter.run_bytes(rgb[None], strength=strength)[0]
    bytes_apart = int(np.abs(painted.astype(int) - whole.astype(int)).max())
    if painter.manifest.bytes_io:
        return 0.0, bytes_apart
    made = _Kept(rgb.shape)
    tiled.compute(source, made, room=room, strength=strength)
    own = painter.manifest.takes_strength
    expected = painter.run(to_batch(rgb), strength=strength if own else 1.0)
    return float(np.abs(made.whole - expected).max()), bytes_apart


@pytest.mark.parametrize("kind", ["landscape", "noise", "flat", "white"])
@pytest.mark.parametrize(
    ("size", "tile", "scratch"),
    [((211, 190), (64, 96), IN_FILES), ((128, 333), (128, 128), IN_MEMORY)],
)
def test_tiles_are_the_whole_picture(
    kind: str, size: tuple[int, int], tile: tuple[int, int], scratch: int
) -> None:
    values, levels = _apart(_model(_artwork("swirls")), _picture(kind, *size), tile, scratch)
    assert values <= 1e-4
    assert levels <= 1


@pytest.mark.parametrize("name", ARTWORKS)
def test_of_several_artworks(name: str) -> None:
    rgb = _picture("landscape", 157, 203)
    values, levels = _apart(_model(_artwork(name)), rgb, (64, 64), IN_FILES)
    assert values <= 1e-4
    assert levels <= 1


@pytest.mark.parametrize(
    "form",
    [
        Architecture.SIX_NORM,
        Architecture.ONE_NORM,
        Architecture.TINY,
        Architecture.ZHANG2018,
        Architecture.PLAIN,
    ],
)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("kind", ["landscape", "flat"])
def test_of_all_architectures_that_are_cut(form: Architecture, layout: Layout, kind: str) -> None:
    model = _model(random_net(form, 4), layout=layout)
    values, levels = _apart(model, _picture(kind, 133, 170), (64, 64), IN_FILES)
    assert values <= 1e-4
    assert levels <= 1


@pytest.mark.parametrize(
    "options",
    [
        GraphOptions(strength_input=True),
        GraphOptions(io=PictureIO.UINT8),
        GraphOptions(io=PictureIO.UINT8, strength_input=True),
        GraphOptions(norm=Norm.FROZEN),
        GraphOptions(upsampling=Upsampling.NEAREST),
        GraphOptions(padding=Padding.ZERO),
    ],
)
@pytest.mark.parametrize("opset", [13, 21])
def test_of_all_forms_of_the_graph(options: GraphOptions, opset: int) -> None:
    model = _model(_artwork("swirls"), options, opset=opset)
    rgb = _picture("landscape", 99, 171)
    values, levels = _apart(model, rgb, (64, 64), IN_FILES, strength=0.7)
    assert values <= 1e-4
    assert levels <= 1


def test_half_precision_is_as_near_as_it_can_be() -> None:
    model = _model(_artwork("swirls"), GraphOptions(precision=Precision.FP16))
    values, levels = _apart(model, _picture("noise", 99, 171), (64, 64), IN_FILES)
    assert values <= 4e-3
    assert levels <= 1


def test_a_convolution_alone_is_one_stage() -> None:
    model = _model(_artwork("swirls"), GraphOptions(norm=Norm.FROZEN))
    manifest = Stylizer.from_bytes(model, "net", ONE).manifest
    assert len(TiledNetwork(model, "net", manifest, ONE).stages) == 1
    model = _model(_artwork("swirls"))
    assert len(TiledNetwork(model, "net", manifest, ONE).stages) == 7  # six norms


def test_what_is_not_local_is_refused() -> None:
    model = _model(_artwork("swirls"), GraphOptions(padding=Padding.SLICE))
    manifest = Stylizer.from_bytes(model, "net", ONE).manifest
    with pytest.raises(ModelError, match="Concat is not local"):
        TiledNetwork(model, "net", manifest, ONE)


def test_progress_goes_up_to_all() -> None:
    model, rgb = _model(_artwork("swirls")), _picture("landscape", 130, 130)
    manifest = Stylizer.from_bytes(model, "net", ONE).manifest
    told: list[float] = []
    TiledNetwork(model, "net", manifest, ONE).paint(
        ArrayRows(rgb), ArrayRows(rgb.copy()), room=Room((64, 64), 0), progress=told.append
    )
    assert len(told) > 7
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_what_is_no_number_is_an_error() -> None:
    net = random_net(Architecture.SIX_NORM, 4)
    net.weights["c1.weight"][0, 0, 0, 0] = np.inf
    model, rgb = _model(net), _picture("landscape", 130, 130)
    manifest = Stylizer.from_bytes(model, "net", ONE).manifest
    tiled = TiledNetwork(model, "net", manifest, ONE)
    with pytest.raises(ModelError, match="not numbers; it is damaged"):
        tiled.paint(ArrayRows(rgb), ArrayRows(rgb.copy()), room=Room((64, 64), 0))
