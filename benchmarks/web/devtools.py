"""A page in a headless browser, told what to do over its own protocol: for tests and screenshots.

Chromium speaks the DevTools protocol over two pipes: JSON messages that end in a zero byte.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tinystyle.benchmarks.web.browser import flags, remove_profile
from tinystyle.errors import TargetError

__all__ = ["Page"]

_COMMANDS, _ANSWERS = 3, 4
"""Numbers of the pipes in the browser, as it wants them."""
_LAUNCHER = f"""
import fcntl, os, sys
# Above both numbers first: one pipe may have the other's already.
ours = [fcntl.fcntl(int(number), fcntl.F_DUPFD, {_ANSWERS + 1}) for number in sys.argv[1:3]]
os.dup2(ours[0], {_COMMANDS})
os.dup2(ours[1], {_ANSWERS})
os.execvp(sys.argv[3], sys.argv[3:])
"""
_CHUNK = 2**20
_SETTLE_SECONDS = 0.5
_QUIET_SHARE = 0.06
"""Of one processor."""

Answer = dict[str, Any]


class Page:
    """One page. A context manager: the browser runs inside the block and is gone afterwards.

    ``options`` are further flags of the browser. POSIX alone: Windows hands down no pipes. Raises
    TargetError where the browser cannot be started, does not answer in time, or refuses.
    """

    def __init__(
        self, program: Path, options: Sequence[str] = (), *, seconds: float = 60.0
    ) -> None:
        self.program, self.options, self.seconds = program, tuple(options), seconds
        self.events: list[Answer] = []
        """All that the browser told unasked since the start."""

    @property
    def session(self) -> str:
        """Names the page to ``ask``."""
        return self._session

    def send(self, method: str, **parameters: Any) -> Answer:
        """Call a method of the protocol on the page; its result."""
        return self._call(method, parameters, self._session)

    def ask(self, method: str, session: str = "", **parameters: Any) -> Answer:
        """Call a method on the browser itself, or on what a session names: a worker."""
        return self._call(method, parameters, session)

    def prepare(self, script: str) -> None:
        """Run a script in every document that is opened from now on, before its own."""
        self.send("Page.addScriptToEvaluateOnNewDocument", source=script)

    def workers(self) -> list[str]:
        """Sessions of the page's workers; those that have ended are not among them."""
        self.send(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True
        )
        ended = {event["sessionId"] for event in self._of("Target.detachedFromTarget")}
        return [
            event["sessionId"]
            for event in self._of("Target.attachedToTarget")
            if event["targetInfo"]["type"] == "worker" and event["sessionId"] not in ended
        ]

    def cpu_seconds(self) -> float:
        """Processor time of the browser's processes that run now, all threads together."""
        return sum(float(each["cpuTime"]) for each in self._processes())

    def settle(self) -> None:
        """Until the browser has done what it does at its own start, which takes a second of the
        processor beside what is measured. Not longer than this page waits for anything."""
        end = time.monotonic() + self.seconds
        before = self.cpu_seconds()
        while time.monotonic() < end:
            time.sleep(_SETTLE_SECONDS)
            now = self.cpu_seconds()
            if now - before < _QUIET_SHARE * _SETTLE_SECONDS:
                return
            before = now

    def processes(self) -> list[tuple[str, int]]:
        """Kind and number of each process of the browser; pages run in a "renderer"."""
        return [(str(each["type"]), int(each["id"])) for each in self._processes()]

    def open(self, url: str) -> None:
        """Go to an address; returns when the document is loaded."""
        before = len(self._of("Page.loadEventFired"))
        self.send("Page.navigate", url=url)
        self._until(lambda: len(self._of("Page.loadEventFired")) > before, f"{url} was not loaded")

    def run(self, script: str) -> Any:
        """The value of an expression in JavaScript; a promise is awaited.

        Raises TargetError where it throws.
        """
        found = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in found:
            details = found["exceptionDetails"]
            text = details.get("exception", {}).get("description") or details["text"]
            raise TargetError(f"{script[:80]}: {text}")
        return found["result"].get("value")

    def wait(self, condition: str, seconds: float | None = None) -> Any:
        """Until a JavaScript expression is true; its value."""
        end = time.monotonic() + (seconds or self.seconds)
        while time.monotonic() < end:
            if found := self.run(condition):
                return found
            time.sleep(0.02)
        raise TargetError(f"not true in time: {condition}")

    def choose_files(self, selector: str, *files: Path) -> None:
        """Give files to an ``<input type="file">``, as a visitor does."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in files])

    def save_into(self, folder: Path) -> None:
        """Where files go that the page saves."""
        folder.mkdir(parents=True, exist_ok=True)
        parameters = {"behavior": "allow", "downloadPath": str(folder)}
        self._call("Browser.setDownloadBehavior", parameters, "")

    def set_view(
        self, width: int, height: int, *, dark: bool = False, mobile: bool = False
    ) -> None:
        """Size in CSS pixels, and the colours that the system asks for."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if mobile else 1,
            mobile=mobile,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def requests(self) -> list[str]:
        """Addresses that the page asked for so far; its workers' requests are not among them."""
        return [event["request"]["url"] for event in self._of("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """What the page wrote to its console as an error, and errors that nobody caught."""
        thrown = [
            event["exceptionDetails"].get("exception", {}).get("description", "")
            for event in self._of("Runtime.exceptionThrown")
        ]
        logged = [
            event["entry"]["text"]
            for event in self._of("Log.entryAdded")
            if event["entry"]["level"] == "error"
        ]
        return [*thrown, *logged]

    def __enter__(self) -> Page:
        self._folder = Path(tempfile.mkdtemp(prefix="tinystyle-page-"))
        self._number, self._buffer, self._session = 0, b"", ""
        from_us, self._out = _pipe()
        self._in, to_us = _pipe()
        arguments = [
            *(str(self.program), *flags(), *self.options),
            *("--remote-debugging-pipe", f"--user-data-dir={self._folder / 'profile'}"),
            "about:blank",
        ]
        try:
            self._process = self._start(arguments, from_us, to_us)
            self._attach()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number in (self._out, self._in):
            with contextlib.suppress(OSError):
                os.close(number)
        if hasattr(self, "_process"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        remove_profile(self._folder)

    def _start(self, arguments: list[str], from_us: int, to_us: int) -> subprocess.Popen[bytes]:
        # A process between us and the browser puts the pipes at the numbers that it reads: Popen
        # cannot, and nothing of Python may run between fork and exec where there are threads.
        launcher = [sys.executable, "-I", "-c", _LAUNCHER, str(from_us), str(to_us)]
        try:
            return subprocess.Popen(
                [*launcher, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={**os.environ, "TMPDIR": str(self._folder)},
                pass_fds=(from_us, to_us),
                start_new_session=True,
            )
        except OSError as error:
            raise TargetError(f"{self.program}: cannot be started ({error.strerror})") from error
        finally:
            os.close(from_us)
            os.close(to_us)

    def _attach(self) -> None:
        targets = self._call("Target.getTargets", {}, "")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        found = self._call(
            "Target.attachToTarget", {"targetId": page["targetId"], "flatten": True}, ""
        )
        self._session = found["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self.send(f"{domain}.enable")

    def _call(self, method: str, parameters: Mapping[str, Any], session: str) -> Answer:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except OSError as error:
            raise TargetError(f"{self.program} ended by itself") from error
        end = time.monotonic() + self.seconds
        while True:
            answer = self._read(end, method)
            if answer.get("id") != self._number:
                self.events.append(answer)
                continue
            if "error" in answer:
                raise TargetError(f"{method}: {answer['error'].get('message')}")
            return dict(answer["result"])

    def _read(self, end: float, what: str) -> Answer:
        while b"\0" not in self._buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise TargetError(f"{self.program} did not answer {what} in {self.seconds:g} s")
            part = os.read(self._in, _CHUNK)
            if not part:
                raise TargetError(f"{self.program} ended by itself")
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def _processes(self) -> list[Answer]:
        return list(self.ask("SystemInfo.getProcessInfo")["processInfo"])

    def _of(self, method: str) -> list[Answer]:
        return [event["params"] for event in self.events if event.get("method") == method]

    def _until(self, true: Any, complaint: str) -> None:
        end = time.monotonic() + self.seconds
        while not true():
            if time.monotonic() > end:
                raise TargetError(complaint)
            self.run("0")  # reads what has come


def _pipe() -> tuple[int, int]:
    """Numbers to read from and to write to. Above those of the standard streams, where these are
    closed: the launcher's own take those."""
    import fcntl  # noqa: PLC0415  (not on Windows)

    ends = os.pipe()
    raised = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ANSWERS + 1) for end in ends)
    for end in ends:
        os.close(end)
    return raised[0], raised[1]
