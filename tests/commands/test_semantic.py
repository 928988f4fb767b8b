"""``export-net --method semantic`` and ``tinystyle stylize --mask``, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import random_net
from tests.network.region_nets import bands, region_net, write_parts
from tinystyle.cli import main
from tinystyle.commands.bench import main as bench
from tinystyle.commands.export.command import main as export_net
from tinystyle.export.onnx_writer.emitter import to_onnx
from tinystyle.runtime import encoder_decoder

COLORS = np.array([(0, 0, 255), (255, 0, 0), (0, 160, 0)], np.uint8)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Random weights in the place of the released ones."""
    path = write_parts(tmp_path / "parts.safetensors")
    monkeypatch.setattr(encoder_decoder, "asset", lambda name: path)
    monkeypatch.chdir(tmp_path)


def _mask(name: str, size: tuple[int, int], *labels: int) -> str:
    Image.fromarray(COLORS[bands(*size, *labels)[0, 0]]).save(name)
    return name


def _failing(capsys: pytest.CaptureFixture[str], command: list[str], code: int = 2) -> str:
    run = export_net if command[0] == "--style" else main
    capsys.readouterr()
    assert run(command) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    return said


def test_from_artwork_to_picture(
    styles: list[Path], photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    art, size = str(styles[0]), (256, 256)
    mask = _mask("art-mask.png", size, 0, 1)
    assert export_net(["--style", art, "--method", "semantic", "--style-mask", mask]) == 0
    model = f"{styles[0].stem}-semantic.onnx"
    assert "differs from the reference by" in capsys.readouterr().out
    painted = []
    for order in ((0, 1), (1, 0)):
        own = _mask("photo-mask.png", (120, 160), *order)
        command = ["stylize", model, str(photograph), "--mask", own, "-o", "painted.png"]
        assert main(command) == 0
        with Image.open("painted.png") as image:
            painted.append(np.asarray(image).astype(int))
    assert np.abs(painted[0] - painted[1]).max() > 5
    shrunk = [*command[:-1], "small.png", "--max-size", "80"]
    assert main(shrunk) == 0
    with Image.open("small.png") as image:
        assert image.size == (80, 60)
    capsys.readouterr()
    assert main(["info", model, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["regions"], facts["kernel"], facts["patches"]) == (2, "patches", 512)
    assert facts["mask_colors"] == "#0000ff #ff0000"
    assert main(["verify", model, "--reference", model]) == 0


@pytest.mark.parametrize("kernel", ["moments", "patches"])
def test_a_coreml_package(
    kernel: str, styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("coremltools")
    mask = _mask("m.png", (256, 256), 0, 1)
    command = ["--style", str(styles[0]), "--method", "semantic", "--style-mask", mask]
    command += ["--kernel", kernel, "--format", "coreml", "--size", "64x64", "--json"]
    assert export_net(command) == 0
    (made,) = json.loads(capsys.readouterr().out)["networks"]
    assert made["parity"]["pictures"] == 2 and Path(made["path"]).is_dir()


def test_files_of_other_options_stay(styles: list[Path]) -> None:
    mask = _mask("m.png", (256, 256), 0, 1)
    command = ["--style", str(styles[0]), "--method", "semantic", "--style-mask", mask]
    command += ["--no-verify"]
    for more in (
        [],
        ["--kernel", "linear"],
        ["--patches", "9"],
        ["--balance", "0.5"],
        ["--precision", "int8"],
    ):
        assert export_net([*command, *more]) == 0
    stem = styles[0].stem
    assert {path.name for path in Path().glob("*.onnx")} == {
        f"{stem}{variant}.onnx"
        for variant in (
            "-semantic",
            "-semantic-linear",
            "-semantic-9patches",
            "-semantic-balance0.5",
            "-int8-semantic",
        )
    }


def test_options_that_could_have_no_effect(
    styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    art, mask = str(styles[0]), _mask("m.png", (256, 256), 0, 1)
    semantic = ["--style", art, "--method", "semantic", "--style-mask", mask]
    for more, word in (
        (["--steps", "5"], "--steps is not for --method semantic"),
        (["--mix", f"{art}:0.3"], "--mix is not for --method semantic"),
        (["--norm", "frozen"], "--norm frozen is not for --method semantic"),
        (["--content", "photos"], "--content is not for --method semantic"),
        (["--match", "moments"], "--match is for --method style-swap"),
        (["--patches", "9", "--kernel", "linear"], "--patches is for --kernel patches; linear"),
        (["--patches", "1"], "patches is 1; at --style-size 256 the artwork has 3720: allowed are"),
        (["--kernel", "cubic"], "allowed is linear, moments, patches"),
        (["--balance", "2"], "balance is 2; allowed are 0 to 1"),
        (["--format", "coreml", "--size", "64x64,96x96"], "from iOS18 and macOS15 on"),
        ([str(styles[1])], "--style-mask is of one artwork; 2 are given"),
    ):
        if "coreml" in more:
            pytest.importorskip("coremltools")
        extra = ["--style", *more] if more[0] == str(styles[1]) else more
        assert word in _failing(capsys, [*semantic, *extra])
    assert "needs --style-mask" in _failing(capsys, semantic[:4])
    for option, value in (("--style-mask", mask), ("--kernel", "linear"), ("--balance", "1")):
        said = _failing(capsys, ["--style", art, option, value])
        assert f"{option} is for --method semantic" in said
    said = _failing(capsys, ["--style", art, "--patches", "9"])
    assert "--patches is for --method style-swap or semantic" in said


def test_masks_of_the_artwork(styles: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    def command(mask: str) -> list[str]:
        return ["--style", str(styles[0]), "--method", "semantic", "--style-mask", mask]

    many = (np.arange(65536).reshape(256, 256) // 7000).astype(np.uint8)
    Image.fromarray(many).save("many.png")
    assert "allowed are 0 to 7" in _failing(capsys, command("many.png"), 4)
    assert "another ratio" in _failing(capsys, command(_mask("m.png", (100, 256), 0, 1)), 4)
    assert "no such file" in _failing(capsys, command("missing.png"), 4)
    Image.fromarray(bands(256, 256, 0, 3)[0, 0]).save("gap.png")
    assert export_net(command("gap.png")) == 0
    assert "no pixel has label 1, 2" in capsys.readouterr().err


def test_masks_of_the_photograph(photograph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = region_net(2)
    net = type(given)(given.spec, given.weights, {"mask_colors": "#0000ff #ff0000"})
    Path("net.onnx").write_bytes(to_onnx(net).SerializeToString())
    Path("plain.onnx").write_bytes(to_onnx(random_net()).SerializeToString())

    def command(mask: str | None, model: str = "net.onnx", *more: str) -> list[str]:
        own = [] if mask is None else ["--mask", mask]
        return ["stylize", model, str(photograph), *more, *own, "-o", "out"]

    right = _mask("m.png", (120, 160), 0, 1)
    assert main(command(right)) == 0
    assert "needs --mask MASK" in _failing(capsys, command(None))
    assert "plain.onnx is another" in _failing(capsys, command(right, "plain.onnx"))
    Image.new("RGB", (160, 120)).save("second.png")
    assert "2 are given" in _failing(capsys, command(right, "net.onnx", "second.png"))
    wrong = _mask("wrong.png", (120, 160), 0, 2)
    assert "#00a000 (50.0% of the pixels)" in _failing(capsys, command(wrong), 4)
    wide = _mask("wide.png", (100, 160), 0, 1)
    assert "another ratio" in _failing(capsys, command(wide), 4)


def test_bench_draws_a_mask(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.onnx").write_bytes(to_onnx(region_net(2)).SerializeToString())
    command = ["net.onnx", "--size", "64x80", "--per-op", "--output", "b"]
    assert bench(command) == 0
    capsys.readouterr()
    assert bench([*command, "--target", "web"]) == 2
    assert "takes a mask beside the picture" in capsys.readouterr().err
