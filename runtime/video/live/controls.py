"""What keys do: the state of a running camera, without a window."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HELP", "Controls"]

HELP = (
    ("left, right", "the style before, the next"),
    ("1 to 9", "that style"),
    ("+, -", "strength"),
    ("c", "the camera's own colours"),
    ("m", "mirrored"),
    ("space", "hold the picture"),
    ("s", "save the picture"),
    ("h", "this help"),
    ("q, Esc", "quit"),
)
"""Keys, and what they are for."""

_STEP = 0.1
_ANOTHER_NAME = {"[": "left", "]": "right", "up": "+", "down": "-", "=": "+", "_": "-", "?": "h"}


@dataclass(slots=True)
class Controls:
    """How the next frame is painted and shown; changed by :meth:`press`."""

    styles: tuple[str, ...]
    """Names, one or more."""
    strength: float = 1.0
    keep_color: bool = False
    mirror: bool = True
    chosen: int = 0
    """Index of the style."""
    paused: bool = False
    help: bool = False
    quit: bool = False
    save: bool = False
    """Asked for; set back by whoever saves."""
    notice: str = "h: help"
    """What there is to say about the last key."""

    @property
    def style(self) -> str:
        """The name of the chosen one."""
        return self.styles[self.chosen]

    def press(self, key: str) -> bool:
        """Do what a key is for, by its character or name; whether it is for anything."""
        key = _ANOTHER_NAME.get(key, key if len(key) > 1 else key.lower())
        match key:
            case "left" | "right":
                step = 1 if key == "right" else -1
                self._choose((self.chosen + step) % len(self.styles))
            case "+" | "-":
                change = _STEP if key == "+" else -_STEP
                self.strength = min(1.0, max(0.0, round(self.strength + change, 2)))
                self.notice = f"strength {self.strength:.1f}"
            case "c":
                self.keep_color = not self.keep_color
                self.notice = "the camera's colours" if self.keep_color else "the style's colours"
            case "m":
                self.mirror = not self.mirror
                self.notice = "mirrored" if self.mirror else "not mirrored"
            case " ":
                self.paused = not self.paused
                self.notice = "held; space goes on" if self.paused else ""
            case "s":
                self.save = True
            case "h":
                self.help = not self.help
            case "q" | "escape":
                self.quit = True
            case _:
                return self._by_number(key)
        return True

    def _by_number(self, key: str) -> bool:
        if key not in tuple("123456789"):
            return False
        if int(key) > len(self.styles):
            self.notice = f"there are {len(self.styles)} styles"
        else:
            self._choose(int(key) - 1)
        return True

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.notice = f"{index + 1} {self.style}"
