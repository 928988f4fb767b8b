"""What the tests share: small networks, pictures made by formulas, a stand-in for VGG."""

from __future__ import annotations

import io
import os
import signal
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tinystyle.network.spec import Architecture, NetSpec
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.examples import ARTWORKS, landscape

MakeNet = Callable[..., StyleNet]

CONVOLUTIONAL = tuple(
    form
    for form in Architecture
    if form not in (Architecture.STYLE_SWAP, Architecture.SEMANTIC, Architecture.REGIONS)
)
"""Architectures whose weights are all numbers of convolutions and norms."""


def random_net(
    form: Architecture = Architecture.TINY, width: int = 8, seed: int = 0, **spec: float
) -> StyleNet:
    """Random weights at the scale of a trained network: activations neither vanish nor explode.

    Those of our forms begin and end with kernels of 5 x 5, as the released ones do.
    """
    if form in (Architecture.TINY, Architecture.ONE_NORM, Architecture.SIX_NORM):
        spec.setdefault("outer_kernel", 5)
    random = np.random.default_rng(seed)
    weights = {}
    net_spec = NetSpec(form, width, **spec)  # type: ignore[arg-type]
    for parameter in net_spec.parameters():
        fan_in = np.prod(parameter.shape[1:]) if len(parameter.shape) == 4 else 4.0
        values = random.standard_normal(parameter.shape) / np.sqrt(fan_in)
        if parameter.name.endswith("norm.weight"):
            values = 1.0 + 0.2 * values
        weights[parameter.name] = values.astype(np.float32)
    return StyleNet(net_spec, weights, {"style_name": "random"})


def pytest_configure() -> None:
    """Ctrl-C reaches the programs that tests start. A shell ignores it for what it runs in the
    background, and programs inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _standard_input_stays() -> Iterator[None]:
    """A library that closes what it never opened fails here, and not some later test whose first
    pipe is then number 0."""
    before = os.fstat(0)
    yield
    assert os.path.samestat(before, os.fstat(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin. (A file's tests stay together, by ``--dist loadfile``: they share costly
    fixtures. Groups of pytest-xdist 3.8 have no effect in pytest 9.2.)"""
    items.sort(key=lambda item: item.path.parent.name not in ("training", "android"))


@pytest.fixture
def make_net() -> MakeNet:
    return random_net


@pytest.fixture(scope="session")
def styles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four artworks as PNG files."""
    folder = tmp_path_factory.mktemp("styles")
    paths = []
    for name, draw in ARTWORKS.items():
        paths.append(folder / f"{name}.png")
        Image.fromarray(draw(256)).save(paths[-1])
    return paths


@pytest.fixture(scope="session")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landscape as JPEG file, 160 x 120."""
    path = tmp_path_factory.mktemp("photographs") / "landscape.jpg"
    Image.fromarray(landscape(160)[:120]).save(path, quality=92)
    return path


def encode(image: Image.Image, form: str, **options: object) -> bytes:
    """A PIL image as the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


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
