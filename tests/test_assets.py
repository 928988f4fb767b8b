"""What the model card says of the files beside it."""

from __future__ import annotations

import hashlib
import re

import pytest

from tinystyle.assets import asset

CARD = asset("MODEL_CARD.md").read_text(encoding="utf-8")
FILES = (
    "hypernetwork-six-norm-dim8.onnx",
    "perceptual-compact.safetensors",
    "metastyle-six-norm-dim8.safetensors",
    "style-swap.safetensors",
)


@pytest.mark.parametrize("name", FILES)
def test_the_card_knows_its_files(name: str) -> None:
    title = name.partition(".")[0]
    (section,) = re.findall(rf"^# {title}$(.*?)(?=^# |\Z)", CARD, re.M | re.S)
    data = asset(name).read_bytes()
    (size,) = re.findall(r"^\| size \| ([\d,]+) bytes", section, re.M)
    assert int(size.replace(",", "")) == len(data)
    (found,) = re.findall(r"^\| size \|.*sha256 `([0-9a-f]{64})`", section, re.M)
    assert found == hashlib.sha256(data).hexdigest()
