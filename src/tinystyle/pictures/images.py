"""Pictures from files: hostile input in, plain RGB arrays out."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from tinystyle.errors import OptionError, PictureError
from tinystyle.pictures import transparency
from tinystyle.pictures.bands import rgb_of
from tinystyle.pictures.colour_profile import to_srgb
from tinystyle.pictures.depth import Pixels, UInt8Array, UInt16Array, full, to_pixels
from tinystyle.pictures.files import formats_for, unreadable
from tinystyle.pictures.jpeg_xl import is_jpeg_xl, size_of
from tinystyle.pictures.metadata import PictureMetadata

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "Picture",
    "UInt8Array",
    "decode_picture",
    "encode_jpeg",
    "encode_png",
    "from_pil",
    "middle_square",
    "picture_of",
    "read_picture",
    "resize",
    "shrink",
    "shrunk_size",
    "to_batch",
    "to_uint8",
]

MAX_PIXELS = 120_000_000
"""Largest picture that is decoded: 120 megapixels, above any common phone or camera."""

MAX_BYTES = 512 * 2**20
"""Largest picture file that is read."""

_ORIENTATION = 0x0112
_BITS, _PHOTOMETRIC, _PLANES = 258, 262, 284
_WHITE_IS_0, _APART = 0, 2
"""Of TIFF: greys whose 0 is white; a plane for each channel."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders let through on damaged files.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,  # of plug-ins
    struct.error,
    zlib.error,
)

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: upright, in sRGB.

    ``rgb`` is ``(H, W, 3)`` uint8; ``alpha`` ``(H, W)`` uint8 or None. Under alpha 0 ``rgb`` has
    colours from around.
    """

    rgb: UInt8Array
    alpha: UInt8Array | None = None
    sha256: str = ""
    """Of the file that the picture was read from; empty if it came from memory."""
    metadata: PictureMetadata = field(default_factory=PictureMetadata)

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.rgb.shape[1])

    def to_pil(self) -> Image.Image:
        """The picture as PIL image, RGB or RGBA, with its metadata."""
        image = Image.fromarray(self.rgb)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        image.info.update(self.metadata.info())
        return image


def read_picture(path: Path) -> Picture:
    """Decode a picture file, upright (EXIF orientation applied) and in sRGB.

    Raises PictureError where the file is missing, empty, not a picture, damaged, or above
    MAX_PIXELS; its message names the file.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise PictureError(f"{path}: is a folder, not a picture")
        if not path.is_file():
            raise PictureError(f"{path}: is a device or a pipe, not a picture file")
        if size > MAX_BYTES:
            raise PictureError(f"{path}: {size:,} bytes; at most {MAX_BYTES:,} are read")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise PictureError(f"{path}: no such file") from error
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror})") from error
    return decode_picture(data, str(path))


def decode_picture(data: bytes, label: str) -> Picture:
    """Decode picture bytes. ``label`` names the source in errors."""
    if not data:
        raise PictureError(f"{label}: the file is empty")
    if is_jpeg_xl(data):
        size = size_of(data)
        if size is None:
            raise PictureError(f"{label}: the picture is damaged (it tells no size)")
        _refuse_too_large(size[1], size[0], label)
    try:
        with warnings.catch_warnings():
            # Pillow's own limits lie on both sides of ours; the check below is the one that counts.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=formats_for(data)) as image:
                _refuse_too_large(image.width, image.height, label)
                _refuse_misread(image, label)
                image.load()
                return from_pil(image, hashlib.sha256(data).hexdigest())
    except UnidentifiedImageError as error:
        raise PictureError(f"{label}: {unreadable(data)}") from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{label}: {error}; at most {MAX_PIXELS:,} pixels are decoded"
        ) from error
    except MemoryError as error:
        raise PictureError(f"{label}: not enough memory to decode it") from error
    except _DECODE_ERRORS as error:
        reason = str(error).partition("\n")[0]
        raise PictureError(f"{label}: the picture is damaged ({reason})") from error


def _refuse_too_large(width: int, height: int, label: str) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{label}: {width}x{height} is {width * height:,} pixels; at most {MAX_PIXELS:,} are "
            "decoded; make it smaller first"
        )


def _refuse_misread(image: Image.Image, label: str) -> None:
    """Pillow takes planes of 16 bits for planes of 8."""
    tags = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    if tags.get(_PLANES) == _APART and len(bits := tags.get(_BITS, ())) > 1 and max(bits) > 8:
        raise PictureError(
            f"{label}: a TIFF file of {max(bits)} bits in planes; libvips reads it, for PNG and "
            "TIFF: pip install 'pyvips[binary]'"
        )


def picture_of(image: NDArray[Any] | Image.Image | str | Path) -> Picture:
    """What a caller holds as a picture: a file, a PIL image, or an array of uint8.

    Arrays are ``(H, W)``, ``(H, W, 1)``, ``(H, W, 3)`` or ``(H, W, 4)``. Raises OptionError for
    others, PictureError as :func:`read_picture` does.
    """
    if isinstance(image, str | Path):
        return read_picture(Path(image))
    return from_pil(image) if isinstance(image, Image.Image) else _from_array(image)


