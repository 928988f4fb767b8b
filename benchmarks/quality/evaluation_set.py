"""What is judged: photographs, artworks, and the size they are judged at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tinystyle.errors import OptionError, PictureError
from tinystyle.network.spec import MIN_SIZE

__all__ = ["require_set"]

_MAX_SIZE = 1024
_STEP = 16
"""Of sizes that VGG's pooling halves without a rest, down to relu5_1."""


def require_set(contents: Sequence[Path], styles: Sequence[Path], size: int) -> None:
    """Raise an error for what ``evaluation.evaluate`` cannot judge.

    OptionError for a side that the networks or VGG's pooling do not take, and for two pictures of
    one name; PictureError for a file that is not there.
    """
    if not MIN_SIZE <= size <= _MAX_SIZE or size % _STEP:
        raise OptionError(
            f"size is {size}; allowed are multiples of {_STEP} from {MIN_SIZE} to {_MAX_SIZE} px"
        )
    for kind, paths in (("contents", contents), ("styles", styles)):
        gone = next((path for path in paths if not path.is_file()), None)
        if gone is not None:
            raise PictureError(f"{gone}: no such file or folder of {kind}")
        names = [path.stem for path in paths]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise OptionError(
                f"two of the {kind} have the same name, {twice!r}; reports could not tell them: "
                "rename one"
            )
