"""onnxruntime-web comes from a registry once, whole, and only as the package that is known."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinystyle.benchmarks.web import runtime as web_runtime
from tinystyle.benchmarks.web.runtime import (
    FILES,
    RUNTIME_VARIABLE,
    VERSION,
    cached_runtime,
    fetch_runtime,
    runtime_folder,
    runtime_in,
)
from tinystyle.benchmarks.web.server import PageServer
from tinystyle.errors import OptionError, TargetError

PATH = f"onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"


def _package(names: list[str], *, extra: list[tarfile.TarInfo] | None = None) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for entry in extra or []:
            archive.addfile(entry, io.BytesIO(b"e" * entry.size))
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = len(name)
            archive.addfile(entry, io.BytesIO(name.encode()))
    return stream.getvalue()


def _integrity(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


WHOLE = _package([f"package/dist/{name}" for name in FILES] + ["package/README.md"])


def _entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    entry.size = 4 if kind == tarfile.REGTYPE else 0
    return entry


def _registry(server: PageServer) -> str:
    return server.url("registry")


@pytest.fixture
def registry() -> Iterator[PageServer]:
    """A registry on loopback with the package."""
    with PageServer({f"registry/{PATH}": WHOLE}, {}) as server:
        yield server


def test_the_package_is_fetched_whole(registry: PageServer, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "onnxruntime-web"
    fetch_runtime(_registry(registry), folder, _integrity(WHOLE))
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert (folder / FILES[0]).read_text() == f"package/dist/{FILES[0]}"
    assert runtime_in(folder) == folder
    assert list(folder.parent.iterdir()) == [folder]  # nothing temporary is left


def test_another_package_is_refused(registry: PageServer, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="not the package that this version"):
        fetch_runtime(_registry(registry), tmp_path / "cache")  # the real one's hash
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("package", "word"),
    [
        (_package([f"package/dist/{name}" for name in FILES[1:]]), "holds no ort.wasm.min.mjs"),
        (WHOLE[:-50], "cannot be unpacked|holds no"),
        (b"no archive", "cannot be unpacked"),
    ],
)
def test_damaged_packages_are_refused(package: bytes, word: str, tmp_path: Path) -> None:
    with (
        PageServer({f"registry/{PATH}": package}, {}) as server,
        pytest.raises(TargetError, match=word),
    ):
        fetch_runtime(_registry(server), tmp_path / "cache", _integrity(package))
    assert list(tmp_path.iterdir()) == []


def test_names_of_the_package_are_no_paths(tmp_path: Path) -> None:
    target = tmp_path / "victim"
    evil = [
        _entry("../victim"),
        _entry("package/dist/../../../victim"),
        _entry(str(target)),
        _entry(f"package/dist/{FILES[0]}", tarfile.SYMTYPE, str(target)),
        _entry(f"package/dist/{FILES[1]}", tarfile.LNKTYPE, "/etc/passwd"),
    ]
    package = _package([f"package/dist/{name}" for name in FILES], extra=evil)
    folder = tmp_path / "cache"
    with PageServer({f"registry/{PATH}": package}, {}) as server:
        fetch_runtime(_registry(server), folder, _integrity(package))
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_runtime, "_MAX_UNPACKED", 100)
    with PageServer({f"registry/{PATH}": WHOLE}, {}) as server:
        with pytest.raises(TargetError, match="unpacks to more than 100 bytes"):
            fetch_runtime(_registry(server), tmp_path / "cache", _integrity(WHOLE))
        monkeypatch.setattr(web_runtime, "_MAX_PACKAGE", 100)
        with pytest.raises(TargetError, match="sends more than 100 bytes"):
            fetch_runtime(_registry(server), tmp_path / "cache", _integrity(WHOLE))
    assert list(tmp_path.iterdir()) == []


def test_no_registry_is_told(tmp_path: Path) -> None:
    with PageServer({}, {}) as server:
        missing = _registry(server)
        with pytest.raises(TargetError, match=r"127.0.0.1 \(HTTP Error 404"):
            fetch_runtime(missing, tmp_path / "cache")
    with pytest.raises(TargetError, match="--web-runtime DIR"):
        fetch_runtime(missing, tmp_path / "cache")  # nobody listens any more


def test_the_environment_names_registry_and_cache(
    registry: PageServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(RUNTIME_VARIABLE, raising=False)
    monkeypatch.setattr(web_runtime, "cached_runtime", lambda: tmp_path / "cache" / "ort")
    monkeypatch.setattr(fetch_runtime, "__defaults__", (_integrity(WHOLE),))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", _registry(registry) + "/")
    assert runtime_folder() == tmp_path / "cache" / "ort"
    told = capsys.readouterr().err
    assert f"fetching onnxruntime-web {VERSION}, 33 MB, from 127.0.0.1 into" in told
    assert registry.token not in told  # an address may hold a password
    registry.files.clear()
    assert runtime_folder() == tmp_path / "cache" / "ort"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", ["file:///tmp", "ftp://x.org", "registry.npmjs.org", "http://["])
def test_other_registries_are_refused(value: str) -> None:
    with pytest.raises(OptionError, match="npm_config_registry"):
        web_runtime._registry({"npm_config_registry": value})


def test_a_copy_of_the_users_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "package" / "dist"
    folder.mkdir(parents=True)
    for name in FILES[1:]:
        (folder / name).write_text("x")
    with pytest.raises(OptionError, match=r"no unpacked onnxruntime-web.*npm pack"):
        runtime_folder(tmp_path)
    (folder / FILES[0]).write_text("x")
    assert runtime_folder(tmp_path) == runtime_folder(tmp_path / "package") == folder
    monkeypatch.setenv(RUNTIME_VARIABLE, str(folder))
    assert runtime_folder() == folder


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    name = f"tinystyle/onnxruntime-web-{VERSION}"
    assert cached_runtime() == tmp_path / ".cache" / name
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cached_runtime() == tmp_path / "xdg" / name