def _from_array(array: NDArray[Any]) -> Picture:
    if not isinstance(array, np.ndarray):
        raise OptionError(
            f"image is a {type(array).__name__}; needed is an array, a PIL image or a path"
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    good_shape = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not good_shape or 0 in array.shape:
        raise OptionError(
            f"image is {array.dtype}{array.shape}; needed is uint8 (H, W), (H, W, 3) or (H, W, 4)"
        )
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    if array.shape[2] == 4:
        return from_pil(Image.fromarray(np.ascontiguousarray(array)))
    return Picture(np.ascontiguousarray(array))


def from_pil(image: Image.Image, sha256: str = "") -> Picture:
    """A PIL image of any mode as 8-bit RGB in sRGB, upright, with its alpha kept apart.

    EXIF orientation and colour profile count as they do for a file.
    """
    image.load()  # of TIFF files Pillow turns the pixels by itself, then
    metadata = PictureMetadata.of(image)
    turn = _TURNS.get(_orientation(image))
    profile = image.info.get("icc_profile") or b""
    if image.mode in ("L", "RGB", "CMYK") and "transparency" not in image.info:
        rgb = rgb_of(image, turn, lambda rows: to_srgb(rows, profile))
        return Picture(rgb, None, sha256, metadata)
    upright = image if turn is None else image.transpose(turn)
    if image.mode.startswith(("I", "F")):
        tags = getattr(image, "tag_v2", {})  # of TIFF files
        white_is_0 = tags.get(_PHOTOMETRIC) == _WHITE_IS_0  # Pillow turns it round in 8 bits alone
        return Picture(_wide_grey(upright, white_is_0), None, sha256, metadata)
    if image.mode == "La":  # Pillow makes nothing else of it
        upright = upright.convert("LA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = upright.convert("RGBA")
        alpha = rgba.getchannel("A")
        if profile:
            grey = image.mode in ("L", "LA", "La")
            rgba = to_srgb(upright.convert("L") if grey else rgba.convert("RGB"), profile)
            rgba.putalpha(alpha)
        return Picture(transparency.filled(rgba), np.array(alpha), sha256, metadata)
    if profile:
        rgb = np.array(to_srgb(upright.convert("RGB"), profile))
        return Picture(rgb, None, sha256, metadata)
    return Picture(np.array(upright.convert("RGB")), None, sha256, metadata)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DECODE_ERRORS:
        return 1


def _wide_grey(image: Image.Image, white_is_0: bool) -> UInt8Array:
    """16-bit, 32-bit and float greys: PIL's own conversion would clip them to 255."""
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    if image.mode == "F":
        full = 1.0 if values.max(initial=0.0) <= 1.0 else 255.0
    else:
        full = 65535.0 if image.mode.startswith("I;16") or values.max(initial=0.0) > 255 else 255.0
    grey = np.rint(np.clip(values / full, 0.0, 1.0) * 255.0).astype(np.uint8)
    if white_is_0:
        grey = 255 - grey
    return np.repeat(grey[..., None], 3, axis=-1)


def middle_square(rgb: UInt8Array) -> UInt8Array:
    """As many columns as rows, from the middle of ``(H, W, 3)``."""
    side = min(rgb.shape[:2])
    top, left = ((length - side) // 2 for length in rgb.shape[:2])
    return np.ascontiguousarray(rgb[top : top + side, left : left + side])


def resize(rgb: Pixels, height: int, width: int) -> Pixels:
    """Resample ``(H, W, 3)`` to ``height`` x ``width`` (antialiased bicubic)."""
    if rgb.shape[:2] == (height, width):
        return rgb
    if rgb.dtype == np.uint8:
        image = Image.fromarray(rgb).resize((width, height), Image.Resampling.BICUBIC)
        return np.array(image)
    result = np.empty((height, width, 3), rgb.dtype)
    for channel in range(3):
        plane = Image.fromarray(rgb[..., channel].astype(np.float32))
        scaled = np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
        result[..., channel] = np.rint(scaled).clip(0.0, full(rgb.dtype))
    return result


def shrunk_size(height: int, width: int, longest: int) -> tuple[int, int]:
    """Height and width where the longest side is at most ``longest`` px, proportions kept."""
    factor = min(1.0, longest / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def shrink(picture: Picture, longest: int) -> Picture:
    """The picture with its longest side at most ``longest`` px, proportions kept."""
    height, width = shrunk_size(picture.height, picture.width, longest)
    if (height, width) == (picture.height, picture.width):
        return picture
    if picture.alpha is None:
        return replace(picture, rgb=resize(picture.rgb, height, width))
    rgb, alpha = transparency.resized(picture.rgb, picture.alpha, height, width)
    return replace(picture, rgb=transparency.hidden_colours(rgb, alpha), alpha=alpha)


def to_batch(rgb: UInt8Array | UInt16Array) -> FloatArray:
    """``(H, W, 3)`` of bytes, or of 16 bits, to ``(1, 3, H, W)`` float32 in 0..1."""
    chw = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])
    return chw.astype(np.float32) / np.float32(full(rgb.dtype))


def to_uint8(batch: NDArray[Any]) -> UInt8Array:
    """``(1, 3, H, W)`` float in 0..1 to ``(H, W, 3)`` uint8, rounded to nearest."""
    return to_pixels(batch, np.uint8)


def encode_png(rgb: UInt8Array) -> bytes:
    """``(H, W, 3)`` as the bytes of a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def encode_jpeg(rgb: UInt8Array, quality: int = 92, *, optimize: bool = False) -> bytes:
    """``(H, W, 3)`` as the bytes of a JPEG file; ``quality`` 1..95. ``optimize`` takes longer and
    makes the file a little smaller, its pixels the same."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality, optimize=optimize)
    return stream.getvalue()
