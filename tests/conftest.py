"""What the tests share: small networks with random weights, pictures made by formulas."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinystyle.examples import ARTWORKS, landscape
from tinystyle.spec import Form, NetSpec
from tinystyle.stylenet import StyleNet

MakeNet = Callable[..., StyleNet]


def random_net(form: Form = Form.TINY, width: int = 8, seed: int = 0, **spec: float) -> StyleNet:
    """Random weights at the scale of a trained network: activations neither vanish nor explode."""
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
