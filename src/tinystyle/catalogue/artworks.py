"""Artworks of a source, not decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Artwork", "ArtworkSource"]


@dataclass(frozen=True, slots=True)
class Artwork:
    """One, not decoded."""

    id: str
    picture: bytes | None
    """None where it could not even be read."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the source says of it (licence, title …), as text."""


class ArtworkSource(Protocol):
    """What a catalogue is built of. It can be pickled."""

    def __len__(self) -> int: ...

    def identity(self) -> str:
        """Changes where artworks come, go or change places."""
        ...

    def read(self, start: int, stop: int) -> list[Artwork]:
        """Artworks ``start`` to ``stop``, which is not included."""
        ...
