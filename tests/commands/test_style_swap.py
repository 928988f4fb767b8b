"""``export-net --method style-swap`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinystyle.cli import main as tinystyle
from tinystyle.commands.export.command import main
from tinystyle.pictures.examples import ARTWORKS
from tinystyle.pictures.images import encode_png
from tinystyle.runtime.network_file import read_network
from tinystyle.runtime.stylizer import Stylizer


@pytest.fixture(scope="module")
def artwork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("artwork") / "art.png"
    path.write_bytes(encode_png(ARTWORKS["mosaic"](160)))
    return path


def _export(artwork: Path, folder: Path, *more: str) -> int:
    return main(["--style", str(artwork), "--method", "style-swap", "-o", str(folder), *more])


def test_from_an_artwork_to_a_painting(
    artwork: Path, photograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(artwork, tmp_path, "--style-size", "96", "--patches", "64", "--json") == 0
    (made,) = json.loads(capsys.readouterr().out)["networks"]
    file = tmp_path / "art-swap-64patches.onnx"
    assert Path(made["path"]) == file
    assert made["parity"]["max_abs_difference"] <= 1e-4
    assert _export(artwork, tmp_path, "--style-size", "96", "--patches", "64", "--format",
                   "safetensors") == 0  # fmt: skip
    weights = tmp_path / "art-swap-64patches.safetensors"
    assert tinystyle(["verify", str(file), "--reference", str(weights)]) == 0
    assert tinystyle(["info", str(file)]) == 0
    assert "style-swap" in capsys.readouterr().out
    painted = tmp_path / "painted.png"
    assert tinystyle(["stylize", str(file), str(photograph), "-o", str(painted)]) == 0
    with Image.open(painted) as after, Image.open(photograph) as before:
        assert after.size == before.size
    # The file tells its network again.
    read, saved = read_network(file), read_network(weights)
    assert read.spec == saved.spec and read.spec.patches == 64
    for name, value in saved.weights.items():
        np.testing.assert_array_equal(read.weights[name], value)


def test_precisions_and_sizes(artwork: Path, tmp_path: Path) -> None:
    sizes, painted = {}, {}
    picture = np.random.default_rng(0).random((1, 3, 64, 72), np.float32)
    for precision in ("fp32", "fp16", "int8"):
        assert _export(artwork, tmp_path, "--precision", precision) == 0
        name = "" if precision == "fp32" else f"-{precision}"
        file = tmp_path / f"art{name}-swap.onnx"
        sizes[precision] = file.stat().st_size
        painted[precision] = Stylizer.load(file).run(picture)
    assert sizes["fp32"] <= 2_600_000 and sizes["int8"] <= 800_000
    assert sizes["fp16"] < 0.55 * sizes["fp32"]
    for precision in ("fp16", "int8"):
        off = np.abs(painted[precision] - painted["fp32"])
        assert np.median(off) <= 8 / 255, precision


def test_the_published_method_paints_another_picture(artwork: Path, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((1, 3, 64, 72), np.float32)
    assert _export(artwork, tmp_path) == 0
    assert _export(artwork, tmp_path, "--match", "published") == 0
    ours, published = (
        Stylizer.load(tmp_path / name).run(picture)
        for name in ("art-swap.onnx", "art-swap-published.onnx")
    )
    # Averages of nine patches are paler than the artwork; moments are those of the artwork.
    assert published.std() < ours.std()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--patches", "0"), "patches is 0; allowed are 1 to 65536"),
        (("--patches", "100000"), "allowed are 1 to 65536"),
        (("--patches", "1500"), "has 1444: allowed are 1 to 1444"),
        (("--patches", "few"), "'few' is no whole number"),
        (("--match", "best"), "match is 'best'; allowed are moments, published"),
        (("--steps", "10"), "--steps is not for --method style-swap"),
        (("--mix", "other.png:0.5"), "--mix is not for --method style-swap"),
        (("--norm", "frozen"), "--norm frozen is not for --method style-swap"),
        (("--learning-rate", "0.1"), "--learning-rate is not for --method style-swap: it learns"),
    ],
)
def test_bad_options(
    artwork: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    words: str,
) -> None:
    try:
        code = _export(artwork, tmp_path, "--style-size", "160", *more)
    except SystemExit as stopped:
        code = int(str(stopped.code))
    assert code == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_other_methods_have_no_patches(
    artwork: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (("--patches", "5"), ("--match", "moments")):
        assert main(["--style", str(artwork), "-o", str(tmp_path), *option]) == 2
        assert f"{option[0]} is for --method style-swap" in capsys.readouterr().err
    assert main(["--style", str(artwork), "-o", str(tmp_path), "--method", "swap"]) == 2
    assert "allowed are hypernetwork, metastyle, style-swap" in capsys.readouterr().err


def test_a_flat_artwork_fails_in_its_turn(
    artwork: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = tmp_path / "flat.png"
    flat.write_bytes(encode_png(np.full((96, 96, 3), 90, np.uint8)))
    folder = tmp_path / "nets"
    assert main(
        ["--style", str(flat), str(artwork), "--method", "style-swap", "-o", str(folder)]
    ) == 4  # fmt: skip
    assert "of one colour" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["art-swap.onnx"]


def test_a_coreml_package(
    artwork: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("coremltools")
    more = ("--format", "coreml", "--patches", "40", "--size", "64x64", "--json")
    assert _export(artwork, tmp_path, *more) == 0
    (made,) = json.loads(capsys.readouterr().out)["networks"]
    assert made["parity"]["pictures"] >= 1 and Path(made["path"]).is_dir()
