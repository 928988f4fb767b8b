"""Rules of the demo's sources that no compiler here checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest

DEMO = Path(__file__).parents[2] / "android-demo"
APP = DEMO / "app" / "src" / "main"
JAVA = sorted((APP / "java").rglob("*.java"))
SHIPPED = sorted(
    path
    for module in ("app", "core", "core-ort")
    for path in (DEMO / module / "src" / "main").rglob("*.java")
)
LAYOUTS = sorted((APP / "res").glob("layout*/*.xml"))


def _code(path: Path) -> str:
    """Java without comments and texts."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', path.read_text())
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_source_is_small_and_takes_what_dx_takes(path: Path) -> None:
    code = _code(path)
    assert "->" not in code and "::" not in code  # lambdas, method references
    assert len(path.read_text().splitlines()) <= 270
    assert all(len(line) <= 100 for line in path.read_text().splitlines())


def _naming(pattern: str, folders: Iterable[str]) -> list[str]:
    """Sources whose code, not comments, names it, seen from the demo's folder."""
    found = [path for folder in folders for path in (DEMO / folder).rglob("*.java")]
    assert len(found) > 3
    named = [path for path in found if re.search(pattern, _code(path))]
    return sorted(path.relative_to(DEMO).as_posix() for path in named)


def test_one_file_names_onnxruntime() -> None:
    """jvm-ort stands in for it, and its tests count what was not given back."""
    everywhere = {path.name for path in DEMO.iterdir() if path.is_dir()} - {"jvm-ort"}
    naming = _naming(r"\bai\.onnxruntime\b", everywhere)
    assert naming == ["core-ort/src/main/java/dev/tinystyle/ort/OrtNetwork.java"]
    gradle = [path.parent.name for path in DEMO.glob("*/build.gradle.kts")]
    build = {name: (DEMO / name / "build.gradle.kts").read_text() for name in gradle}
    assert [name for name in gradle if "libs.onnxruntime" in build[name]] == ["core-ort"]
    assert "implementation(libs.onnxruntime.android)" in build["core-ort"]  # hidden from the app


def test_core_names_neither_android_nor_what_is_above_it() -> None:
    above = r"\bandroidx?\.|\bdev\.tinystyle\.(?:demo|ort)\b|\bai\.onnxruntime\b"
    assert _naming(above, ["core"]) == []
    assert _naming(r"\bandroidx?\.|\bdev\.tinystyle\.demo\b", ["core-ort"]) == []


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_words_are_resources_and_pictures_can_be_heard(path: Path) -> None:
    text = path.read_text()
    shown = re.findall(r'android:(?:text|hint|contentDescription|prompt)="([^"]*)"', text)
    assert all(words.startswith("@string/") for words in shown)
    assert not re.search(r'"\d+px"', text)
    assert not re.search(r'textSize="[^"]*dp"', text)


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_screens_keep_clear_of_the_systems_bars(path: Path) -> None:
    """From target level 35 on, windows reach behind the bars and the camera's hole."""
    root = ElementTree.parse(path).getroot()
    a_part = root.tag == "merge" or path.stem == "style_button"
    clear = root.get("{http://schemas.android.com/apk/res/android}fitsSystemWindows") == "true"
    assert clear != a_part


def test_texts_get_as_many_values_as_they_show() -> None:
    shown = {
        name: len(set(re.findall(r"%(\d+)\$", text)))
        for name, text in re.findall(
            r'<string name="(\w+)">(.*?)</string>', (APP / "res/values/strings.xml").read_text()
        )
    }
    for path in JAVA:
        code = _code(path)
        for found in re.finditer(r"getString\(\s*R\.string\.(\w+)", code):
            depth, given = 1, 0
            for letter in code[found.end() :]:
                depth += (letter == "(") - (letter == ")")
                given += letter == "," and depth == 1
                if depth == 0:
                    break
            assert given == shown[found[1]], f"{path.stem}: {found[1]}"


