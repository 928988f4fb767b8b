"""Weights in half precision, in files small enough to be carried one by one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from tinystyle.errors import ModelError, OptionError
from tinystyle.files import write_safetensors

__all__ = ["PART_BYTES", "is_part", "load_parts", "save_parts"]

PART_BYTES = 15_000_000
"""Files stay below this."""

_HEADER_BYTES = 100_000
_NAME = re.compile(r"(?P<stem>.+)-(?P<number>\d+)-of-(?P<count>\d+)\.safetensors")


def save_parts(
    state: Mapping[str, Tensor], metadata: Mapping[str, str], path: Path, limit: int = PART_BYTES
) -> list[Path]:
    """Write ``<stem>-<i>-of-<n>.safetensors`` beside ``path``, matrices and filters as float16.

    Tensors larger than a part are cut by rows. Vectors stay float32: they are few and sensitive.
    """
    room = limit - _HEADER_BYTES
    if room < 1_000:
        raise OptionError(f"parts of {limit:,} bytes are too small; at least {_HEADER_BYTES:,}")
    parts: list[dict[str, Tensor]] = [{}]
    used = 0
    for name, value in state.items():
        small = value.half() if value.ndim >= 2 and value.is_floating_point() else value
        for start, rows in _cut(small.detach().cpu(), room):
            size = rows.numel() * rows.element_size()
            if used + size > room and parts[-1]:
                parts.append({})
                used = 0
            parts[-1][f"{name}@{start}"] = rows
            used += size
    written = []
    for number, part in enumerate(parts, start=1):
        written.append(path.with_name(f"{path.stem}-{number}-of-{len(parts)}.safetensors"))
        arrays = {name: rows.numpy() for name, rows in part.items()}
        write_safetensors(written[-1], arrays, metadata)
    return written


def _cut(value: Tensor, room: int) -> list[tuple[int, Tensor]]:
    if value.ndim == 0 or value.numel() * value.element_size() <= room:
        return [(0, value)]
    row_bytes = value[0].numel() * value.element_size()
    rows = max(1, room // row_bytes)
    return [(start, value[start : start + rows]) for start in range(0, len(value), rows)]


def load_parts(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All parts that belong to ``path``, any one of them: tensors and metadata.

    Raises ModelError where one is missing.
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ModelError(f"{path}: not named like a part, <stem>-1-of-2.safetensors")
    pieces: dict[str, list[tuple[int, Tensor]]] = {}
    metadata: dict[str, str] = {}
    count = int(match["count"])
    for number in range(1, count + 1):
        part = path.with_name(f"{match['stem']}-{number}-of-{count}.safetensors")
        if not part.is_file():
            raise ModelError(f"{part}: this part is missing")
        with safe_open(os.fspath(part), framework="pt") as file:
            metadata = dict(file.metadata() or {})
            for key in file.keys():  # noqa: SIM118  (not a dict)
                name, _, start = key.rpartition("@")
                pieces.setdefault(name, []).append((int(start), file.get_tensor(key)))
    state = {}
    for name, found in pieces.items():
        rows = [value for _, value in sorted(found, key=lambda piece: piece[0])]
        state[name] = torch.cat(rows) if len(rows) > 1 else rows[0]
    return state, metadata


def is_part(path: Path) -> bool:
    """Whether a file is named like a part."""
    return _NAME.fullmatch(path.name) is not None
