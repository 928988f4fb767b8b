"""OpenCV's cameras, films and windows: what goes wrong, with an OpenCV of the tests' own; and,
where it is installed, OpenCV itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.runtime.video.live.fakes import UInt8Array
from tinystyle.errors import (
    AbsentTargetError,
    DeviceStateError,
    MissingExtraError,
    OptionError,
    PictureError,
)
from tinystyle.runtime.video.live import opencv
from tinystyle.runtime.video.live.opencv import (
    OpenCvSource,
    OpenCvWindow,
    key_name,
    require_display,
)

FRAME = np.dstack([np.full((48, 64), level, np.uint8) for level in (10, 20, 30)])
"""In OpenCV's order: blue, green, red."""


class Capture:
    """Of a fake OpenCV: gives FRAME ``good`` times."""

    is_opened = True
    good = 3
    milliseconds = 0.0
    opened: Any = None

    def __init__(self, source: Any) -> None:
        Capture.opened = source
        self.released = False
        self.left = self.good

    def isOpened(self) -> bool:
        return self.is_opened

    def read(self) -> tuple[bool, UInt8Array | None]:
        self.left -= 1
        return (True, FRAME) if self.left >= 0 else (False, None)

    def get(self, _: int) -> float:
        return self.milliseconds * (self.good - self.left)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module ``cv2`` with Capture, and no camera's files of this machine."""
    cv2: Any = ModuleType("cv2")
    cv2.VideoCapture = type("VideoCapture", (Capture,), {})
    cv2.cvtColor = lambda frame, _: frame[..., ::-1].copy()
    cv2.COLOR_BGR2RGB = cv2.COLOR_RGB2BGR = 4
    cv2.CAP_PROP_POS_MSEC = 0
    cv2.getBuildInformation = lambda: "  GUI:                           QT5\n"
    cv2.namedWindow = lambda *_: None
    monkeypatch.setitem(sys.modules, "cv2", cv2)
    monkeypatch.setattr(opencv, "camera_path", lambda _: None)
    return cv2


def test_without_opencv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"the camera needs .*\[camera\]"):
        OpenCvSource(0)


def test_an_opencv_that_cannot_be_loaded_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    with pytest.raises(AbsentTargetError, match=r"libGL.so.1: cannot open.*apt install"):
        require_display()


def test_frames_are_rgb_and_a_camera_that_stops_is_told(
    fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    source = OpenCvSource(2)
    assert (Capture.opened, source.is_film) == (2, False)
    for _ in range(3):
        frame = source.read()
        assert frame is not None and frame[0, 0].tolist() == [30, 20, 10]
    with pytest.raises(DeviceStateError, match="camera 2 gives no more frames"):
        source.read()


def test_a_film_is_played_at_its_own_pace_and_ends(fake: Any, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    fake.VideoCapture.milliseconds = 60.0
    source = OpenCvSource(tmp_path / "clip.mp4")
    assert source.is_film and Capture.opened == str(tmp_path / "clip.mp4")
    start = time.monotonic()
    for _ in range(3):
        assert source.read() is not None
    assert time.monotonic() - start >= 0.11
    assert source.read() is None


def test_sources_that_are_not_there_are_told(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    fake.VideoCapture.is_opened = False
    with pytest.raises(PictureError, match=r"text.mp4: not a film that OpenCV can read"):
        OpenCvSource(tmp_path / "text.mp4")
    with pytest.raises(DeviceStateError, match=r"camera 1 cannot be opened; is it used by another"):
        OpenCvSource(1)
    with pytest.raises(OptionError, match="no such file or device"):
        OpenCvSource(tmp_path / "absent.mp4")
    with pytest.raises(OptionError, match="is a folder"):
        OpenCvSource(tmp_path)
    monkeypatch.setattr(opencv, "camera_path", lambda n: tmp_path / f"video{n}")
    with pytest.raises(AbsentTargetError, match=r"there is no camera 7 .*--source FILE"):
        OpenCvSource(7)
    (tmp_path / "video0").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DeviceStateError, match=r"may not be read by you.*-aG video"):
        OpenCvSource(0)


def test_where_no_window_can_be_opened_it_says_why(
    fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AbsentTargetError, match="neither DISPLAY nor WAYLAND_DISPLAY is set"):
        require_display()
    monkeypatch.setenv("DISPLAY", ":4711")

    def probe(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], -6, "", "qt: could not connect\nmore\n")

    monkeypatch.setattr(subprocess, "run", probe)
    with pytest.raises(AbsentTargetError, match=r"on display :4711 \(qt: could not connect\)$"):
        require_display()
    fake.getBuildInformation = lambda: "  GUI:                           NONE\n"
    with pytest.raises(AbsentTargetError, match="opencv-python-headless"):
        require_display()
    monkeypatch.setattr(sys, "platform", "darwin")
    fake.getBuildInformation = lambda: "  GUI:                           COCOA\n"
    require_display()


def test_a_window_that_its_user_closed_stays_closed(fake: Any) -> None:
    shown: list[UInt8Array] = []
    fake.error = type("error", (Exception,), {})
    fake.WINDOW_NORMAL = fake.WINDOW_KEEPRATIO = fake.WND_PROP_VISIBLE = 0
    fake.resizeWindow = lambda *_: None
    fake.imshow = lambda _, bgr: shown.append(bgr)
    fake.getWindowProperty = lambda *_: 1.0
    window = OpenCvWindow("title")
    assert window.is_open()
    window.show(FRAME)
    assert window.is_open() and shown[0][0, 0].tolist() == [30, 20, 10]

    def gone(*_: Any) -> float:
        raise fake.error("NULL guiReceiver (please create a window)")  # as Qt's

    fake.getWindowProperty = fake.destroyAllWindows = gone
    assert not window.is_open()
    window.show(FRAME)
    assert len(shown) == 1
    window.close()
    fake.getWindowProperty = lambda *_: 0.0  # as the others'
    assert not window.is_open()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, ""),
        (ord("q"), "q"),
        (ord("+"), "+"),
        (0x100000 + ord("2"), "2"),  # GTK with NumLock
        (0xFF51, "left"),
        (0x270000, "right"),
        (0xF700, "up"),
        (0x10FF54, "down"),
        (27, "escape"),
        (0xFFAB, "+"),
        (0xFFE1, "unknown"),  # Shift alone
    ],
)
def test_keys_have_names(code: int, name: str) -> None:
    assert key_name(code) == name


