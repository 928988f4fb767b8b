"""Painting through the public interface."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.conftest import random_net
from tinystyle.errors import ModelError, OptionError
from tinystyle.export.lowering import GraphOptions, PictureIO, prepare
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network import reference
from tinystyle.pictures.images import UInt8Array, resize, to_batch, to_uint8
from tinystyle.runtime.session import SessionOptions, available_providers
from tinystyle.runtime.stylizer import Stylizer

RGB = np.random.default_rng(0).integers(0, 256, (70, 91, 3), np.uint8)


@pytest.fixture(scope="module")
def painter() -> Stylizer:
    return Stylizer.from_bytes(to_onnx(random_net()).SerializeToString(), "random")


def test_array_in_array_out(painter: Stylizer) -> None:
    painted = painter.stylize(RGB)
    expected = to_uint8(reference.stylize(random_net(), to_batch(RGB)))
    assert painted.dtype == np.uint8
    assert np.abs(painted.astype(int) - expected.astype(int)).max() <= 1


def test_pil_in_pil_out(painter: Stylizer) -> None:
    painted = painter.stylize(Image.fromarray(RGB))
    assert isinstance(painted, Image.Image)
    assert (painted.mode, painted.size) == ("RGB", (91, 70))
    assert np.array_equal(np.asarray(painted), painter.stylize(RGB))


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "I;16", "F"])
def test_any_pil_mode(painter: Stylizer, mode: str) -> None:
    image = Image.fromarray(RGB)
    if mode == "I;16":
        image = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    assert painter.stylize(image).mode == "RGB"


def test_alpha_is_kept(painter: Stylizer) -> None:
    alpha = np.maximum(RGB[..., :1], 1)  # what is wholly transparent takes no part
    painted = painter.stylize(np.concatenate([RGB, alpha], axis=-1))
    assert np.array_equal(painted[..., 3:], alpha)
    assert np.array_equal(painted[..., :3], painter.stylize(RGB))


def test_grey_array_becomes_rgb(painter: Stylizer) -> None:
    assert painter.stylize(RGB[..., 0]).shape == RGB.shape


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (63, 64), (64, 64)])
def test_small_pictures_keep_their_size(painter: Stylizer, size: tuple[int, int]) -> None:
    assert painter.stylize(np.zeros((*size, 3), np.uint8)).shape == (*size, 3)


@pytest.mark.parametrize(
    "array", [np.zeros((9, 9, 3)), np.zeros((9, 9, 2), np.uint8), np.zeros((0, 9, 3), np.uint8)]
)
def test_other_arrays_are_refused(painter: Stylizer, array: UInt8Array) -> None:
    with pytest.raises(OptionError, match="uint8"):
        painter.stylize(array)


def test_keep_color_keeps_chroma_and_takes_luma(painter: Stylizer) -> None:
    # Mid-grey colours, so that nothing is clipped.
    photograph = (110 + RGB // 8).astype(np.uint8)
    kept = painter.stylize(photograph, keep_color=True).astype(float)
    inside = ((kept > 0) & (kept < 255)).all(axis=-1)
    assert inside.mean() > 0.2
    before = photograph.astype(float)
    for a, b in ((0, 1), (1, 2)):  # differences of channels are chroma
        change = (kept[..., a] - kept[..., b]) - (before[..., a] - before[..., b])
        assert np.abs(change[inside]).max() <= 1.0
    luma = np.array([0.299, 0.587, 0.114])
    wanted = painter.stylize(photograph).astype(float) @ luma
    assert np.abs(kept @ luma - wanted)[inside].max() <= 1.5


def test_fixed_size_network_paints_any_picture() -> None:
    data = to_onnx(random_net(), size=(64, 96)).SerializeToString()
    painter = Stylizer.from_bytes(data, "fixed")
    assert painter.fixed_size == (64, 96)
    inside = to_uint8(painter.run(to_batch(resize(RGB, 64, 96))))
    assert np.array_equal(painter.stylize(RGB), resize(inside, 70, 91))


def test_providers_asked_and_got(painter: Stylizer) -> None:
    assert painter.requested_providers == ("cpu",)
    assert painter.providers == ("cpu",)
    assert "cpu" in available_providers()


def test_unknown_and_absent_providers_are_refused() -> None:
    with pytest.raises(OptionError, match="known are"):
        SessionOptions(providers=("gpu",))
    absent = {"cuda", "coreml", "qnn"} - set(available_providers())
    data = to_onnx(random_net()).SerializeToString()
    with pytest.raises(OptionError, match=r"it has .*cpu"):
        Stylizer.from_bytes(data, "x", SessionOptions(providers=(absent.pop(),)))
    with pytest.raises(OptionError, match="threads"):
        SessionOptions(threads=-1)


def test_load_takes_a_string(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(random_net()).SerializeToString())
    assert np.array_equal(Stylizer.load(str(path)).stylize(RGB), Stylizer.load(path).stylize(RGB))


def test_models_of_bytes_paint_the_same() -> None:
    floats = Stylizer.from_bytes(
        to_onnx(prepare(random_net(), GraphOptions())).SerializeToString(), "floats"
    )
    graph = prepare(random_net(), GraphOptions(io=PictureIO.UINT8))
    painter = Stylizer.from_bytes(to_onnx(graph).SerializeToString(), "bytes")
    assert painter.manifest.bytes_io
    assert np.array_equal(painter.stylize(RGB), floats.stylize(RGB))
    fixed = Stylizer.from_bytes(to_onnx(graph, size=(64, 96)).SerializeToString(), "fixed")
    assert fixed.fixed_size == (64, 96)
    assert fixed.stylize(RGB).shape == RGB.shape


def test_a_model_of_several_pictures_paints_one() -> None:
    model = to_onnx(random_net(), size=(64, 96), batch=3)
    painter = Stylizer.from_bytes(model.SerializeToString(), "three")
    assert painter.batch == 3
    one = Stylizer.from_bytes(to_onnx(random_net(), size=(64, 96)).SerializeToString(), "one")
    assert np.array_equal(painter.stylize(RGB), one.stylize(RGB))


def test_models_of_very_many_pictures_are_refused() -> None:
    model = to_onnx(random_net(), size=(64, 64), batch=1000)
    with pytest.raises(ModelError, match="1000 pictures"):
        Stylizer.from_bytes(model.SerializeToString(), "many")


def test_files_and_arrays_of_one_channel(painter: Stylizer, tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png")
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        assert np.array_equal(np.asarray(painter.stylize(path)), painter.stylize(RGB))
    grey = painter.stylize(RGB[..., :1])
    assert np.array_equal(grey, painter.stylize(RGB[..., 0]))


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_other_floats_are_converted(painter: Stylizer, kind: type) -> None:
    batch = to_batch(RGB)
    painted = painter.run(batch.astype(kind))
    assert painted.dtype == np.float32
    assert np.abs(painted - painter.run(batch)).max() <= 0.05


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (to_batch(RGB) * 255, "0 to 1"),
        (to_batch(RGB) - 1, "0 to 1"),
        (np.full((1, 3, 64, 64), np.nan, np.float32), "0 to 1"),
        (RGB[None].astype(np.float32) / 255, r"\(N, 3, H, W\)"),
        (to_batch(RGB)[0], r"\(N, 3, H, W\)"),
        (RGB.transpose(2, 0, 1)[None], "floats"),
        (np.zeros((1, 3, 20, 20), np.float32), "64 to"),
        (np.zeros((0, 3, 64, 64), np.float32), r"\(N, 3, H, W\)"),
    ],
)
def test_what_is_wrong_with_pictures_is_named(
    painter: Stylizer, batch: NDArray[Any], words: str
) -> None:
    with pytest.raises(OptionError, match=words):
        painter.run(batch)


def test_what_is_wrong_with_bytes_is_named(painter: Stylizer) -> None:
    wrong: list[NDArray[Any]] = [RGB, RGB[None].astype(np.int16), RGB.transpose(2, 0, 1)[None]]
    for pixels in wrong:
        with pytest.raises(OptionError, match=r"uint8 \(N, H, W, 3\)"):
            painter.run_bytes(pixels)


def test_a_size_and_a_number_that_the_model_is_not_made_for() -> None:
    model = to_onnx(random_net(), size=(64, 96), batch=2).SerializeToString()
    fixed = Stylizer.from_bytes(model, "fixed")
    with pytest.raises(OptionError, match="2 at a time"):
        fixed.run(np.zeros((1, 3, 64, 96), np.float32))
    with pytest.raises(OptionError, match=r"made for \(64, 96\)"):
        fixed.run(np.zeros((2, 3, 96, 64), np.float32))


def test_threads_processes_and_copies(painter: Stylizer) -> None:
    wanted = painter.stylize(RGB)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(painter.stylize, [RGB] * 8):
            assert np.array_equal(found, wanted)
    for copied in (pickle.loads(pickle.dumps(painter)), copy.deepcopy(painter)):
        assert np.array_equal(copied.stylize(RGB), wanted)
        assert copied.manifest == painter.manifest
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as workers:
        assert np.array_equal(workers.submit(painter.stylize, RGB).result(timeout=60), wanted)
