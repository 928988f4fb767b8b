"""Rules of the app's sources that no compiler here checks, and its logic without Android."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "android-demo"
APP = DEMO / "app" / "src" / "main"
JAVA = sorted((APP / "java").rglob("*.java"))
LAYOUTS = sorted((APP / "res").glob("layout*/*.xml"))
ANDROID = "{http://schemas.android.com/apk/res/android}"


def _code(path: Path) -> str:
    """Java without comments and texts."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', path.read_text())
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", JAVA, ids=lambda path: path.stem)
def test_a_source_is_small_and_takes_what_dx_takes(path: Path) -> None:
    code = _code(path)
    assert "->" not in code and "::" not in code  # lambdas, method references
    assert len(path.read_text().splitlines()) <= 270
    assert all(len(line) <= 100 for line in path.read_text().splitlines())


def test_only_one_module_names_onnxruntime() -> None:
    naming = {
        path.relative_to(DEMO).parts[0]
        for module in ("app", "core", "core-ort")
        for path in (DEMO / module / "src" / "main").rglob("*.java")
        if "ai.onnxruntime" in _code(path)
    }
    assert naming == {"core-ort"}


def test_core_names_no_android() -> None:
    core = [*(DEMO / "core").rglob("*.java"), *(DEMO / "core-ort").rglob("*.java")]
    assert core
    assert not [path for path in core if re.search(r"\bandroidx?\.", _code(path))]


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_words_are_resources_and_pictures_can_be_heard(path: Path) -> None:
    text = path.read_text()
    shown = re.findall(r'android:(?:text|hint|contentDescription|prompt)="([^"]*)"', text)
    assert all(words.startswith("@string/") for words in shown)
    assert not re.search(r'"\d+px"', text)
    assert not re.search(r'textSize="[^"]*dp"', text)


def test_every_string_is_used_and_every_used_string_is_there() -> None:
    defined = set(re.findall(r'<string name="(\w+)"', (APP / "res/values/strings.xml").read_text()))
    xml = [*(APP / "res").rglob("*.xml"), APP / "AndroidManifest.xml"]
    used = {name for p in xml for name in re.findall(r"@string/(\w+)", p.read_text())}
    used |= {
        name
        for p in JAVA
        for name in re.findall(r"(?<!android\.)\bR\.string\.(\w+)", p.read_text())
    }
    assert used == defined


def test_newer_calls_stand_behind_their_level() -> None:
    """android.jar here is of level 23: what is newer than minSdk 26 is only in these sources."""
    newer = r"ImageDecoder|ThermalStatus|ThermalHeadroom|SOC_MODEL|IS_PENDING|RELATIVE_PATH"
    naming = {path.stem for path in JAVA if re.search(newer, _code(path))}
    assert naming == {"AndroidProbe", "ModernDecoder", "PaintingFiles"}
    for name, guard in (
        ("AndroidProbe", "SDK_INT <"),
        ("PictureReader", "SDK_INT >= Build.VERSION_CODES.P\n"),
        ("PaintingFiles", "SDK_INT >= Build.VERSION_CODES.Q"),
    ):
        assert guard in (APP / "java/dev/tinystyle/demo" / f"{name}.java").read_text()


_MAIN = """
package dev.tinystyle.demo;

public final class Main {
    public static void main(String[] none) {
        for (int display = 0; display < 360; display += 90) {
            System.out.print(CameraGeometry.rotation(90, display, false) + " ");
            System.out.print(CameraGeometry.rotation(270, display, true) + " ");
        }
        int[][] sizes = {{4000, 3000}, {640, 480}, {320, 240}, {352, 288}, {640, 360}};
        System.out.print(CameraGeometry.choose(sizes, 320, 240) + " ");
        System.out.print(CameraGeometry.choose(sizes, 321, 240) + " ");
        System.out.print(CameraGeometry.choose(sizes, 640, 480) + " ");
        System.out.print(CameraGeometry.choose(sizes, 5000, 480) + " ");
        System.out.print(CameraGeometry.choose(new int[0][], 64, 64) + " ");
        System.out.print(CameraGeometry.choose(new int[][] {{240, 320}}, 320, 240) + " ");
        for (Resolution size : Resolution.values()) {
            // 4:3 either way, which the network halves twice.
            boolean turned = size.height(true) == size.width(false);
            boolean fits = 4 * size.height(true) == 3 * size.width(true);
            System.out.print(turned && fits && size.height(true) % 4 == 0 ? "fits " : "no ");
        }
    }
}
"""


def test_frames_are_turned_and_sizes_chosen(tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("javac is missing: apt-get install default-jdk-headless")
    main = tmp_path / "Main.java"
    main.write_text(_MAIN)
    sources = [
        APP / "java/dev/tinystyle/demo" / f"{n}.java" for n in ("CameraGeometry", "Resolution")
    ]
    command = ["javac", "-encoding", "UTF-8", "-d", str(tmp_path), str(main), *map(str, sources)]
    subprocess.run(command, check=True, capture_output=True)
    command = ["java", "-cp", str(tmp_path), "dev.tinystyle.demo.Main"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    # A phone's back camera lies at 90, its front camera at 270. Held upright, each is turned by
    # that much; turned to the left (display 90), the back camera lies right as it is, and the front
    # camera, whose picture turns the other way, too.
    assert done.stdout.split()[:8] == ["90", "270", "0", "0", "270", "90", "180", "180"]
    assert done.stdout.split()[8:14] == ["2", "3", "1", "0", "-1", "0"]
    assert done.stdout.split()[14:] == ["fits"] * 5
