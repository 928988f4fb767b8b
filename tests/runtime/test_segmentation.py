"""Masks of photographs by segmentation networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.conftest import random_net
from tests.network.painted_regions import joined
from tests.runtime.segment_nets import grey, segment_net
from tinystyle.errors import ModelError, OptionError, PictureError, TinystyleError
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime.segmentation import Segmenter, SegmentInput
from tinystyle.runtime.stylizer import Stylizer

LEVELS = [[0.0, 1.0, 0.5], [0.5, 0.0, 1.0]]
PICTURE = grey(LEVELS, 64)
"""128 x 192."""
THREE = np.kron(2 * np.array(LEVELS), np.ones((64, 64))).astype(np.uint8)
NAMES = ("dark", "grey", "light")


def _segmenter(
    tmp_path: Path, model: ModelProto, classes: str | None = None, values: str | None = None
) -> Segmenter:
    path = tmp_path / "seg.onnx"
    path.write_bytes(model.SerializeToString())
    return Segmenter.load(path, classes=classes, values=values)


def _differing(found: NDArray[np.uint8], wanted: NDArray[Any]) -> float:
    assert found.dtype == np.uint8
    assert found.shape == wanted.shape
    return float((found != wanted).mean())


@pytest.mark.parametrize("made", ["scores", "labels", "plain labels", "float labels"])
@pytest.mark.parametrize("size", [("h", "w"), (96, 160), (64, 64)])
@pytest.mark.parametrize("last", [False, True])
def test_pixels_are_of_their_class(
    made: str, size: tuple[int | str, int | str], last: bool, tmp_path: Path
) -> None:
    model = segment_net(3, made=made, size=size, last=last, last_made=last and made == "scores")
    found = _segmenter(tmp_path, model, values="unit").mask(PICTURE, NAMES)
    # A pixel on either side of an edge may be grey, which is a class of its own here.
    assert _differing(found, THREE) < 0.06
    assert _differing(found[24:40, 24:40], THREE[24:40, 24:40]) == 0


def test_which_side_is_that_of_classes_is_told_by_the_ratio(tmp_path: Path) -> None:
    for last in (False, True):
        for last_made in (False, True):
            model = segment_net(3, last=last, last_made=last_made, pool=4)
            found = _segmenter(tmp_path, model, values="unit").mask(PICTURE, NAMES)
            assert _differing(found, THREE) < 0.08


@pytest.mark.parametrize(
    ("values", "scale", "shift"),
    [("unit", 1.0, 0.0), ("bytes", 255.0, 0.0), ("signed", 2.0, -1.0), (None, 4.4, -2.0)],
)
def test_values_are_as_asked_for(
    values: str | None, scale: float, shift: float, tmp_path: Path
) -> None:
    """None is imagenet, whose three channels are about 4.4 x - 2."""
    model = segment_net(3, scale=scale, shift=shift)
    assert _differing(_segmenter(tmp_path, model, values=values).mask(PICTURE, NAMES), THREE) < 0.06


def test_values_are_as_the_metadata_says(tmp_path: Path) -> None:
    for told, scale, shift in (
        ("NominalRange_0_255", 255.0, 0.0),
        ("Normalized_0_1", 1.0, 0.0),
        ("Normalized_1_1", 2.0, -1.0),
    ):
        model = segment_net(3, scale=scale, shift=shift, metadata={"Image.NominalPixelRange": told})
        assert _differing(_segmenter(tmp_path, model).mask(PICTURE, NAMES), THREE) < 0.06


def test_imagenets_means_are_taken_channel_by_channel(tmp_path: Path) -> None:
    """Of a picture of the means a network of imagenet sees zeros."""
    seen = []
    mean = np.array([0.485, 0.456, 0.406])
    for values in SegmentInput:
        model = segment_net(2)
        segmenter = _segmenter(tmp_path, model, values=values.value)
        rgb = np.broadcast_to(np.rint(255 * mean), (64, 64, 3)).astype(np.uint8)
        seen.append(float(np.abs(segmenter._prepared(rgb)).max()))
    assert seen[list(SegmentInput).index(SegmentInput.IMAGENET)] < 0.01
    assert sorted(seen)[1] > 0.1


def test_bytes_and_half_precision(tmp_path: Path) -> None:
    for kind, scale, values in (
        ("tensor(uint8)", 255.0, None),
        ("tensor(uint8)", 255.0, "bytes"),
        ("tensor(float16)", 1.0, "unit"),
    ):
        model = segment_net(3, kind=kind, scale=scale, last=True)
        found = _segmenter(tmp_path, model, values=values).mask(PICTURE, NAMES)
        assert _differing(found, THREE) < 0.06
    with pytest.raises(OptionError, match=r"segment input is unit; .* takes bytes"):
        _segmenter(tmp_path, model=segment_net(kind="tensor(uint8)"), values="unit")


def test_blue_first_where_the_metadata_says_so(tmp_path: Path) -> None:
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[..., 0] = 255
    for told, channel in (("Rgb8", 0), ("Bgr8", 2)):
        model = segment_net(2, metadata={"Image.BitmapPixelFormat": told})
        batch = _segmenter(tmp_path, model, values="unit")._prepared(rgb)
        assert batch[0].max(axis=(1, 2)).argmax() == channel


def test_probabilities_above_a_half_are_class_1(tmp_path: Path) -> None:
    picture = grey([[0.0, 0.45, 0.55, 1.0]], 64)
    wanted = np.kron(np.array([[0, 0, 1, 1]], np.uint8), np.ones((64, 64), np.uint8))
    for classes, names, sides in (
        (None, ("background", "person"), wanted),
        (None, ("person", "background"), 1 - wanted),
        (None, ("person", "rest"), wanted),
        ("person=1,rest=*", ("person", "rest"), 1 - wanted),
    ):
        model = segment_net(made="probability")
        found = _segmenter(tmp_path, model, classes, "unit").mask(picture, names)
        assert _differing(found, sides) < 0.04
        assert _differing(found[:, ::32], sides[:, ::32]) < 0.2


def test_classes_make_regions(tmp_path: Path) -> None:
    light = (THREE == 2).astype(np.uint8)
    cases: tuple[tuple[str, tuple[str, ...], NDArray[np.uint8]], ...] = (
        ("light=2,rest=*", ("light", "rest"), 1 - light),
        ("rest=*, light=2", ("rest", "light"), light),
        ("rest=0+1,light=2", ("rest", "light"), light),
        ("0=*,1=2", ("rest", "light"), light),
        ("#0000ff=*,#ff0000=2", ("#0000ff", "#ff0000"), light),
        ("a=2,b=1,c=0", ("a", "b", "c"), 2 - THREE),
    )
    for made in ("scores", "labels"):
        for classes, names, wanted in cases:
            segmenter = _segmenter(tmp_path, segment_net(3, made=made), classes, "unit")
            assert _differing(segmenter.mask(PICTURE, names), wanted) < 0.06


def test_edges_of_coarse_scores_are_straight(tmp_path: Path) -> None:
    """Scores are scaled before the highest is taken: a slope gives a line, not stairs."""
    slope = np.add.outer(np.arange(512), np.arange(512)) / 1022
    picture = grey([[0.0]], 512) + np.rint(255 * slope).astype(np.uint8)[..., None]
    found = _segmenter(tmp_path, segment_net(pool=32), values="unit").mask(picture, ("a", "b"))
    assert _differing(found, (slope > 0.5).astype(np.uint8)) < 0.01


@pytest.mark.parametrize("side", [16, 60, 700])
def test_photographs_of_any_size(side: int, tmp_path: Path) -> None:
    picture = np.repeat(np.repeat([[0], [255]], side, 0), 3 * side, 1).astype(np.uint8)
    picture = np.repeat(picture[..., None], 3, axis=-1)
    for size in (("h", "w"), (64, 64), (64, "w")):
        found = _segmenter(tmp_path, segment_net(size=size), values="unit").mask(picture, "ab")
        assert _differing(found, (picture[..., 0] > 0).astype(np.uint8)) < 0.05


def test_a_stylizer_takes_one_in_place_of_a_mask(tmp_path: Path) -> None:
    painter = Stylizer.from_bytes(to_onnx(joined(1, None)).SerializeToString(), "net")
    segmenter = _segmenter(tmp_path, segment_net(), values="unit")
    picture = np.ascontiguousarray(PICTURE[:, :128])
    labels = segmenter.mask(picture, painter.manifest.region_names)
    np.testing.assert_array_equal(
        painter.stylize(picture, mask=segmenter), painter.stylize(picture, mask=labels)
    )
    plain = Stylizer.from_bytes(to_onnx(random_net()).SerializeToString(), "plain")
    with pytest.raises(OptionError, match="takes no mask"):
        plain.stylize(picture, mask=segmenter)


def _made(shape: list[int], values: NDArray[np.float32] | None = None) -> ModelProto:
    """A network that makes a constant, of whatever picture."""
    constant = np.zeros(shape, np.float32) if values is None else values
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["constant", "nothing"], ["made"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 96])],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(constant, "constant"),
            numpy_helper.from_array(np.zeros((), np.float32), "zero"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


NOT_NUMBERS = np.full((1, 2, 64, 96), np.nan, np.float32)
LOGITS = np.linspace(-3, 3, 6144, dtype=np.float32).reshape(1, 1, 64, 96)


@pytest.mark.parametrize(
    ("model", "error", "reason"),
    [
        (_made([64, 96]), ModelError, r"makes \(64, 96\) of 64 x 96 px; needed is \(1, K, h, w\)"),
        (_made([1, 2, 8, 12, 1]), ModelError, r"makes \(1, 2, 8, 12, 1\)"),
        (_made([2, 2, 64, 96]), ModelError, r"makes \(2, 2, 64, 96\)"),
        (_made([1, 0, 64, 96]), ModelError, r"makes \(1, 0, 64, 96\)"),
        (_made([1, 2, 40, 40]), ModelError, r"makes \(1, 2, 40, 40\) of 64 x 96"),
        (_made([1, 1000]), ModelError, r"makes \(1, 1000\)"),
        (_made([], NOT_NUMBERS), ModelError, "values that are not numbers"),
        (_made([], LOGITS), ModelError, "one value a pixel, -3 to 3; needed are labels, or"),
        (_made([1, 21, 64, 96]), OptionError, r"has 21 classes, the network 2 regions \(a, b\)"),
        (_made([1, 64, 96], np.full((1, 64, 96), 5, "f4")), PictureError, "class 5 in 100.0%"),
    ],
)
def test_results_that_are_no_segmentation(
    model: ModelProto, error: type[TinystyleError], reason: str, tmp_path: Path
) -> None:
    segmenter = _segmenter(tmp_path, model)
    with pytest.raises(error, match=reason) as caught:
        segmenter.mask(PICTURE, ("a", "b"))
    assert str(tmp_path / "seg.onnx") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ([1, 3, 64], r"its input is tensor\(float\) \(1, 3, 64\); needed is one picture"),
        ([2, 3, 64, 64], "needed is one picture"),
        ([1, 1, 64, 64], "needed is one picture"),
        ([1, 3, 9000, 64], "sides are 1 to 4096"),
    ],
)
def test_inputs_that_are_no_picture(shape: list[int], reason: str, tmp_path: Path) -> None:
    model = _made([1, 2, 64, 96])
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, shape))
    with pytest.raises(ModelError, match=reason):
        _segmenter(tmp_path, model)


def test_several_inputs_are_refused(tmp_path: Path) -> None:
    model = segment_net()
    model.graph.input.append(helper.make_tensor_value_info("state", TensorProto.FLOAT, [1]))
    with pytest.raises(ModelError, match="its inputs are image, state; needed is one"):
        _segmenter(tmp_path, model)


def test_what_a_file_may_not_hold(tmp_path: Path) -> None:
    """Also where it is in a function of the model's own, which onnxruntime puts in its place."""
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["one"], value_float=1.0)],
        "branch",
        [],
        [helper.make_tensor_value_info("one", TensorProto.FLOAT, [])],
    )
    yes = helper.make_node("Constant", [], ["yes"], value=numpy_helper.from_array(np.array(True)))
    decision = helper.make_node("If", ["yes"], ["made"], then_branch=branch, else_branch=branch)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    function = helper.make_function("own", "Hidden", ["x"], ["made"], [yes, decision], opsets)
    graph = helper.make_graph(
        [helper.make_node("Hidden", ["image"], ["made"], domain="own")],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])],
        [helper.make_tensor_value_info("made", TensorProto.FLOAT, None)],
    )
    hidden = helper.make_model(graph, opset_imports=opsets, functions=[function], ir_version=8)
    with pytest.raises(ModelError, match="holds a If; no loops and branches are run"):
        _segmenter(tmp_path, hidden)
    outside = segment_net()
    weight = outside.graph.initializer[0]
    (tmp_path / "secret.bin").write_bytes(weight.raw_data)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="secret.bin")
    with pytest.raises(ModelError, match="not a model that onnxruntime can load"):
        _segmenter(tmp_path, outside)
    for data, reason in (
        (b"", "0 bytes"),
        (b"\x89PNG and so on", "is a picture"),
        (b"\x20\0\0\0ORTM and so on", "is an .ort file"),
        (b"x", "not a"),
    ):
        (tmp_path / "bad.onnx").write_bytes(data)
        with pytest.raises(ModelError, match=reason):
            Segmenter.load(tmp_path / "bad.onnx")
    with pytest.raises(OptionError, match="segment input is 'float'; allowed is unit, bytes"):
        _segmenter(tmp_path, segment_net(), values="float")
