"""A browser of the Chromium family, headless, for one page, in a profile that nobody keeps."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tinystyle.errors import AbsentTargetError, OptionError, TargetError

__all__ = ["BROWSER_VARIABLE", "Browser", "find_browser", "flags", "remove_profile"]

BROWSER_VARIABLE = "TINYSTYLE_BROWSER"

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("chrome", "microsoft-edge", "msedge"),
)
_PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
_FLAGS = (
    *("--headless=new", "--no-first-run", "--no-default-browser-check", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--disable-breakpad", "--disable-quic", "--no-proxy-server"),
    *("--metrics-recording-only", "--password-store=basic", "--use-mock-keychain"),
    "--disable-dev-shm-usage",  # containers have little
    # What runs is in the background as soon as nobody looks, and nobody looks at headless.
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    "--disable-backgrounding-occluded-windows",
    # Nothing but loopback can be reached, whatever a page or the browser itself wants.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_NO_GPU = ("--disable-gpu",)
_WEBGPU = ("--enable-unsafe-webgpu", "--enable-features=Vulkan")
_SOFTWARE_WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
_END_SECONDS = 5.0
_SOCKET = "/org.chromium.Chromium.XXXXXX/SingletonSocket"
"""What a browser makes in the folder for temporary files."""
_LONGEST_SOCKET = 103
"""Bytes in the path of a socket, on macOS; Linux has room for four more."""


def find_browser(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """The program to start: ``path``, else that of TINYSTYLE_BROWSER, else one that is installed.

    Raises OptionError for a path that is no program, AbsentTargetError where none is found.
    """
    environment = os.environ if environment is None else environment
    named = str(path) if path is not None else environment.get(BROWSER_VARIABLE, "")
    if named:
        program = shutil.which(named, path=environment.get("PATH"))
        if program is None:
            where = "browser" if path is not None else BROWSER_VARIABLE
            raise OptionError(f"{where} is {named!r}; that is no program that can be started")
        return Path(program)
    for name in (*_NAMES, *_PLACES.get(sys.platform, ())):
        program = shutil.which(name, path=environment.get("PATH"))
        if program is not None:
            return Path(program)
    raise AbsentTargetError(
        f"web needs a browser, and none of {', '.join(_NAMES)} is installed: install Chromium "
        f"(apt install chromium) or name one by --browser PATH or {BROWSER_VARIABLE}"
    )


def flags(*, webgpu: bool = False, software_adapter: bool = False) -> tuple[str, ...]:
    """What the browser is started with, but for its profile and the page."""
    graphics: tuple[str, ...] = _NO_GPU
    if webgpu:
        graphics = _SOFTWARE_WEBGPU if software_adapter else _WEBGPU
    # Chromium's sandbox refuses root. For everybody else it stays.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return (*_FLAGS, *graphics, *(("--no-sandbox",) if root else ()))


class Browser:
    """A context manager: the browser runs inside the block and is killed at its end.

    Its profile is a temporary folder. Raises TargetError where the program cannot be started.
    """

    def __init__(self, program: Path, url: str, options: tuple[str, ...]) -> None:
        self.program, self.url, self.options = program, url, options

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The last line that it wrote, at most 200 characters."""
        lines = self._log.read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "no message")

    def __enter__(self) -> Browser:
        self._folder = Path(tempfile.mkdtemp(prefix="tinystyle-browser-"))
        self._log = self._folder / "log.txt"
        profile = self._folder / "profile"
        command = [str(self.program), *self.options, f"--user-data-dir={profile}", self.url]
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    env={**os.environ, **self._places()},
                    start_new_session=True,  # a group that can be killed whole
                )
        except OSError as error:
            remove_profile(self._folder)
            raise TargetError(f"{self.program}: cannot be started ({error.strerror})") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._signal(signal.SIGTERM)
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))  # its children, too
            self._process.wait()
            remove_profile(self._folder)

    def _places(self) -> dict[str, str]:
        """Where the browser puts its own temporary folders, which it leaves when it is killed."""
        place = os.fsencode(self._folder)
        if os.name == "posix" and len(place) + len(_SOCKET) > _LONGEST_SOCKET:
            return {}  # it would not start: better a folder that stays
        return dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self._folder))

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)


def remove_profile(folder: Path) -> None:
    """Again and again: some of a browser's processes outlive it for a moment, and write."""
    end = time.monotonic() + _END_SECONDS
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.02)
