"""A scripted ``adb`` with one phone or several, for tests: as a program, and how to set it up.

What it plays is in ``state.json`` of the folder in FAKE_ADB; its calls are kept in ``calls.jsonl``,
the phone's files in ``files``. It knows the words that ``bench`` says and fails at all others.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

# It is started a dozen times a test: what it seldom needs it imports where it needs it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

PACKAGE = "dev.tinystyle.demo"
FILES = f"/sdcard/Android/data/{PACKAGE}/files"
HELLO = "* daemon not running; starting now at tcp:5037\n* daemon started successfully\n"
READY: dict[str, Any] = {
    "devices": {"SERIAL1": "device product:p model:Example_9 device:d transport_id:1"},
    "installed": True,
    "install": "Success",
    "start": "Starting: Intent { cmp=dev.tinystyle.demo/.BenchmarkActivity }\nStatus: ok\nComplete",
    "app": "done",  # or crashes, vanishes, hangs, jvm
    "jvm": [],  # the command that does the app's work, two files short
    "makes_folders": True,
    "looks": 0,
    "result": {},  # fields in place of the usual ones
    "raw": None,  # text in place of the whole result
    "log": "",
    "properties": {"ro.build.fingerprint": "example/p/d:15/XYZ/1:user/release-keys"},
    "gone_after": None,  # calls after which the cable is pulled
}


def set_up(folder: Path, **changes: Any) -> Path:
    """Write the program ``adb`` and its state; the folder to put on the PATH."""
    program = folder / "bin" / "adb"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!{sys.executable} -IS\n{Path(__file__).read_text()}")
    program.chmod(0o755)
    (folder / "files").mkdir(exist_ok=True)
    (folder / "state.json").write_text(json.dumps({**READY, **changes}))
    return program.parent


def calls(folder: Path) -> list[list[str]]:
    """What was asked of it, in order."""
    log = folder / "calls.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def result(extras: dict[str, str], model: bytes) -> dict[str, Any]:
    """What the app writes."""
    import hashlib

    numbers = {key: int(extras[key]) for key in ("height", "width", "threads", "warmup_runs")}
    runs = int(extras["min_runs"])
    heat = {"status": 0, "headroom": 0.25}
    return {
        "format": "tinystyle-benchmark-run",
        "version": 1,
        "run_id": extras["run_id"],
        "status": "done",
        "error": None,
        "model": extras["model"],
        "sha256": hashlib.sha256(model).hexdigest(),
        "size_bytes": len(model),
        "provider": extras["provider"],
        "providers": list(dict.fromkeys([extras["provider"], "cpu"])),
        **numbers,
        "load_ms": 41.5,
        "first_run_ms": 20.25,
        "raw_ms": [10.0 + 0.125 * index for index in range(runs)],
        "end_to_end_ms": [11.0 + 0.125 * index for index in range(runs)],
        "peak_memory_bytes": 150_000_000,
        "thermal_before": heat,
        "thermal_after": heat,
        "device": {
            "manufacturer": "Example",
            "model": "Nine",
            "android": "15",
            "sdk": 35,
            "abi": "arm64-v8a",
            "soc": None,
        },
        "runtime": "onnxruntime 1.30.0",
    }


class FakePhone:
    """What ``adb`` does with its arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: dict[str, Any] = json.loads((folder / "state.json").read_text())

    def file(self, remote: str) -> Path:
        return self.folder / "files" / remote.lstrip("/")

    def save(self) -> None:
        (self.folder / "state.json").write_text(json.dumps(self.state))

    def answer(self, arguments: list[str]) -> None:
        with (self.folder / "calls.jsonl").open("a") as log:
            log.write(json.dumps(arguments) + "\n")
        if arguments == ["devices", "-l"]:
            sys.stderr.write(HELLO)
            lines = [f"{serial:22} {about}" for serial, about in self.state["devices"].items()]
            print("\n".join(["List of devices attached", *lines, ""]))
            return
        if arguments[0] != "-s" or arguments[1] not in self.state["devices"]:
            fail(f"error: device '{arguments[1]}' not found")
        if self.state["gone_after"] is not None:
            self.state["gone_after"] -= 1
            self.save()
            if self.state["gone_after"] < 0:
                fail(f"error: device '{arguments[1]}' not found")
        command, rest = arguments[2], arguments[3:]
        if command == "push":
            self.push(*rest)
        elif command == "install":
            self.install()
        elif command == "exec-out":
            self.head(*rest)
        else:
            self.shell(*rest)

    def push(self, local: str, remote: str) -> None:
        import shutil

        target = self.file(remote)
        if not target.parent.is_dir():
            fail(f"adb: error: failed to copy '{local}' to '{remote}': remote: No such directory")
        shutil.copy(local, target)
        print(f"{local}: 1 file pushed, 0 skipped.")

    def install(self) -> None:
        print(f"Performing Streamed Install\n{self.state['install']}")
        self.state["installed"] |= self.state["install"] == "Success"
        self.save()

    def head(self, line: str) -> None:
        words = shlex.split(line)
        limit, path = int(words[2]), self.file(words[3])
        if self.state["app"] == "done" and not path.exists():
            self.state["looks"] -= 1
            self.save()
            if self.state["looks"] < 0:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.written())
        if not path.exists():
            sys.exit(1)
        sys.stdout.buffer.write(path.read_bytes()[:limit])

    def written(self) -> str:
        if self.state["raw"] is not None:
            return str(self.state["raw"])
        extras = self.state["extras"]
        model = self.file(f"{FILES}/models/{extras['model']}").read_bytes()
        return json.dumps({**result(extras, model), **self.state["result"]})

    def shell(self, line: str) -> None:
        words = shlex.split(line)
        match words[0]:
            case "getprop":
                for name, value in self.state["properties"].items():
                    print(f"[{name}]: [{value}]")
            case "pm":
                print("package:/data/app/base.apk" if self.state["installed"] else "")
            case "mkdir":
                for name in words[2:]:
                    self.file(name).mkdir(parents=True, exist_ok=True)
            case "test":
                sys.exit(not self.file(words[2]).is_dir())
            case "date":
                print("11-21 18:50:32.000")
            case "rm":
                for name in words[2:]:
                    self.file(name).unlink(missing_ok=True)
            case "logcat":
                print(self.state["log"])
            case "pidof":
                self.pidof()
            case "am":
                self.manage(words[1:])
            case "printf":  # as a device does it: its shell takes the whole line
                os.execv("/bin/sh", ["sh", "-c", line])
            case "sleep":
                import time

                time.sleep(float(words[1]))
            case _:
                fail(f"/system/bin/sh: {words[0]}: not found")

    def pidof(self) -> None:
        if "extras" in self.state and self.state["app"] in ("done", "hangs", "jvm"):
            print("4242")
        else:
            sys.exit(1)

    def manage(self, words: list[str]) -> None:
        if words[0] == "force-stop":
            return
        extras, typed = {}, {}
        for flag, key, value in zip(words, words[1:], words[2:], strict=False):
            if flag in ("--es", "--ei"):
                extras[key] = value
                typed[key] = int(value) if flag == "--ei" else value
        if extras:
            self.state["extras"] = extras
            self.save()
        elif self.state["makes_folders"]:
            for name in ("models", "benchmark"):
                self.file(f"{FILES}/{name}").mkdir(parents=True, exist_ok=True)
        print(self.state["start"])
        if extras and self.state["app"] == "jvm":
            self.run_app(typed)

    def run_app(self, extras: dict[str, Any]) -> None:
        """Let the app's own code measure, and end before ``am`` does."""
        import subprocess

        asked = self.folder / "extras.json"
        asked.write_text(json.dumps(extras))
        script = self.folder / "device.txt"
        script.write_text(f"device {asked} {self.file(FILES)}\n")
        subprocess.run([*self.state["jvm"], str(script)], check=True, stdout=subprocess.DEVNULL)


def fail(text: str) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    sys.exit(1)


if __name__ == "__main__":
    FakePhone(Path(os.environ["FAKE_ADB"])).answer(sys.argv[1:])
