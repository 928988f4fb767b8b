"""A camera, a film and a window by OpenCV (extra ``[camera]``)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from tinystyle.errors import (
    AbsentTargetError,
    DeviceStateError,
    MissingExtraError,
    OptionError,
    PictureError,
)
from tinystyle.pictures.images import UInt8Array

__all__ = ["OpenCvSource", "OpenCvWindow", "camera_path", "opencv", "require_display"]

_ARROWS = {
    # GTK and Qt, Windows, macOS.
    **dict.fromkeys((0xFF51, 0x250000, 0xF702), "left"),
    **dict.fromkeys((0xFF52, 0x260000, 0xF700), "up"),
    **dict.fromkeys((0xFF53, 0x270000, 0xF703), "right"),
    **dict.fromkeys((0xFF54, 0x280000, 0xF701), "down"),
    **dict.fromkeys((0x1B, 0xFF1B), "escape"),
    # The keypad's, and what Qt calls plus and minus there.
    **dict.fromkeys((0xFFAB,), "+"),
    **dict.fromkeys((0xFFAD,), "-"),
}
_MODIFIERS = 0xFFFF
"""GTK adds NumLock and the like above."""

_MISSED = 30
"""Frames in a row that a camera may fail to give: some do while they start."""
_PROBE = "import cv2; cv2.namedWindow('probe'); cv2.waitKey(1); cv2.destroyAllWindows()"
_PROBE_SECONDS = 30.0


def opencv() -> Any:
    """The module ``cv2``. Raises MissingExtraError where it is not installed."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # the errors below say it in one line
    os.environ.setdefault("OPENCV_VIDEOIO_PRIORITY_OBSENSOR", "0")
    try:
        import cv2  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise MissingExtraError("the camera", "camera") from error
    except ImportError as error:
        raise AbsentTargetError(
            f"OpenCV cannot be loaded ({error}); on Debian and Ubuntu it needs "
            "apt install libgl1 libglib2.0-0"
        ) from error
    return cv2


def require_display() -> None:
    """Raise AbsentTargetError where no window can be opened.

    Tried by another process on Linux: without a display Qt ends the one that asks.
    """
    cv2 = opencv()
    if not hasattr(cv2, "namedWindow") or "GUI:                           NONE" in (
        cv2.getBuildInformation()
    ):
        raise AbsentTargetError(
            "this OpenCV has no windows (opencv-python-headless): pip uninstall "
            "opencv-python-headless, then pip install --force-reinstall opencv-python"
        )
    if sys.platform != "linux":
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise AbsentTargetError(
            "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); run it on a "
            "desktop, or in ssh -X"
        )
    try:
        found = subprocess.run(
            [sys.executable, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AbsentTargetError("the display does not answer") from error
    if found.returncode:
        said = found.stderr.strip().splitlines()
        raise AbsentTargetError(
            f"no window can be opened on display "
            f"{os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')}"
            f"{f' ({said[0].strip()})' if said else ''}"
        )


def camera_path(device: int) -> Path | None:
    """The file of a camera on Linux; None elsewhere, where they have none."""
    return Path(f"/dev/video{device}") if sys.platform == "linux" else None


class OpenCvSource:
    """Frames of a camera, by its number, or of a film or a device, by its file."""

    def __init__(self, source: int | Path) -> None:
        """Raises OptionError, PictureError, AbsentTargetError or DeviceStateError."""
        cv2 = self._cv2 = opencv()
        self._name = f"camera {source}" if isinstance(source, int) else str(source)
        path = camera_path(source) if isinstance(source, int) else source
        self.is_film = isinstance(source, Path) and not _is_device(source)
        """Whether frames come from a file, which is played at its own pace."""
        if path is not None:
            self._require_readable(path)
        self._capture = cv2.VideoCapture(str(source) if isinstance(source, Path) else source)
        if not self._capture.isOpened():
            self._capture.release()
            raise self._unopened()
        self._start: float | None = None
        self._missed = 0

    def read(self) -> UInt8Array | None:
        """See :class:`Source`. A film waits until a frame's time has come."""
        while True:
            done, frame = self._capture.read()
            if done and frame is not None:
                break
            if self.is_film:
                return None
            self._missed += 1
            if self._missed > _MISSED:
                raise DeviceStateError(
                    f"{self._name} gives no more frames; is it plugged in, and used by no other "
                    "program?"
                )
            time.sleep(0.02)
        self._missed = 0
        if self.is_film:
            self._wait()
        rgb: UInt8Array = np.asarray(self._cv2.cvtColor(frame, self._cv2.COLOR_BGR2RGB), np.uint8)
        return rgb

    def close(self) -> None:
        """Free the device."""
        self._capture.release()

    def _wait(self) -> None:
        now = time.monotonic()
        shown = float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC)) / 1000.0
        if self._start is None:
            self._start = now - shown
        time.sleep(min(1.0, max(0.0, self._start + shown - now)))

    def _require_readable(self, path: Path) -> None:
        if not path.exists():
            if not self._name.startswith("camera"):
                raise OptionError(f"{path}: no such file or device")
            others = sorted(p.name.removeprefix("video") for p in Path("/dev").glob("video*"))
            there = f"there are {', '.join(others)} (--device)" if others else "none is connected"
            raise AbsentTargetError(
                f"there is no {self._name} ({path}); {there}, and --source FILE plays a film"
            )
        if path.is_dir():
            raise OptionError(f"{path}: is a folder; needed is a film or a device")
        if path.is_fifo():  # which would wait for a writer
            raise OptionError(f"{path}: is a pipe; needed is a film or a device")
        if not os.access(path, os.R_OK):
            raise DeviceStateError(
                f"{path}: may not be read by you; for a camera: sudo usermod -aG video $USER, then "
                "log in again"
            )

    def _unopened(self) -> Exception:
        if self.is_film:
            return PictureError(f"{self._name}: not a film that OpenCV can read")
        return DeviceStateError(
            f"{self._name} cannot be opened; is it used by another program, and may this one use "
            "it (on macOS and Windows: privacy settings, camera)?"
        )


