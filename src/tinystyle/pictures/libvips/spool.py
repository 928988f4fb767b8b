"""Pictures between a file and plain rows on disk, decoded and encoded as they pass through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinystyle.errors import OutputError, PictureError
from tinystyle.pictures.libvips.library import load, reason
from tinystyle.pictures.libvips.reading import Opened
from tinystyle.pictures.libvips.writing import save_image

__all__ = ["encode_rows", "spool"]

_FEATURE = "a picture that is not kept in memory"

Share = Callable[[float], None]
"""Is told the share that is done, 0..1."""


def spool(opened: Opened, path: Path, label: str, on_share: Share | None = None) -> int:
    """Write the pixels of a picture, row by row, RGB or RGBA, to a plain file. Returns its bands.

    Raises PictureError where the picture is damaged, OutputError where the disk is full.
    """
    vips, image = load(_FEATURE), opened.image
    if image.bands < 3:
        grey = image[0]
        alpha = [image[1]] if image.bands == 2 else []
        image = grey.bandjoin([grey, grey, *alpha])
    image = image.copy(interpretation="rgb16" if opened.deep else "srgb")
    with _watched(image, on_share) as stopped:
        try:
            image.rawsave(str(path))
        except vips.Error as error:
            if stopped:
                raise KeyboardInterrupt from error
            if "write" in str(error) or "space" in str(error):
                raise OutputError(f"{path.parent}: {reason(error)}") from error
            raise PictureError(f"{label}: the picture is damaged ({reason(error)})") from error
    return int(image.bands)


def encode_rows(
    rows: Path,
    output: Path,
    form: str,
    opened: Opened,
    background: tuple[int, ...],
    on_share: Share | None = None,
) -> None:
    """The TIFF file ``rows``, without compression, as a picture that says what ``opened`` says.
    JPEG is composed on the ``background``. Raises OutputError."""
    vips = load(_FEATURE)
    image = vips.Image.tiffload(str(rows), access="sequential", fail_on="error")
    if image.bands == 4 and form == "JPEG":
        image = image.flatten(background=list(background))
    with _watched(image, on_share) as stopped:
        try:
            save_image(image, output, form, opened.metadata)
        except OutputError as error:
            if stopped:
                raise KeyboardInterrupt from error
            raise


@contextmanager
def _watched(image: Any, on_share: Share | None) -> Iterator[list[bool]]:
    """Tells how far libvips is. What is given holds something once Ctrl-C has stopped it."""
    stopped: list[bool] = []

    def on_eval(seen: Any, progress: Any) -> None:
        try:
            if on_share is not None:
                on_share(min(1.0, progress.percent / 100.0))
        except KeyboardInterrupt:  # which is raised in whatever Python runs
            stopped.append(True)
            image.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", on_eval)
    yield stopped
