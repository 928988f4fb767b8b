"""What is measured: one model, on one target, at one size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Case", "printable"]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a benchmark."""

    model: Path
    target: str
    """An execution provider by short name, ``web`` or ``android``; the last two may name what runs
    there after a colon, as in ``android:xnnpack``."""
    size: tuple[int, int]
    """Height and width of the picture, in pixels."""
    threads: int
    copy: int = 1
    """Among files of this name, which one: the first given is 1."""

    @property
    def name(self) -> str:
        """Of the model's file, as reports can hold it; of a further one of this name, numbered."""
        name = printable(self.model.name)
        return name if self.copy == 1 else f"{name} ({self.copy})"

    @property
    def family(self) -> str:
        """The target without what follows a colon: who measures."""
        return self.target.partition(":")[0]

    @property
    def variant(self) -> str:
        """What follows the colon; empty without one."""
        return self.target.partition(":")[2]


def printable(text: str) -> str:
    """Text as reports can hold it: what is no text, or would not show, becomes question marks."""
    known = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in known)
