"""onnxruntime-web: fetched once into the user's cache and checked, or a copy of the user's.

``python -m tinystyle.benchmarks.web.runtime`` fetches it ahead, for times without a network.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import os
import shutil
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path

from tinystyle.console import remark
from tinystyle.errors import OptionError, OutputError, TargetError

__all__ = [
    "ENTRIES",
    "RUNTIME_VARIABLE",
    "VERSION",
    "cached_runtime",
    "fetch_runtime",
    "runtime_folder",
    "runtime_in",
]

RUNTIME_VARIABLE = "TINYSTYLE_WEB_RUNTIME"
VERSION = "1.30.0"
INTEGRITY = (
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZ"
    "ClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
"""Of the package, as the registry states it."""

# This version has one WebAssembly build for each: with SIMD and with threads. Builds without SIMD
# ended with 1.18; one thread is the same build that starts no worker.
ENTRIES = {
    "wasm": ("ort.wasm.min.mjs", "ort-wasm-simd-threaded"),
    "webgpu": ("ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify"),
}
"""By provider: the module that a page imports, and the WebAssembly that this loads."""
FILES = tuple(
    name for entry, stem in ENTRIES.values() for name in (entry, f"{stem}.mjs", f"{stem}.wasm")
)

_REGISTRY = "https://registry.npmjs.org"
_MEGABYTES = 33
_MAX_PACKAGE, _MAX_UNPACKED = 2**26, 2**29
_SECONDS = 60.0
_CHUNK = 2**16
_OFFLINE = f"where there is no network, --web-runtime DIR or {RUNTIME_VARIABLE} takes a copy"


def runtime_folder(folder: Path | None = None) -> Path:
    """Where the files of onnxruntime-web lie: ``folder``, the environment's, or the cache.

    Fetches the package into the cache where it is not there yet, and says so on stderr. Raises
    OptionError for a folder without them, TargetError where they cannot be fetched.
    """
    named = folder or (Path(text) if (text := os.environ.get(RUNTIME_VARIABLE, "")) else None)
    if named is not None:
        return runtime_in(named)
    cached = cached_runtime()
    if not cached.is_dir():
        registry = _registry(os.environ)
        host = urllib.parse.urlsplit(registry).hostname
        message = f"fetching onnxruntime-web {VERSION}, {_MEGABYTES} MB, from {host} into {cached}"
        remark(f"{message} (once)")
        fetch_runtime(registry, cached)
    return runtime_in(cached)


def runtime_in(folder: Path) -> Path:
    """``folder`` or its ``dist`` or ``package/dist``. OptionError where files are missing."""
    for place in (folder, folder / "dist", folder / "package" / "dist"):
        if all((place / name).is_file() for name in FILES):
            return place
    missing = [name for name in FILES if not (folder / name).is_file()]
    raise OptionError(
        f"{folder} is no unpacked onnxruntime-web: it has no {', '.join(missing)}; "
        f"npm pack onnxruntime-web@{VERSION} and tar xzf make one"
    )


def cached_runtime() -> Path:
    """The folder of this version in the user's cache; it need not exist."""
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = given if given.is_absolute() else home / ".cache"
    return base / "tinystyle" / f"onnxruntime-web-{VERSION}"


def fetch_runtime(registry: str, folder: Path, integrity: str = INTEGRITY) -> None:
    """Fetch the package, check its hash, and put its FILES into ``folder``: all or none.

    Raises TargetError where it cannot be fetched or is not what it should be, OutputError where
    ``folder`` cannot be written.
    """
    url = f"{registry}/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
    package = _download(url)
    kind, _, expected = integrity.partition("-")
    found = base64.b64encode(hashlib.new(kind, package).digest()).decode()
    if found != expected:
        raise TargetError(
            f"{url} is not the package that this version of tinystyle knows: its {kind} is "
            f"{found[:16]}…, not {expected[:16]}…; npm_config_registry names another registry"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as name:
            unpacked = Path(name) / "dist"
            unpacked.mkdir()
            _unpack(package, unpacked)
            if not folder.is_dir():  # another process may have been faster
                unpacked.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error


def _registry(environment: Mapping[str, str]) -> str:
    """As npm reads it: the variable's case does not matter."""
    found = {key.lower(): value for key, value in environment.items()}.get("npm_config_registry")
    registry = (found or _REGISTRY).rstrip("/")
    try:
        parts = urllib.parse.urlsplit(registry)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise OptionError(f"npm_config_registry is {found!r}; needed is an http or https address")
    return registry


def _download(url: str) -> bytes:
    host = urllib.parse.urlsplit(url).hostname
    received = io.BytesIO()
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            while chunk := answer.read(_CHUNK):
                received.write(chunk)
                if received.tell() > _MAX_PACKAGE:
                    raise TargetError(f"{host} sends more than {_MAX_PACKAGE:,} bytes")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TargetError(
            f"onnxruntime-web {VERSION} cannot be fetched from {host} ({reason}); {_OFFLINE}"
        ) from error
    return received.getvalue()


def _unpack(package: bytes, folder: Path) -> None:
    """Only plain files of exactly the names wanted; no name of the package becomes a path."""
    wanted = {f"package/dist/{name}": name for name in FILES}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(package), mode="r|gz") as archive:
            for member in archive:
                total += member.size
                if total > _MAX_UNPACKED:
                    raise TargetError(f"the package unpacks to more than {_MAX_UNPACKED:,} bytes")
                name = wanted.pop(member.name, None) if member.isfile() else None
                source = archive.extractfile(member) if name is not None else None
                if source is not None and name is not None:
                    with (folder / name).open("wb") as target:
                        shutil.copyfileobj(source, target)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise TargetError(f"the package cannot be unpacked ({error})") from error
    if wanted:
        raise TargetError(f"the package holds no {', '.join(wanted.values())}")


if __name__ == "__main__":
    try:
        print(runtime_folder())
    except (TargetError, OptionError, OutputError) as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(failure.exit_code)
