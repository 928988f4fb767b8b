"""Matrix profiles of wide colour spaces, and photographs in them."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image, ImageCms

from tinystyle.pictures.examples import landscape

PHOTOGRAPH = landscape(96)
_D50 = np.array([0.9642, 1.0, 0.8249])
PRIMARIES = {
    "P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "Adobe RGB": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "ProPhoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
}
_GAMMA = {"P3": 2.2, "Adobe RGB": 563 / 256, "ProPhoto": 1.8}


def profile_of(name: str) -> bytes:
    """A matrix profile of three primaries and a power (ICC.1:2001, 6.3.1.2), white D50 or D65."""
    xyz = [np.array([x / y, 1.0, (1.0 - x - y) / y]) for x, y in PRIMARIES[name]]
    white = _D50 if name == "ProPhoto" else np.array([0.9505, 1.0, 1.0891])
    matrix = np.stack(xyz, axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.03]])
    adapted = np.linalg.inv(cone) @ np.diag((cone @ _D50) / (cone @ white)) @ cone @ matrix

    def fixed(values: np.ndarray) -> bytes:
        return b"".join(struct.pack(">i", round(float(v) * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(_GAMMA[name] * 256), 0)
    text = name.encode() + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(79)
    description += bytes(-len(description) % 4)
    tags = [(b"desc", description), (b"cprt", b"text\0\0\0\0none\0\0\0\0")]
    tags += [
        (key, b"XYZ \0\0\0\0" + fixed(v))
        for key, v in zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), (_D50, *adapted.T), strict=True)
    ]
    tags += [(key, curve) for key in (b"rTRC", b"gTRC", b"bTRC")]
    table, body = struct.pack(">I", len(tags)), b""
    for key, data in tags:
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += key + struct.pack(">II", offset, len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s", 128 + len(table + body), b"none", 0x02200000, b"mntr", b"RGB ", b"XYZ "
    )
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(_D50)
    return header + bytes(128 - len(header)) + table + body


def tagged(name: str, rgb: np.ndarray = PHOTOGRAPH) -> Image.Image:
    """A photograph whose numbers are of a profile."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile_of(name)))
    source = ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    image = Image.fromarray(rgb)
    made = ImageCms.profileToProfile(image, source, target, renderingIntent=intent)
    assert made is not None
    return made
