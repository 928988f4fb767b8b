"""Training pictures from tar shards and folders."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from tinystyle.console import bar_disabled
from tinystyle.errors import OptionError, PictureError
from tinystyle.pictures.files import SUFFIXES, find_pictures
from tinystyle.pictures.images import MAX_BYTES, UInt8Array, decode_picture, read_picture, resize

__all__ = [
    "centre_crop",
    "expand_shards",
    "iterate_pictures",
    "read_pictures",
    "scale_shortest",
]


def expand_shards(source: str) -> list[Path]:
    """A folder of pictures, one tar file, or a pattern such as ``data/style-*.tar``."""
    path = Path(source)
    if path.exists():
        return [path]
    found = sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    if not found:
        raise OptionError(f"{source}: no such folder, tar file or pattern")
    return found


def iterate_pictures(sources: Sequence[Path]) -> Iterator[tuple[str, UInt8Array]]:
    """Name and ``(H, W, 3)`` pixels of every picture, in order. Nothing is unpacked to disk."""
    for source in sources:
        if source.is_dir():
            for path in find_pictures([source]):
                yield path.name, read_picture(path).rgb
        else:
            yield from _iterate_tar(source)


def _iterate_tar(path: Path) -> Iterator[tuple[str, UInt8Array]]:
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                suffix = Path(member.name).suffix.lower()
                if not member.isfile() or suffix not in SUFFIXES or member.size > MAX_BYTES:
                    continue
                stream = archive.extractfile(member)
                if stream is not None:
                    yield member.name, decode_picture(stream.read(), f"{path}:{member.name}").rgb
    except (tarfile.TarError, OSError) as error:
        raise PictureError(f"{path}: not a readable tar file ({error})") from error


def read_pictures(
    sources: Sequence[Path], short_side: int, limit: int | None = None
) -> list[UInt8Array]:
    """All pictures (or the first ``limit``) in memory, shortest side ``short_side`` px."""
    pictures: list[UInt8Array] = []
    found, hidden = iterate_pictures(sources), bar_disabled()
    progress = tqdm(found, desc="pictures", unit="", total=limit, delay=2, disable=hidden)
    for _, rgb in progress:
        pictures.append(scale_shortest(rgb, short_side))
        if limit is not None and len(pictures) >= limit:
            break
    if not pictures:
        raise PictureError(f"no picture in {', '.join(map(str, sources))}")
    return pictures


def scale_shortest(rgb: UInt8Array, short_side: int) -> UInt8Array:
    """The picture scaled so that its shortest side is ``short_side`` px."""
    height, width = rgb.shape[:2]
    if min(height, width) == short_side:
        return rgb
    factor = short_side / min(height, width)
    return resize(
        rgb, max(short_side, round(height * factor)), max(short_side, round(width * factor))
    )


def centre_crop(rgb: UInt8Array, size: int) -> UInt8Array:
    """The middle ``size`` x ``size`` pixels; a smaller picture is enlarged first."""
    if min(rgb.shape[:2]) < size:
        rgb = scale_shortest(rgb, size)
    top, left = ((side - size) // 2 for side in rgb.shape[:2])
    return rgb[top : top + size, left : left + size]
