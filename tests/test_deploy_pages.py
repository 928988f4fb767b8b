"""The pages of ``docs/deploy``: one for each place, short, and open about what was run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tinystyle.commands.export.command import main as export_net
from tinystyle.export.presets import PRESETS
from tinystyle.pictures.examples import landscape
from tinystyle.runtime.stylizer import Stylizer

FOLDER = Path(__file__).parent.parent / "docs" / "deploy"
PAGES = sorted(FOLDER.glob("*.md"))
STATUS = r"\*(ran here|compiled here|not compiled|not run)\*"


def test_every_place_has_a_page_in_the_table() -> None:
    table = (FOLDER / "README.md").read_text()
    for name in PRESETS:
        assert f"--for {name} " in (FOLDER / f"{name}.md").read_text()
        assert f"[{name}]({name}.md)" in table


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 60


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_code_says_whether_it_ran(path: Path) -> None:
    before, *parts = re.split(r"^```(?=[a-z]+\n)", path.read_text(), flags=re.M)
    for part in parts:
        assert re.search(STATUS, before[-700:]), part[:80]
        before = part


def test_the_raspberry_pis_python_paints(
    styles: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a camera of two frames in place of OpenCV's, and a window that keeps what it shows."""
    arguments = ["--style", str(styles[0]), "--for", "rpi", "--output", str(tmp_path)]
    assert export_net(arguments) == 0
    (model,) = tmp_path.glob("*-rpi.onnx")
    model.rename(tmp_path / "art-rpi.onnx")
    rgb = np.ascontiguousarray(landscape(320)[:240])
    shown: list[np.ndarray] = []
    frames = [rgb[..., ::-1], rgb[..., ::-1]]

    class Camera:
        def __init__(self, index: int) -> None:
            assert index == 0

        def read(self) -> tuple[bool, np.ndarray | None]:
            return (True, frames.pop()) if frames else (False, None)

    opencv = ModuleType("cv2")
    for name, value in {
        "VideoCapture": Camera,
        "COLOR_BGR2RGB": 4,
        "COLOR_RGB2BGR": 4,
        "cvtColor": lambda picture, code: np.ascontiguousarray(picture[..., ::-1]),
        "resize": lambda picture, size: picture,
        "imshow": lambda title, picture: shown.append(picture),
        "waitKey": lambda milliseconds: -1,
    }.items():
        setattr(opencv, name, value)
    monkeypatch.setitem(sys.modules, "cv2", opencv)
    monkeypatch.chdir(tmp_path)
    code, _ = re.findall(r"^```python\n(.*?)^```", (FOLDER / "rpi.md").read_text(), re.M | re.S)
    exec(compile(code, "rpi.md", "exec"), {})
    painted = Stylizer.load("art-rpi.onnx").run_bytes(rgb[None])[0]
    assert len(shown) == 2
    assert np.abs(painted.astype(float) - rgb).mean() > 8
    for picture in shown:
        assert np.abs(picture[..., ::-1].astype(int) - painted).max() <= 1
