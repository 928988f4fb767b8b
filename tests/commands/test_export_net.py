"""``export-net`` as a person uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from tests.conftest import encode
from tests.pictures.test_images import _bomb
from tinystyle.commands.export.command import main
from tinystyle.network.spec import Architecture
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import to_batch
from tinystyle.runtime.stylizer import Stylizer

RGB = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)

BLOCKED = """
import sys
sys.modules["torch"] = None
from tinystyle.{module} import main
raise SystemExit(main(sys.argv[1:]))
"""


def run(module: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own in which torch cannot be imported."""
    command = [sys.executable, "-c", BLOCKED.format(module=module), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_main_job_without_torch(styles: list[Path], photograph: Path, tmp_path: Path) -> None:
    made = run("commands.export.command", "--style", styles[0], "--format", "onnx", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    model = tmp_path / f"{styles[0].stem}.onnx"
    size = model.stat().st_size
    assert f"{size:,} bytes" in made.stdout
    for word in (
        "105,475 parameters",
        "0.67 GMAC at 256x256, ",
        "fp32",
        "any size",
        "differs from the reference",
    ):
        assert word in made.stdout
    painted = run("cli", "stylize", model, photograph, "-o", "painted.png", cwd=tmp_path)
    assert painted.returncode == 0, painted.stderr
    assert painted.stderr == ""  # nothing is amiss
    with Image.open(tmp_path / "painted.png") as after, Image.open(photograph) as before:
        assert after.size == before.size
        change = np.abs(np.asarray(after, float) - np.asarray(before.convert("RGB"), float))
        assert change.mean() > 8.0
    info = run("cli", "info", model, "--json", cwd=tmp_path)
    assert json.loads(info.stdout)["style_name"] == styles[0].stem


def test_training_says_what_is_missing_without_torch(tmp_path: Path) -> None:
    arguments = ("train", "features", "--run", "x", "--styles", "y")
    result = run("cli", *arguments, cwd=tmp_path)
    assert result.returncode == 3
    assert "pip install '.[train]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_many_styles_json_and_options(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--style", *map(str, styles[:3]), "--output", str(tmp_path / "nets"), "--json"]
    options = ["--opset", "13", "--size", "64x96", "--strength", "0.5", "--mix", f"{styles[3]}:0.3"]
    assert main([*arguments, *options]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["errors"] == []
    assert len(result["networks"]) == 3
    for network in result["networks"]:
        model = onnx.load(network["path"])
        properties = {p.key: p.value for p in model.metadata_props}
        assert model.opset_import[0].version == network["opset"] == 13
        assert network["size"] == [64, 96]
        assert properties["tinystyle.strength"] == "0.5"
        assert properties["tinystyle.mix"] == f"{styles[3].stem}:0.3"
        assert network["parity"]["max_abs_difference"] <= 1e-4


def test_half_precision_paints_the_same(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--style", str(styles[0]), "--strength", "0.9", "--json"]
    arguments += ["--mix", f"{styles[1]}:0.2"]
    painted = {}
    for precision, largest in (("fp32", 1e-4), ("fp16", 2 / 255)):
        output = tmp_path / f"{precision}.onnx"
        assert main([*arguments, "--precision", precision, "--output", str(output)]) == 0
        (network,) = json.loads(capsys.readouterr().out)["networks"]
        assert network["parity"]["tolerance"]["largest"] == pytest.approx(largest)
        painter = Stylizer.load(output)
        assert painter.manifest.spec.architecture is Architecture.SIX_NORM
        painted[precision] = painter.run(to_batch(landscape(64)))
    assert 0.0 < np.abs(painted["fp32"] - painted["fp16"]).max() <= 2 / 255


def test_the_former_option_for_an_architecture(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in ("--architecture", "--form"):
        arguments = ["--style", str(styles[0]), "--output", str(tmp_path / f"{option}.onnx")]
        assert main([*arguments, option, "six-norm"]) == 0
        assert f"{option} is not needed" in capsys.readouterr().err
        with pytest.raises(SystemExit) as end:
            main([*arguments, option, "tiny"])
        assert end.value.code == 2
        assert "weights for six-norm alone" in capsys.readouterr().err


def test_folder_with_one_bad_file(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "styles"
    folder.mkdir()
    (folder / "a.png").write_bytes(styles[0].read_bytes())
    (folder / "b.jpg").write_bytes(b"broken")
    (folder / "c.png").write_bytes(styles[1].read_bytes())
    assert main(["--style", str(folder), "--output", str(tmp_path / "nets")]) == 4
    assert sorted(p.name for p in (tmp_path / "nets").iterdir()) == ["a.onnx", "c.onnx"]
    error = capsys.readouterr().err
    assert "b.jpg: not a picture" in error
    assert "2 of 3 networks made, 1 failed" in error


PICTURES = {
    "zero-byte": b"",
    "text": b"not a picture",
    "truncated": encode(Image.fromarray(RGB), "JPEG")[:500],
    "one-pixel": encode(Image.new("RGB", (1, 1)), "PNG"),
    "bomb": _bomb(20000),
}


@pytest.mark.parametrize("case", [*PICTURES, "missing", "folder-without-pictures"])
def test_bad_pictures(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    style = tmp_path / "style.jpg"
    if case in PICTURES:
        style.write_bytes(PICTURES[case])
    elif case.startswith("folder"):
        style.mkdir()
    output = tmp_path / "out"
    assert main(["--style", str(style), "--output", str(output / "net.onnx")]) == 4
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert not output.exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--format", "tflite"], "tflite"),
        (["--precision", "fp8"], "fp32, fp16, int8"),
        (["--io", "uint16"], "float, uint8"),
        (["--pad", "wrap"], "reflect, slice, replicate, zero"),
        (["--norm", "batch"], "instance, frozen"),
        (["--upsample", "bilinear"], "subpixel, nearest"),
        (["--batch", "2"], "fixed size"),
        (["--batch", "0", "--size", "64x64"], "1 to 64"),
        (["--format", "coreml", "--precision", "int8"], "fp16, fp32"),
        (["--format", "coreml", "--io", "uint8"], "onnx, ort"),
        (["--format", "safetensors", "--precision", "fp16"], "it holds fp32"),
        (["--format", "safetensors", "--pad", "zero"], "onnx, ort, coreml"),
        (["--opset", "12"], "13 to 21"),
        (["--opset", "22"], "13 to 21"),
        (["--opset", "new"], "new"),
        (["--strength", "1.5"], "0 to 1"),
        (["--strength", "-0.5"], "0 to 1"),
        (["--strength", "nan"], "0 to 1"),
        (["--strength", "soft"], "nor input"),
        (["--strength", "input", "--format", "coreml"], "onnx, ort"),
        (["--size", "10x10"], "64 to 8192"),
        (["--size", "big"], "HEIGHTxWIDTH"),
        (["--mix", "other.jpg"], "PICTURE:SHARE"),
        (["--mix", "other.jpg:2"], "0 to 1"),
        (["--style-size", "5"], "64 to 1024"),
        (["--colour", "red"], "--colour"),
    ],
)
def test_bad_options_are_one_line_and_exit_2(
    options: list[str],
    word: str,
    styles: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--style", str(styles[0]), "--output", str(tmp_path / "net.onnx"), *options]
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert word in error
    assert list(tmp_path.iterdir()) == []


def test_unwritable_output(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    output = tmp_path / "file" / "net.onnx"  # a file where a folder must be: also root fails here
    assert main(["--style", str(styles[0]), "--output", str(output)]) == 7
    assert "file: is a file; needed is a folder" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("number", "exit_code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_interrupted_it_leaves_whole_files_only(
    styles: list[Path], tmp_path: Path, number: signal.Signals, exit_code: int, word: str
) -> None:
    code = BLOCKED.format(module="commands.export.command")
    arguments = ["--style", *map(str, styles * 30), "--output", "nets"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    deadline = time.monotonic() + 60.0
    while not list(tmp_path.glob("nets/*.onnx")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == exit_code
    assert f"{word}; no file is left half-written" in error and "Traceback" not in error
    made = list((tmp_path / "nets").iterdir())
    assert 0 < len(made) < 120
    for path in made:
        onnx.checker.check_model(onnx.load(path))


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "examples:" in text
    assert "exit codes:" in text


def test_a_picture_that_is_too_small_is_named(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(RGB[:10, :40]).save(tmp_path / "thin.png")
    given = ["--style", str(styles[0]), str(tmp_path / "thin.png"), "--output", str(tmp_path)]
    assert main(given) == 4
    error = capsys.readouterr().err
    assert "thin.png: the style picture is 10 px high and 40 wide" in error


def test_an_unknown_ending_is_no_folder(
    styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--style", str(styles[0]), "--output", str(tmp_path / "net.txt")]) == 2
    assert "net.txt: unknown ending" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_names_without_letters_on_the_terminal(styles: list[Path], tmp_path: Path) -> None:
    (tmp_path / "日.png").write_bytes(styles[0].read_bytes())
    command = [sys.executable, "-c", BLOCKED.format(module="commands.export.command")]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    made = subprocess.run(
        [*command, "--style", "日.png"],
        cwd=tmp_path,
        env=ascii_only,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "\\u65e5.onnx" in made.stdout


@pytest.mark.parametrize("telemetry", ["0", None])
def test_onnxruntime_is_kept_from_telling_of_its_use(
    telemetry: str | None, styles: list[Path], tmp_path: Path
) -> None:
    """It writes an identity into the user's cache when it does, as far as it has such code."""
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment |= {**home, "TMPDIR": str(tmp_path)}
    if telemetry is not None:
        environment["ORT_DISABLE_TELEMETRY"] = telemetry
    command = [sys.executable, "-c", BLOCKED.format(module="commands.export.command")]
    command += ["--style", str(styles[0]), "--output", "net.onnx"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    left = sorted(p.name for p in tmp_path.rglob("*") if p.is_file())
    if telemetry is None:
        assert left == ["net.onnx"]
    elif left == ["net.onnx"]:
        pytest.skip("this onnxruntime tells nobody anyway")


def test_variants_of_one_style_do_not_overwrite_each_other(
    styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    style, name = str(styles[0]), styles[0].stem
    for more in ([], ["--precision", "fp16"], ["--size", "64x96"], ["--strength", "0.5"]):
        assert main(["--style", style, *more]) == 0
    made = sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".onnx")
    assert made == sorted(
        f"{name}{variant}.onnx" for variant in ("", "-fp16", "-64x96", "-strength0.5")
    )


def test_no_style_is_dropped(styles: list[Path], tmp_path: Path) -> None:
    arguments = ["--style", str(styles[0]), "--style", str(styles[1]), "-o", str(tmp_path / "out")]
    assert main(arguments) == 0
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize(
    "option",
    [
        ["--learning-rate", "99"],
        ["--crop", "64"],
        ["--content-weight", "2"],
        ["--objective", "moments"],
        ["--seed", "3"],
        ["--finetune-batch", "2"],
    ],
)
def test_options_of_fitting_without_fitting_are_refused(
    option: list[str], styles: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "a.onnx"
    assert main(["--style", str(styles[0]), "-o", str(output), *option]) == 2
    error = capsys.readouterr().err
    assert option[0] in error and "--steps" in error
    assert not output.exists()
