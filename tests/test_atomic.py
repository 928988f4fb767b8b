"""Files are whole or absent."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tinystyle.errors import OutputError
from tinystyle.files import require_file, require_folder, write_bytes, write_safetensors


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.bin"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_arrays_are_written_in_their_order_whatever_lies_in_memory(tmp_path: Path) -> None:
    values = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    arrays = {"turned": values.transpose(2, 0, 1), "part": values[:, ::2], "one": np.array(3.0)}
    write_safetensors(tmp_path / "a.safetensors", arrays, {})
    found = load_file(tmp_path / "a.safetensors")
    for name, value in arrays.items():
        assert found[name].shape == value.shape
        assert np.array_equal(found[name], value)


def test_permissions_are_those_of_an_ordinary_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "b")]
    assert modes[0] == modes[1]


def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_ctrl_c_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "chmod", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "file.bin", b"new")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file: is a file; needed is a folder"):
        write_bytes(tmp_path / "file" / "below.bin", b"x")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputError, match="loop: is a link that leads nowhere"):
        write_bytes(tmp_path / "loop" / "below.bin", b"x")
    with pytest.raises(OutputError, match="is a folder; needed is a file"):
        require_file(tmp_path)
    require_file(tmp_path / "new" / "file.bin")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    require_folder(tmp_path)
    require_folder(tmp_path / "new" / "folder")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_folder_to_write_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.jpg").write_text("no folder")
    for path in (tmp_path / "text.jpg", tmp_path / "text.jpg" / "below"):
        with pytest.raises(OutputError, match=r"text\.jpg: is a file; needed is a folder"):
            require_folder(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(OutputError, match=r"cannot be written .No space left"):
        require_folder(tmp_path)
