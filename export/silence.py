"""Libraries kept from printing, logging and loading torch for nothing."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator

__all__ = ["silence", "without_torch"]


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Within it nothing is printed to stdout or logged by Python, and logging stays as it was."""
    root = logging.getLogger()
    # `logging.warning` and `basicConfig` of a library leave a handler behind.
    handlers, level, disabled = root.handlers[:], root.level, root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.disable(disabled)


@contextlib.contextmanager
def without_torch() -> Iterator[None]:
    """Within it torch cannot be imported, unless it has been already: that takes seconds."""
    hidden = "torch" not in sys.modules
    if hidden:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["torch"]
