"""Pictures between a file and plain rows on disk, decoded and encoded as they pass through."""

from __future__ import annotations

from pathlib import Path

from tinystyle.errors import OutputError, PictureError
from tinystyle.pictures.libvips.library import load, reason
from tinystyle.pictures.libvips.reading import Opened
from tinystyle.pictures.libvips.watching import Share, watched
from tinystyle.pictures.libvips.writing import save_image

__all__ = ["encode_rows", "spool"]

_FEATURE = "a picture that is not kept in memory"


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
    try:
        watched(image, lambda: image.rawsave(str(path)), on_share)
    except vips.Error as error:
        said = str(error).replace(label, "")
        if "write" in said or "space" in said:
            raise OutputError(f"{path.parent}: cannot be written ({reason(error)})") from error
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
    watched(image, lambda: save_image(image, output, form, opened.metadata), on_share)
