"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from tinystyle.errors import OutputError

__all__ = [
    "folder_beside",
    "replace_folder",
    "require_file",
    "require_folder",
    "require_spared",
    "write_bytes",
    "write_safetensors",
]


def require_folder(path: Path) -> None:
    """Raise OutputError where no file can be written into the folder ``path``.

    It need not exist: then the nearest one above that does is tried. Nothing is left there.
    """
    try:
        nearest = _nearest_folder(path)
        with tempfile.TemporaryDirectory(prefix=".tinystyle-", dir=nearest):
            pass
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def require_file(path: Path) -> None:
    """Raise OutputError where no file can be written to ``path``; for before what takes long."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; needed is a file to write")
    require_folder(path.parent)


def require_spared(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise OutputError where a file that is read would be overwritten, by whatever name."""
    read = {(s.stat().st_dev, s.stat().st_ino) for s in inputs if s.exists()}
    for path in outputs:
        if path.exists() and (path.stat().st_dev, path.stat().st_ino) in read:
            raise OutputError(f"{path}: would overwrite the picture itself; choose another file")


def _nearest_folder(path: Path) -> Path:
    """``path`` or the nearest one above that exists. Raises OutputError where it is no folder."""
    nearest = next(place for place in (path, *path.absolute().parents) if os.path.lexists(place))
    if not nearest.is_dir():
        kind = "a file" if nearest.exists() else "a link that leads nowhere"
        raise OutputError(f"{nearest}: is {kind}; needed is a folder")
    return nearest


def _make_parent(path: Path) -> None:
    _nearest_folder(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write ``data`` to a temporary file beside ``path``, then rename it.

    An interruption at any moment leaves the old file or the new one, never a part. Raises
    OutputError where the folder cannot be written.
    """
    try:
        _make_parent(path)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)  # mkstemp makes files that nobody else can read
        Path(temporary).replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_safetensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write named arrays and string metadata as a safetensors file."""
    # safetensors writes an array's memory as it lies, whatever its strides say.
    arrays = {name: np.asarray(values, order="C") for name, values in tensors.items()}
    write_bytes(path, save(arrays, dict(metadata)))


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder next to ``path``, in the same file system, removed at the end.

    Raises OutputError where it cannot be made, and for what goes wrong in the block's own writing.
    """
    try:
        _make_parent(path)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        yield folder
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_folder(made: Path, path: Path) -> None:
    """Rename ``made``, a folder in one of :func:`folder_beside` ``path``, to ``path``. What stood
    there is set aside, outside of the folder that will be removed, and back on a failure; in the
    end it is removed.

    A folder that is not empty cannot be replaced by a rename, so there is a moment without a
    folder, but none with half of one. Raises OSError as renaming does.
    """
    if not path.exists():
        made.rename(path)
        return
    old = path.with_name(f"{made.parent.name}.old")
    try:
        path.rename(old)
        made.rename(path)
    except BaseException:  # also Ctrl-C
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
