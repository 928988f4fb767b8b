"""A bar on stderr with the time left, on a terminal only, and gone at the end."""

from __future__ import annotations

import shutil
from typing import Any

from tqdm import tqdm

from tinystyle.console import bar_disabled

__all__ = ["terminal_bar"]


def terminal_bar(total: float, form: str, *, shown: bool = True, **options: Any) -> tqdm[Any]:
    """A bar whose time left follows from all steps so far; ``form`` is tqdm's ``bar_format``."""
    # Where a terminal does not know its size (script, some CI), tqdm would draw nothing.
    columns, rows = shutil.get_terminal_size()
    return tqdm(
        total=total,
        bar_format=form,
        disable=bar_disabled(shown),
        ncols=columns - 1,
        nrows=rows,
        smoothing=0.0,
        leave=False,
        **options,
    )
