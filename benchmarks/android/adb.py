"""Android devices by ``adb``, the debug bridge of Google's platform tools."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from tinystyle.errors import (
    AbsentTargetError,
    DeviceChoiceError,
    DeviceError,
    DeviceStateError,
    DeviceTimeoutError,
)

__all__ = ["Adb", "Answer", "Device", "connect", "find_program"]

_SECONDS = 30.0
_TRANSFER_SECONDS = 600.0
_MAX_BYTES = 2**20
_READY = "device"
_STATES = {
    "unauthorized": "has not allowed this computer: unlock it and accept the question it asks",
    "authorizing": "is about to ask for permission: unlock it and accept the question",
    "offline": "does not answer: plug it in again, or run adb reconnect",
    "recovery": "is in recovery mode: start Android on it",
    "sideload": "is in sideload mode: start Android on it",
    "bootloader": "is in its bootloader: start Android on it",
    "no permissions": "may not be used by this user: see adb's udev rules",
}


@dataclass(frozen=True, slots=True)
class Device:
    """One line of ``adb devices -l``."""

    serial: str
    state: str
    model: str = ""

    def __str__(self) -> str:
        about = ", ".join(text for text in (self.model, self.state) if text and text != _READY)
        return f"{self.serial} ({about})" if about else self.serial


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave back."""

    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """Its output; bytes that are no UTF-8 become question marks."""
        return self.output.decode("utf-8", "replace")

    @property
    def complaint(self) -> str:
        """The last line that it said, on either stream, for an error message."""
        lines = [line.strip() for line in f"{self.text}\n{self.errors}".splitlines()]
        said = [line for line in lines if line]
        return said[-1][:200] if said else f"exit code {self.code}"


def find_program() -> str:
    """``adb`` on the PATH, or of the SDK in ANDROID_HOME or ANDROID_SDK_ROOT.

    Raises AbsentTargetError where it is not installed.
    """
    places = [os.environ.get(name) for name in ("ANDROID_HOME", "ANDROID_SDK_ROOT")]
    tools = [str(Path(place) / "platform-tools") for place in places if place]
    for path in (None, *tools):
        program = shutil.which("adb", path=path)
        if program is not None:
            return program
    raise AbsentTargetError(
        "adb was not found; it is part of Android's platform tools: install them, or set "
        "ANDROID_HOME"
    )


def connect(serial: str | None = None) -> Adb:
    """The device of this serial number, else of ANDROID_SERIAL, else the only one.

    Raises AbsentTargetError without adb or device, DeviceChoiceError where there are several,
    DeviceStateError where it is unauthorised or offline.
    """
    program = find_program()
    devices = _devices(program)
    wanted = serial or os.environ.get("ANDROID_SERIAL") or None
    known = ", ".join(map(str, devices))
    if not devices:
        raise AbsentTargetError(
            "adb sees no device; connect one by USB and switch on USB debugging in its developer "
            "options, or start an emulator"
        )
    if wanted is None and len(devices) > 1:
        raise DeviceChoiceError(
            f"{len(devices)} devices: choose one by --device; there are {known}"
        )
    found = [device for device in devices if wanted in (None, device.serial)]
    if not found:
        raise DeviceChoiceError(f"device {wanted!r} is not connected; there are {known}")
    device = found[0]
    if device.state != _READY:
        advice = _STATES.get(device.state, f"is in state {device.state!r}, not {_READY!r}")
        raise DeviceStateError(f"device {device.serial} {advice}")
    return Adb(program, device)


def _devices(program: str) -> list[Device]:
    answer = _run([program, "devices", "-l"], _SECONDS, _MAX_BYTES)
    if answer.code:
        raise DeviceError(f"adb devices failed ({answer.complaint})")
    found = []
    _, _, lines = answer.text.partition("List of devices attached")
    for line in lines.splitlines():
        serial, _, rest = line.strip().partition(" ")
        if not serial or serial.startswith("*"):
            continue  # what the daemon says of itself
        words = rest.split()
        state = (
            "no permissions" if rest.strip().startswith("no permissions") else (words or [""])[0]
        )
        models = [word.partition(":")[2] for word in words if word.startswith("model:")]
        found.append(Device(serial, state, models[0] if models else ""))
    return found


class Adb:
    """One device. Every call raises DeviceTimeoutError where the device takes too long."""

    def __init__(self, program: str, device: Device) -> None:
        self._command = [program, "-s", device.serial]
        self.device = device

    def shell(self, *words: str, seconds: float = _SECONDS, limit: int = _MAX_BYTES) -> Answer:
        """Run words on the device, each one quoted for its shell; at most ``limit`` bytes come."""
        # A single argument: adb would join several with spaces, unquoted.
        return self._call("shell", shlex.join(words), seconds=seconds, limit=limit)

    def read(self, remote: str, limit: int) -> bytes | None:
        """A file of the device, or its first ``limit`` bytes; None where there is none."""
        words = shlex.join(["head", "-c", str(limit), remote])
        answer = self._call("exec-out", f"{words} 2>/dev/null", seconds=_SECONDS, limit=limit)
        return answer.output or None

    def push(self, local: Path, remote: str) -> None:
        """Copy a file to the device. Raises DeviceError where that fails."""
        answer = self._call("push", str(local.absolute()), remote, seconds=_TRANSFER_SECONDS)
        if answer.code:
            raise DeviceError(f"{local}: cannot be copied to the device ({answer.complaint})")

    def install(self, apk: Path) -> None:
        """Install or update an app, its data kept. Raises DeviceError where that fails."""
        arguments = ["install", "-r", str(apk.absolute())]
        answer = self._call(*arguments, seconds=_TRANSFER_SECONDS)
        if answer.code or "Success" not in answer.text:
            raise DeviceError(f"{apk}: cannot be installed ({answer.complaint})")

    def properties(self) -> dict[str, str]:
        """System properties of the device, by name."""
        pairs = re.findall(r"^\[([^\]\n]+)\]: \[(.*)\]\r?$", self.shell("getprop").text, re.M)
        return {name: value[:200] for name, value in pairs}

    def _call(self, *arguments: str, seconds: float, limit: int = _MAX_BYTES) -> Answer:
        answer = _run([*self._command, *arguments], seconds, limit)
        if answer.code and answer.errors.startswith(("error: device", "adb: device")):
            raise DeviceStateError(f"device {self.device.serial} went away ({answer.complaint})")
        return answer


def _run(command: list[str], seconds: float, limit: int) -> Answer:
    """Run adb without any shell here. What it says beyond ``limit`` bytes is not read."""
    with tempfile.TemporaryFile() as errors:  # a pipe could be held open by adb's daemon
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        except OSError as error:
            raise AbsentTargetError(f"{command[0]}: cannot be run ({error.strerror})") from error
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            with process:
                output = process.stdout.read(limit) if process.stdout is not None else b""
                if len(output) == limit:
                    process.kill()
                process.wait()
        finally:
            timer.cancel()
        if late.is_set():
            words = " ".join(command[1:])[:80]
            raise DeviceTimeoutError(f"adb {words} did not end within {seconds:g} seconds")
        errors.seek(0)
        return Answer(process.returncode, output, errors.read(4096).decode("utf-8", "replace"))
