"""What the app's README says can be looked up elsewhere, and is the same there."""

from __future__ import annotations

import re

from tests.android.conftest import DEMO
from tinystyle.benchmarks.android.run import ACTIVITY, FOLDERS, Request
from tinystyle.benchmarks.latency.case import PROFILES

README = (DEMO / "README.md").read_text()


def test_the_benchmarks_command_is_what_bench_sends() -> None:
    request = Request("a1", "art.onnx", "", "xnnpack", 4, (256, 256), PROFILES["rapid"])
    command = README[README.index("adb shell am start -W") :].partition("\nadb pull")[0]
    said = re.findall(r"--(e[si]) (\w+) ", command)
    sent = list(request.extras)
    keys = [(kind[2:], key) for kind, key in zip(sent[::3], sent[1::3], strict=True)]
    assert sorted(said) == sorted(keys)
    assert f"-n {ACTIVITY} " in command
    assert all(folder in README for folder in FOLDERS)


def test_versions_are_those_of_the_build() -> None:
    versions = dict(
        re.findall(r'^(\w+) = "([^"]+)"', (DEMO / "gradle/libs.versions.toml").read_text(), re.M)
    )
    wrapper = (DEMO / "gradle/wrapper/gradle-wrapper.properties").read_text()
    (gradle,) = re.findall(r"gradle-([\d.]+)-bin", wrapper)
    assert f"fetches Gradle {gradle}, AGP {versions['agp']} and SDK" in README.replace("\n   ", " ")
    assert f"SDK platform {versions['compileSdk']}" in README
    assert f"onnxruntime-android {versions['onnxruntime']}" in README


def test_classes_and_files_are_there() -> None:
    sources = {path.stem for path in DEMO.rglob("*.java")} | {"ImageReader", "Image", "Kind"}
    named = set(re.findall(r"`([A-Z][a-z]+[A-Za-z]*)`", README))
    assert len(named) > 20
    assert named <= sources
    folders = set(re.findall(r"^([\w-]+)/ +\S", README, re.M))
    made = {"build", "gradle"}  # by Gradle, or its own
    present = {p.name for p in DEMO.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert folders == present - made
    root = DEMO.parent
    for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|xml|toml|sh|properties))`", README):
        found = [p for p in (root / name, DEMO / name, DEMO / "app/src/main" / name) if p.is_file()]
        assert found, name
