"""The app's package, built once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tinystyle.examples import ARTWORKS
from tinystyle.export import android_assets

DEMO = Path(__file__).parents[2] / "android-demo"
BUILD = DEMO / "tools" / "build_apk.py"
MISSING_TOOL = 3


def build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run tools/build_apk.py."""
    command = [sys.executable, str(BUILD), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def app_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What android-assets writes, with one style in place of four."""
    folder = tmp_path_factory.mktemp("app") / "assets"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(android_assets, "ARTWORKS", {"rectangles": ARTWORKS["rectangles"]})
        android_assets.write_android_assets(folder)
    return folder


@pytest.fixture(scope="session")
def apk(app_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed APK without onnxruntime."""
    path = tmp_path_factory.mktemp("apk") / "app.apk"
    done = build("--output", path, "--assets", app_assets)
    if done.returncode == MISSING_TOOL:
        pytest.skip(done.stderr.strip())  # "APK not built: install what is missing: …"
    assert done.returncode == 0, done.stderr
    return path