class OpenCvWindow:
    """A window that its user may resize."""

    def __init__(self, title: str) -> None:
        """Raises AbsentTargetError where there is none to be had."""
        self._cv2, self._title = opencv(), title
        self._is_shown = False
        flags = self._cv2.WINDOW_NORMAL | self._cv2.WINDOW_KEEPRATIO
        flags |= getattr(self._cv2, "WINDOW_GUI_NORMAL", 0)  # Qt's other one has a toolbar
        try:
            self._cv2.namedWindow(title, flags)
        except self._cv2.error as error:
            raise AbsentTargetError(f"OpenCV cannot open a window ({error.err})") from error

    def show(self, rgb: UInt8Array) -> None:
        """See :class:`Window`."""
        if not self.is_open():
            return  # OpenCV would open it again
        if not self._is_shown:
            self._cv2.resizeWindow(self._title, rgb.shape[1], rgb.shape[0])
            self._is_shown = True
        self._cv2.imshow(self._title, self._cv2.cvtColor(rgb, self._cv2.COLOR_RGB2BGR))

    def key(self) -> str:
        """See :class:`Window`."""
        return key_name(int(self._cv2.waitKeyEx(1)))

    def is_open(self) -> bool:
        """See :class:`Window`."""
        if not self._is_shown:
            return True
        try:
            seen = self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE)
        except self._cv2.error:  # Qt's, of a window that is gone
            return False
        return float(seen) > 0.0

    def close(self) -> None:
        """See :class:`Window`."""
        with contextlib.suppress(self._cv2.error):  # its user has closed it
            self._cv2.destroyAllWindows()
            self._cv2.waitKey(1)  # else some of them stay


def key_name(code: int) -> str:
    """Of a key as ``waitKeyEx`` tells it; empty where there was none, or none of ours."""
    if code < 0:
        return ""
    for value in (code, code & _MODIFIERS):
        if value in _ARROWS:
            return _ARROWS[value]
    value = code & _MODIFIERS
    return chr(value) if 0x20 <= value < 0x7F else "unknown"


def _is_device(path: Path) -> bool:
    return path.is_char_device()
