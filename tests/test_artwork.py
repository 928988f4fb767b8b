"""The front door in Python: ``import tinystyle``."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinystyle
from tinystyle import artwork
from tinystyle.errors import MissingExtraError, OptionError, OutputError, PictureError
from tinystyle.export.verify.files import verify_file
from tinystyle.pictures.examples import ARTWORKS, landscape
from tinystyle.runtime.stylizer import Stylizer

RGB = np.random.default_rng(0).integers(0, 256, (80, 96, 3), np.uint8)


@pytest.fixture(scope="module")
def style(styles: list[Path]) -> Path:
    return styles[0]


@pytest.fixture(scope="module")
def network(style: Path) -> tinystyle.ArtworkNetwork:
    return tinystyle.from_artwork(style)


def test_the_examples_run(style: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.open(style).convert("RGB").save("art.jpg")
    Image.fromarray(RGB).save("photo.jpg")
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner()
    for name in ("from_artwork", "load"):  # what one writes, the other reads
        for test in finder.find(getattr(artwork, name), name):
            assert test.examples
            assert runner.run(test).failed == 0
    assert (tmp_path / "painted.jpg").is_file()


def test_every_name_is_there() -> None:
    for name in tinystyle.__all__:
        assert getattr(tinystyle, name) is not None
        assert name in dir(tinystyle)
    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        tinystyle.paint  # noqa: B018


def test_files_pictures_and_arrays_are_taken(network: tinystyle.ArtworkNetwork) -> None:
    array = np.asarray(Image.open(Path(network_file(network))).convert("RGB"))
    for given in (Image.fromarray(array), array):
        same = tinystyle.from_artwork(given, name="x")
        for name, value in network.net.weights.items():
            np.testing.assert_allclose(same.net.weights[name], value, atol=1e-6)
    painted = network.stylize(RGB)
    assert isinstance(painted, np.ndarray)
    assert painted.shape == RGB.shape
    image = network.stylize(Image.fromarray(RGB))
    assert np.array_equal(np.asarray(image), painted)
    assert np.array_equal(network.stylize(RGB, strength=0.0), RGB)


def network_file(network: tinystyle.ArtworkNetwork) -> Path:
    """The artwork that it was made of."""
    assert network.source is not None
    return network.source


def test_what_is_exported_paints_the_same(
    network: tinystyle.ArtworkNetwork, tmp_path: Path
) -> None:
    made = network.export(tmp_path / "new" / "art.onnx", size=(80, 96), io="uint8", opset=15)
    assert made.parity is not None
    assert (made.size, made.opset) == ((80, 96), 15)
    verify_file(made.path, network.net)
    painter = tinystyle.load(made.path)
    assert isinstance(painter, Stylizer)
    difference = painter.stylize(RGB).astype(int) - network.stylize(RGB)
    assert np.abs(difference).max() <= 1


def test_formats_follow_the_ending(network: tinystyle.ArtworkNetwork, tmp_path: Path) -> None:
    assert network.export(tmp_path / "a.ort").format.value == "ort"
    assert network.export(tmp_path / "a.safetensors").format.value == "safetensors"
    softer = network.export(tmp_path / "b.onnx", strength=0.5)
    assert softer.strength == 0.5
    assert tinystyle.load(softer.path).manifest.spec.blend == 0.5


@pytest.mark.skipif(
    importlib.util.find_spec("coremltools") is None, reason="coremltools is not installed"
)
def test_a_package_for_apple(network: tinystyle.ArtworkNetwork, tmp_path: Path) -> None:
    made = network.export(tmp_path / "a.mlpackage")
    assert made.precision.value == "fp16"  # as on the command line


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        ("a.tflite", {}, r"\.onnx, \.ort, \.mlpackage, \.safetensors"),
        ("a.onnx", {"precission": "fp16"}, "allowed are .*precision"),
        ("a.onnx", {"precision": "fp8"}, "fp32, fp16, int8"),
        ("a.onnx", {"format": "ort"}, "unknown option format"),
        ("a.onnx", {"architecture": "tiny"}, "unknown option architecture"),
        ("a.onnx", {"size": (8, 8)}, "64 to 8192"),
        ("a.mlpackage", {"precision": "int8"}, "fp16, fp32"),
    ],
)
def test_wrong_options_write_nothing(
    name: str,
    options: dict[str, object],
    word: str,
    network: tinystyle.ArtworkNetwork,
    tmp_path: Path,
) -> None:
    with pytest.raises(OptionError, match=word):
        network.export(tmp_path / name, **options)
    assert not any(tmp_path.iterdir())


def test_the_artwork_is_not_overwritten(style: Path, tmp_path: Path) -> None:
    twin = tmp_path / "art.onnx"  # a picture by another ending
    twin.write_bytes(style.read_bytes())
    with pytest.raises(OutputError):
        tinystyle.from_artwork(twin).export(twin)
    assert twin.read_bytes() == style.read_bytes()


def test_wrong_artworks(tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        tinystyle.from_artwork(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="32 px"):
        tinystyle.from_artwork(RGB[:8, :8])
    with pytest.raises(OptionError, match="64 to 1024"):
        tinystyle.from_artwork(RGB, style_size=8)


def test_finetuning_comes_nearer(style: Path) -> None:
    pytest.importorskip("torch")
    network = tinystyle.from_artwork(style)
    finetuned = network.finetune(2)
    assert finetuned is not network
    assert finetuned.net.notes["method"] == "hypernetwork"
    assert repr(finetuned) == f"<network of {style.stem!r}, {finetuned.net.notes['steps']} steps>"
    assert set(finetuned.net.weights) == set(network.net.weights)


def test_without_torch_it_says_what_to_install(
    network: tinystyle.ArtworkNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for module in [name for name in sys.modules if name.startswith("tinystyle.training")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"\[train\]"):
        network.finetune(1)


def test_style_swap_in_python(tmp_path: Path) -> None:
    network = tinystyle.from_artwork(ARTWORKS["mosaic"](96), method="style-swap", style_size=96)
    painted = network.stylize(landscape(96))
    assert painted.shape == (96, 96, 3)
    assert network.export(tmp_path / "a.onnx").parity is not None
    with pytest.raises(OptionError, match="none to finetune"):
        network.finetune(1)
    with pytest.raises(OptionError, match="allowed are hypernetwork, style-swap"):
        tinystyle.from_artwork(ARTWORKS["mosaic"](96), method="swap")


def test_regions_of_an_artwork(tmp_path: Path) -> None:
    labels = np.zeros((256, 256), np.uint8)
    labels[:, 128:] = 1
    art = ARTWORKS["swirls"](256)
    network = tinystyle.from_artwork(art, method="semantic", mask=labels)
    photograph = landscape(96)
    own = np.zeros((96, 96), np.uint8)
    sides = [network.stylize(photograph, mask=label + own).astype(int) for label in (0, 1)]
    assert np.abs(sides[0] - sides[1]).max() > 5
    Image.fromarray(labels).save(tmp_path / "m.png")
    for mask in (tmp_path / "m.png", str(tmp_path / "m.png"), Image.fromarray(labels)):
        again = tinystyle.from_artwork(art, method="semantic", mask=mask)
        np.testing.assert_array_equal(
            again.net.weights["regions.weight"], network.net.weights["regions.weight"]
        )
    with pytest.raises(OptionError, match="network of semantic has an artwork's patches"):
        network.finetune(1)
    with pytest.raises(OptionError, match="method semantic needs a mask"):
        tinystyle.from_artwork(art, method="semantic")
    with pytest.raises(OptionError, match="mask is for method semantic; the method is style-swap"):
        tinystyle.from_artwork(art, method="style-swap", mask=labels)