def _real() -> Any:
    return pytest.importorskip("cv2", reason="OpenCV is not installed", exc_type=ImportError)


def test_opencv_itself_plays_a_film(tmp_path: Path) -> None:
    _real()
    pytest.importorskip("av")
    from tests.runtime.video.clips import moving_square, write_clip

    frames = moving_square(6)
    source = OpenCvSource(write_clip(tmp_path / "clip.mp4", frames))
    seen = []
    while (frame := source.read()) is not None:
        seen.append(frame)
    source.close()
    assert len(seen) == 6
    for film, frame in zip(frames, seen, strict=True):
        assert np.abs(film.astype(int) - frame).mean() < 8
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(PictureError, match="not a film"):
        OpenCvSource(tmp_path / "text.mp4")


def test_opencv_itself_shows_a_picture(tmp_path: Path) -> None:
    """In a process of its own: OpenCV and its display stay in one until its end."""
    _real()
    if sys.platform != "linux" or not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    code = """
import time
import numpy as np
from PIL import ImageGrab
from tinystyle.runtime.video.live.opencv import OpenCvWindow, require_display
require_display()
window = OpenCvWindow("tinystyle")
rgb = np.full((240, 320, 3), (250, 120, 20), np.uint8)
assert window.is_open()
for _ in range(100):
    window.show(rgb)
    assert window.key() == ""
    screen = np.asarray(ImageGrab.grab().convert("RGB"))
    found = (np.abs(screen.astype(int) - (250, 120, 20)).max(axis=2) < 3).sum()
    if found > 60_000:
        break
    time.sleep(0.05)
assert window.is_open()
window.close()
print("seen", found)
"""
    number = tmp_path / "display"
    with number.open("w") as file:
        server = subprocess.Popen(
            # Without -noreset the server begins anew when the first to ask, require_display,
            # leaves, and refuses who comes in that moment.
            ["Xvfb", "-noreset", "-displayfd", str(file.fileno()), "-screen", "0", "640x480x24"],
            pass_fds=[file.fileno()],
            stderr=subprocess.DEVNULL,
        )
    try:
        for _ in range(200):
            if number.read_text().endswith("\n"):
                break
            time.sleep(0.05)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "DISPLAY": f":{number.read_text().strip()}"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    finally:
        server.terminate()
        server.wait(20)
    assert done.stdout.startswith("seen "), done.stderr
    assert OpenCvWindow.__name__ in code
