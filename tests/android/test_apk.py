"""The app compiles, is packaged and signed, asks for the camera alone, and holds what it should."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tinystyle
from tinystyle.export import android_assets
from tinystyle.pictures.examples import ARTWORKS

DEMO = Path(__file__).parents[2] / "android-demo"
BUILD = DEMO / "tools" / "build_apk.py"
MISSING_TOOL = 3


def build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run tools/build_apk.py."""
    command = [sys.executable, str(BUILD), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def app_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What android-assets writes, with one style in place of four."""
    folder = tmp_path_factory.mktemp("app") / "assets"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(android_assets, "ARTWORKS", {"rectangles": ARTWORKS["rectangles"]})
        android_assets.write_android_assets(folder)
    return folder


@pytest.fixture(scope="module")
def apk(app_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed APK without onnxruntime."""
    path = tmp_path_factory.mktemp("apk") / "app.apk"
    done = build("--output", path, "--assets", app_assets)
    if done.returncode == MISSING_TOOL:
        pytest.skip(done.stderr.strip())  # "APK not built: install what is missing: …"
    assert done.returncode == 0, done.stderr
    return path


def _tool(*command: str | Path) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def badging(apk: Path) -> str:
    return _tool("aapt", "dump", "badging", apk)


@pytest.fixture(scope="module")
def components(apk: Path) -> dict[str, dict[str, str]]:
    """Attributes of activities, providers and the application, by their names."""
    found: list[dict[str, str]] = []
    for line in _tool("aapt", "dump", "xmltree", apk, "AndroidManifest.xml").splitlines():
        if element := re.match(r"\s*E: ([\w-]+)", line):
            found.append({"element": element.group(1)})
        elif attribute := re.match(r'\s*A: android:(\w+)\(\w+\)=(?:"([^"]*)"|.*?(\w+)$)', line):
            key, text, raw = attribute.groups()
            found[-1][key] = raw if text is None else text
    return {facts.get("name", facts["element"]): facts for facts in found}


def test_badging_says_what_the_project_says(badging: str) -> None:
    assert "package: name='dev.tinystyle.demo'" in badging
    assert f"versionName='{tinystyle.__version__}'" in badging
    assert "sdkVersion:'26'" in badging
    levels = (DEMO / "gradle" / "libs.versions.toml").read_text()
    target = re.search(r'targetSdk = "(\d+)"', levels)
    assert target and f"targetSdkVersion:'{target.group(1)}'" in badging
    assert "launchable-activity: name='dev.tinystyle.demo.PreviewActivity'" in badging
    assert "application-debuggable" not in badging


def test_the_camera_is_the_only_permission_and_is_not_required(badging: str) -> None:
    permissions = re.findall(r"uses-permission[\w-]*: name='([^']+)'", badging)
    assert permissions == ["android.permission.CAMERA"]
    required = re.findall(r"uses-feature: name='([^']+)'", badging)
    assert required == ["android.hardware.faketouch"]  # which every app is said to use


def test_only_two_activities_are_open_and_one_of_them_to_the_shell_alone(
    components: dict[str, dict[str, str]],
) -> None:
    exported = {name for name, facts in components.items() if facts.get("exported") == "0xffffffff"}
    benchmark = ".BenchmarkActivity"
    assert exported == {".PreviewActivity", benchmark}
    assert components[benchmark]["permission"] == "android.permission.DUMP"
    closed = {name for name, facts in components.items() if facts.get("exported") == "0x0"}
    assert closed == {".PhotoActivity", ".SharedPictureProvider"}
    assert components["application"]["allowBackup"] == "0x0"


def test_the_signature_holds_and_a_changed_byte_breaks_it(apk: Path, tmp_path: Path) -> None:
    said = _tool("apksigner", "verify", "--verbose", "--min-sdk-version", "26", apk)
    assert said.startswith("Verifies")
    data = bytearray(apk.read_bytes())
    with zipfile.ZipFile(apk) as archive:
        at = archive.getinfo("classes.dex").header_offset + 2000
    data[at] ^= 1
    changed = tmp_path / "changed.apk"
    changed.write_bytes(data)
    done = subprocess.run(["apksigner", "verify", str(changed)], capture_output=True, check=False)
    assert done.returncode != 0


def test_it_is_laid_out_as_android_asks_of_its_target(apk: Path) -> None:
    _tool("zipalign", "-c", "-p", "4", apk)
    with zipfile.ZipFile(apk) as archive:  # from level 30 on it is refused otherwise
        assert archive.getinfo("resources.arsc").compress_type == zipfile.ZIP_STORED


def test_the_networks_are_in_it_byte_for_byte(apk: Path, app_assets: Path) -> None:
    with zipfile.ZipFile(apk) as archive:
        inside = {n: archive.read(n) for n in archive.namelist() if n.startswith("assets/")}
    files = [path for path in app_assets.rglob("*") if path.is_file()]
    expected = {f"assets/{p.relative_to(app_assets).as_posix()}": p.read_bytes() for p in files}
    assert inside == expected


def test_the_classes_are_ours_and_no_stub_is_among_them(apk: Path) -> None:
    defined, named = _dex_classes(apk)
    packages = {name.rpartition("/")[0] for name in defined}
    assert packages == {"Ldev/tinystyle/demo", "Ldev/tinystyle/core", "Ldev/tinystyle/ort"}
    assert "Lai/onnxruntime/OrtSession;" in named  # used, and left to Gradle to bring
    assert "Landroid/graphics/ImageDecoder;" in named


def test_no_class_that_reaches_the_network_is_named(apk: Path) -> None:
    _, named = _dex_classes(apk)
    reaching = ("Ljava/net/", "Ljavax/net/", "Landroid/net/http", "Landroid/webkit/")
    assert not [name for name in named if name.startswith(reaching)]


def _dex_classes(apk: Path) -> tuple[list[str], list[str]]:
    """Types that classes.dex defines, and all that it names, as ``Lpackage/Name;``."""
    with zipfile.ZipFile(apk) as archive:
        data = archive.read("classes.dex")
    assert data[:4] == b"dex\n"
    strings, types, classes = ((struct.unpack_from("<2I", data, at)) for at in (56, 64, 96))

    def string(index: int) -> str:
        (at,) = struct.unpack_from("<I", data, strings[1] + 4 * index)
        while data[at] & 0x80:  # the length, LEB128
            at += 1
        return data[at + 1 : data.index(0, at + 1)].decode("utf-8", "replace")

    named = [
        string(struct.unpack_from("<I", data, types[1] + 4 * index)[0]) for index in range(types[0])
    ]
    defined = [
        named[struct.unpack_from("<I", data, classes[1] + 32 * index)[0]]
        for index in range(classes[0])
    ]
    return defined, named


def test_what_is_missing_is_told_at_once(app_assets: Path, tmp_path: Path) -> None:
    done = build("--platform", tmp_path, "--assets", app_assets, "--output", tmp_path / "a.apk")
    assert done.returncode == MISSING_TOOL
    assert "APK not built: install what is missing" in done.stderr
    assert "fetch_platform.sh" in done.stderr
    assert not list(tmp_path.iterdir())
