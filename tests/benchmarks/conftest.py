"""What the tests of benchmarks share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.networks import ours


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of ours, floats in and out, any size: ``net.onnx``."""
    return ours(tmp_path_factory.mktemp("model") / "net.onnx")