def test_each_kind_of_failure_has_words_of_its_own() -> None:
    kinds = _code(DEMO / "core/src/main/java/dev/tinystyle/core/StyleException.java")
    declared = re.findall(r"\b([A-Z]+)\b", kinds.partition("enum Kind {")[2].partition("}")[0])
    words = (APP / "java/dev/tinystyle/demo/FailureWords.java").read_text()
    told = re.findall(r"case (\w+):\s+(?:default:\s+)?return R\.string\.(\w+);", words)
    assert sorted(kind for kind, _ in told) == sorted(declared)
    texts = dict(
        re.findall(
            r'<string name="(\w+)">(.*?)</string>', (APP / "res/values/strings.xml").read_text()
        )
    )
    assert len({texts[name] for _, name in told}) == len(declared)
    # The reason follows on a line of its own; where memory is short there is nothing to add.
    reasons = {kind for kind, name in told if texts[name].endswith(r"\n\n%1$s")}
    assert set(declared) - reasons <= {"MEMORY"}


def test_messages_in_english_alone_are_for_developers() -> None:
    shown = r"(?:tell|tellOnce|explain|setText|end)\(\s*\w+\.getMessage\(\)"
    assert _naming(shown, ["app"]) == [
        "app/src/main/java/dev/tinystyle/demo/BenchmarkActivity.java"
    ]


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
    newer = r"ImageDecoder|setTargetColorSpace|"
    newer += r"ThermalStatus|ThermalHeadroom|SOC_MODEL|IS_PENDING|RELATIVE_PATH"
    naming = {path.stem for path in JAVA if re.search(newer, _code(path))}
    assert naming == {"AndroidProbe", "ModernDecoder", "PaintingFiles"}
    for name, guard in (
        ("AndroidProbe", "SDK_INT <"),
        ("PictureReader", "SDK_INT >= Build.VERSION_CODES.P\n"),
        ("PaintingFiles", "SDK_INT >= Build.VERSION_CODES.Q"),
    ):
        assert guard in (APP / "java/dev/tinystyle/demo" / f"{name}.java").read_text()


def _source(name: str) -> str:
    return " ".join(_code(APP / "java/dev/tinystyle/demo" / f"{name}.java").split())


@pytest.mark.parametrize(
    ("decoder", "asks"),
    [("ModernDecoder", "decoder.setTargetColorSpace({})"),
     ("ClassicDecoder", "options.inPreferredColorSpace = {};")],
)  # fmt: skip
def test_both_decoders_ask_for_srgb(decoder: str, asks: str) -> None:
    code = _source(decoder)
    asked = code.index(asks.format("ColorSpace.get(ColorSpace.Named.SRGB)"))
    # Before it is decoded: in the listener, or between the look at the size and the pixels.
    assert asked < code.rindex("setTargetSize(" if "Modern" in decoder else "decodeStream(")


def test_pictures_of_others_come_through_cores_rules() -> None:
    """Orientation, transparency and the names of unreadable formats, which are tested on a JVM."""
    assert _naming(r"\.getPixels?\(", ["app"]) == _naming(r"\bnew PictureRows\(", ["app"])
    assert "upright(bitmap, orientation(resolver, uri))" in _source("ClassicDecoder")
    assert "Orientation.matrix(orientation)" in _source("ClassicDecoder")
    reader = _source("PictureReader")
    assert reader.count("throw unreadable(uri, error)") == reader.count("catch") - 4 == 2
    assert "PictureKind.unreadable(" in reader


def test_paintings_are_written_in_one_place_with_facts_and_transparency() -> None:
    java = "app/src/main/java/dev/tinystyle/demo/"
    assert _naming(r"CompressFormat\.JPEG", ["app"]) == [f"{java}FinishedPainting.java"]
    finished = _source("FinishedPainting")
    assert "OutputStream whole = format.with(facts, stream)" in finished
    assert "bitmap.compress(form, QUALITY, whole)" in finished
    assert "bitmap.setHasAlpha(photo.alpha != null)" in _source("Painting")
    # None says of itself which type or ending it has.
    assert not [p.stem for p in JAVA if re.search(r"image/(?:jpe?g|png)|\.jpg", p.read_text())]
