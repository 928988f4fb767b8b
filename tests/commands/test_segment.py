"""``tinystyle stylize --segment``, as a person uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.network.painted_regions import part
from tests.network.region_nets import region_net
from tests.runtime.segment_nets import grey, write_net
from tinystyle.cli import main
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.network.stylenet import StyleNet
from tinystyle.runtime.region_networks import join_regions

LIGHT = np.kron(np.array([[0, 1]], np.uint8), np.ones((64, 48), np.uint8))

Failing = Callable[..., str]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A photograph whose right half is light, and networks of regions."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(grey([[0.1, 0.9]], 64)[:, 16:112]).save("photo.png")
    nets = {
        "person.onnx": join_regions({"person": part(1), "background": None}),
        "semantic.onnx": region_net(2),
        "plain.onnx": random_net(),
    }
    colored = region_net(2)
    nets["colors.onnx"] = StyleNet(
        colored.spec, colored.weights, {"mask_colors": "#0000ff #ff0000"}
    )
    for name, net in nets.items():
        Path(name).write_bytes(to_onnx(net).SerializeToString())
    write_net("seg.onnx", scale=4.4, shift=-2.0)
    write_net("classes.onnx", 21)


@pytest.fixture
def failing(capsys: pytest.CaptureFixture[str]) -> Failing:
    def fail(*command: str, code: int = 2) -> str:
        capsys.readouterr()
        assert main(["stylize", *command]) == code
        said = capsys.readouterr().err
        (error,) = (line for line in said.splitlines() if line.startswith("error: "))
        return error

    return fail


def _read(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(name) as image:
        return np.asarray(image.convert("RGB"))


def test_from_photograph_to_picture(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["stylize", "person.onnx", "photo.png", "--segment", "seg.onnx", "-o", "painted.png"]
    assert main([*command, "--save-mask", "masks/mask.png"]) == 0
    said = capsys.readouterr()
    assert said.out.split() == ["masks/mask.png", "painted.png"]
    assert said.err == (
        'seg.onnx: its classes are taken as --segment-classes "person=1,background=0"\n'
    )
    saved = _read("masks/mask.png")
    assert (saved != (1 - LIGHT)[..., None]).mean() < 0.04
    painted, photograph = _read("painted.png").astype(int), _read("photo.png")
    assert np.abs(painted - photograph)[:, :40].max() == 0  # background=keep
    assert np.abs(painted - photograph)[:, 56:].mean() > 5
    by_hand = ["stylize", "person.onnx", "photo.png", "--mask", "masks/mask.png", "-o", "hand.png"]
    assert main(by_hand) == 0
    np.testing.assert_array_equal(_read("hand.png"), painted)


def test_classes_turn_it_round() -> None:
    painted = []
    for classes in ("person=1,background=*", "person=0,background=1", "1=1,0=*"):
        command = ["person.onnx", "photo.png", "--segment", "seg.onnx", "-o", "painted.png", "-q"]
        assert main(["stylize", *command, "--segment-classes", classes]) == 0
        painted.append(np.abs(_read("painted.png").astype(int) - _read("photo.png")))
    assert painted[0][:, :40].max() == 0 < painted[0][:, 56:].max()
    assert painted[1][:, 56:].max() == 0 < painted[1][:, :40].max()
    assert painted[2][:, 56:].max() == 0


@pytest.mark.parametrize("model", ["semantic.onnx", "colors.onnx"])
def test_saved_masks_are_as_the_artworks(model: str) -> None:
    command = ["stylize", model, "photo.png", "--segment", "seg.onnx", "-q"]
    assert main([*command, "-o", "painted.png", "--save-mask", "mask.png"]) == 0
    colors = {tuple(color) for color in _read("mask.png").reshape(-1, 3).tolist()}
    named = {(0, 0, 255), (255, 0, 0)} if model == "colors.onnx" else {(0, 0, 0), (1, 1, 1)}
    assert colors == named
    assert main(["stylize", model, "photo.png", "--mask", "mask.png", "-o", "hand.png"]) == 0
    np.testing.assert_array_equal(_read("hand.png"), _read("painted.png"))


def test_several_photographs(failing: Failing, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(grey([[0.9], [0.1]], 64)).save("second.jpg")
    command = ["person.onnx", "photo.png", "second.jpg", "--segment", "seg.onnx", "--max-size"]
    command += ["80", "-o", "painted"]
    assert main(["stylize", *command, "--save-mask", "masks"]) == 0
    assert sorted(path.name for path in Path("masks").iterdir()) == ["photo.png", "second.png"]
    assert _read("masks/second.png").shape == _read("painted/second.jpg").shape == (80, 40, 3)
    assert "one mask for 2 pictures" in failing(*command, "--save-mask", "m.png")
    assert "would be the mask and the painted" in failing(*command, "--save-mask", "painted")
    Image.fromarray(grey([[0.9]], 64)).save("PHOTO.jpg")
    command = ["person.onnx", "photo.png", "PHOTO.jpg", "--segment", "seg.onnx", "-o", "painted"]
    said = failing(*command, "--save-mask", "masks")
    assert "two of the pictures would be written to photo.png; paint them into two" in said


def test_options_that_do_not_go_together(failing: Failing) -> None:
    region = ("person.onnx", "photo.png", "-o", "out.png")
    segment = (*region, "--segment", "seg.onnx")
    assert "needs --mask MASK, the photograph's, or --segment MODEL" in failing(*region)
    said = failing("plain.onnx", "photo.png", "-o", "o.png", "--segment", "seg.onnx")
    assert "--segment is for networks of regions" in said
    assert "give one of them" in failing(*segment, "--mask", "photo.png")
    for option, value in (
        ("--segment-classes", "person=1,background=*"),
        ("--segment-input", "unit"),
        ("--save-mask", "m.png"),
    ):
        said = failing(*region, "--mask", "photo.png", option, value)
        assert f"{option} is for --segment MODEL" in said
    assert "masks are written as .png" in failing(*segment, "--save-mask", "mask.jpg")
    said = failing(*segment, "--save-mask", "photo.png", code=7)
    assert "photo.png: would overwrite" in said
    assert "allowed is unit, bytes, signed, imagenet" in failing(*segment, "--segment-input", "x")
    assert not Path("out.png").exists()


def test_classes_that_do_not_fit(failing: Failing) -> None:
    command = ("person.onnx", "photo.png", "-o", "out.png", "--segment", "classes.onnx")
    said = failing(*command)
    assert "has 21 classes, the network 2 regions (person, background)" in said
    for classes, reason in (
        ("person=21,background=*", "class 21; classes.onnx has 0 to 20"),
        ("person=15", "region background has no class"),
        ("person=15,background=0", "19 of 21 classes of classes.onnx have no region"),
        ("person=15,cat=8,background=*", "there is no region cat"),
        ("person", "'person' is not NAME=CLASS"),
    ):
        assert reason in failing(*command, "--segment-classes", classes)
    assert main(["stylize", *command, "--segment-classes", "person=15,background=*"]) == 0


def test_models_that_are_none(failing: Failing) -> None:
    command = ("person.onnx", "photo.png", "-o", "out.png", "--segment")
    assert "missing.onnx: no such file" in failing(*command, "missing.onnx", code=5)
    assert "photo.png: is a picture" in failing(*command, "photo.png", code=5)
    said = failing(*command, "person.onnx", code=5)
    assert "person.onnx: its inputs are image, mask; needed is one" in said
    assert "plain.onnx: has 3 classes, the network 2 regions" in failing(*command, "plain.onnx")
