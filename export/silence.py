"""Quiet for libraries that print and log as they work."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

__all__ = ["silence"]


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
