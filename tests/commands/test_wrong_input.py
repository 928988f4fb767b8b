"""Wrong input to every command: one line that says what, an exit code, and no file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.benchmarks.networks import ours
from tinystyle.cli import main
from tinystyle.commands.bench import main as bench
from tinystyle.commands.export.command import main as export_net

PROGRAMS = {"export-net": export_net, "bench": bench}

STYLIZE = "stylize net.onnx art.png -o "
VERIFY = "verify net.onnx --reference net.onnx "
ADAPT = "adapt --style art.png --steps 1 --crop 64 "

CASES: list[tuple[str, int, str]] = [
    ("export-net --style art.png -o file/x.onnx", 7, "file: is a file; needed is a folder"),
    ("export-net --style art.png -o loop/x.onnx", 7, "loop: is a link that leads nowhere"),
    ("export-net --style art.png -o art.png", 2, "art.png: unknown ending; format onnx ends in"),
    ("export-net --style art.png --steps 9 -o file/x.onnx", 7, "file: is a file; needed is"),
    ("export-net --style @", 2, "--style: the name of the file or folder is empty"),
    ("export-net --style art.png --steps 1e9", 2, "--steps: '1e9' is no whole number"),
    ("export-net --style art.png --strength half", 2, "--strength: 'half' is neither a number"),
    ("export-net --style loop", 4, "loop: cannot be read (Too many levels"),
    ("export-net --style empty.png", 4, "empty.png: the file is empty"),
    (f"{STYLIZE}file/x.png", 7, "file: is a file; needed is a folder"),
    (f"{STYLIZE}file", 7, "file: is a file; needed is a folder"),
    (f"{STYLIZE}loop/x.png", 7, "loop: is a link that leads nowhere; needed is a folder"),
    (f"{STYLIZE}@", 2, "--output: the name of the file or folder is empty"),
    (f"{STYLIZE}x.png --provider tpu", 2, "provider is 'tpu'; known are cpu, xnnpack"),
    (f"{STYLIZE}x.png --max-size nan", 2, "--max-size: 'nan' is no whole number"),
    (f"{STYLIZE}x.png --max-size 0", 2, "max size is 0"),
    ("stylize net.onnx art.png folder/art.png -o x", 2, "would be written to art.png"),
    ("stylize empty.png art.png -o x.png", 5, "empty.png: 0 bytes"),
    (f"{VERIFY}--golden-size 64x64", 2, "--golden-size is for --golden"),
    (f"{VERIFY}--golden x --golden-size 1x1", 2, "golden pictures are 1x1; allowed are 64 to"),
    (f"{VERIFY}--golden loop", 7, "loop: is a link that leads nowhere"),
    (f"{VERIFY}--tolerance nan", 2, "tolerance is nan; allowed are 0 to 1"),
    (f"{ADAPT}-o file/x.onnx", 7, "file: is a file; needed is a folder"),
    (f"{ADAPT}-o folder.onnx", 7, "folder.onnx: is a folder; needed is a file"),
    (f"{ADAPT}--preview x.jpg", 2, "x.jpg: the ending of --preview must be .png"),
    (f"{ADAPT}--preview file/x.png", 7, "file: is a file; needed is a folder"),
    (f"{ADAPT}--preview art.png", 7, "art.png: would overwrite the picture itself"),
    (f"{ADAPT}--preview-of art.png", 2, "--preview-of is the photograph of --preview"),
    ("bench net.onnx --threads 300", 2, "threads is '300'; needed are numbers 1 to 256"),
    ("bench net.onnx --output loop", 7, "loop: is a link that leads nowhere"),
    ("bench net.onnx --size 0x0", 2, "size is 0x0; each side may be 64 to 8192"),
    ("bench @", 2, "the name of the file or folder is empty"),
]


@pytest.mark.parametrize(("line", "code", "words"), CASES)
def test_one_line_says_what_is_wrong(
    line: str,
    code: int,
    words: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(place)
    before = {path: path.lstat().st_mtime_ns for path in place.rglob("*")}
    program, *arguments = ("" if word == "@" else word for word in line.split())
    run = PROGRAMS.get(program)
    try:
        found = main([program, *arguments]) if run is None else run(arguments)
    except SystemExit as end:
        found = int(end.code or 0)
    errors = [text for text in capsys.readouterr().err.splitlines() if text.startswith("error: ")]
    assert found == code
    assert len(errors) == 1 and words in errors[0]
    assert {path: path.lstat().st_mtime_ns for path in place.rglob("*")} == before


@pytest.fixture(scope="module")
def place(styles: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network, an artwork, and what is neither."""
    place = tmp_path_factory.mktemp("wrong input")
    ours(place / "net.onnx")
    for name in ("folder", "folder.onnx"):
        (place / name).mkdir()
        shutil.copy(styles[0], place / name / "art.png")
    shutil.copy(styles[0], place / "art.png")
    for name in ("file", "empty.png"):
        (place / name).touch()
    (place / "loop").symlink_to("loop")
    return place


@pytest.mark.parametrize("name", ["ünï ☃ cödé", "two words"])
def test_any_name_will_do(
    name: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(place / "art.png", f"{name}.png")
    assert export_net(["--style", f"{name}.png"]) == 0
    assert main(["stylize", f"{name}.onnx", f"{name}.png", "-o", f"{name}/{name}.jpg"]) == 0
    assert (tmp_path / name / f"{name}.jpg").stat().st_size > 1000


def test_no_name_is_a_dash_or_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in (("-", "not taken"), ("https://example.org/a.jpg", "is an address")):
        with pytest.raises(SystemExit) as ended:
            main(["stylize", "net.onnx", name, "-o", "out"])
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
