"""Small stand-ins for VGG and the training pictures."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tinystyle.examples import ARTWORKS, landscape


@pytest.fixture(scope="session")
def vgg_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VGG-19 up to conv5_1 with random weights, some of them stored as uint8."""
    random = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    channels = 3
    for block, (count, width) in enumerate(
        ((2, 64), (2, 128), (4, 256), (4, 512), (1, 512)), start=1
    ):
        for index in range(1, count + 1):
            name = f"conv{block}_{index}"
            weight = random.standard_normal((width, channels, 3, 3)) * np.sqrt(2 / 9 / channels)
            if channels == 3:
                arrays[f"{name}.weight"] = weight.astype(np.float32)
            else:
                low, high = weight.min(), weight.max()
                scale = (high - low) / 255.0
                arrays[f"{name}.weight.q"] = np.rint((weight - low) / scale).astype(np.uint8)
                arrays[f"{name}.weight.scale_min"] = np.array([scale, low])
            arrays[f"{name}.bias"] = np.zeros(width, np.float32)
            channels = width
    path = tmp_path_factory.mktemp("vgg") / "vgg19.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with style-0.tar and content-0.tar, eight pictures each."""
    folder = tmp_path_factory.mktemp("shards")
    makers = list(ARTWORKS.values())
    for kind in ("style", "content"):
        with tarfile.open(folder / f"{kind}-0.tar", "w") as archive:
            for index in range(8):
                rgb = makers[index % 4](272) if kind == "style" else landscape(272)
                rgb = np.roll(rgb, 30 * index, axis=1)
                stream = io.BytesIO()
                Image.fromarray(rgb).save(stream, "JPEG")
                entry = tarfile.TarInfo(f"{kind}/{index}.jpg")
                entry.size = stream.tell()
                stream.seek(0)
                archive.addfile(entry, stream)
            note = tarfile.TarInfo("../../escape.txt")
            note.size = 4
            archive.addfile(note, io.BytesIO(b"evil"))
            link = tarfile.TarInfo("link.jpg")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
    return folder
