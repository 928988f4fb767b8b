"""The demo's Java tests, and the rules of its layers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.android.conftest import DEMO, Jvm

TESTS = sorted((DEMO / "core" / "src" / "test").rglob("*Test.java"))


@pytest.fixture(scope="module")
def said(jvm: Jvm) -> list[str]:
    """What the Java tests say, all of them in one JVM: a line for each method."""
    classes = [f"dev.tinystyle.core.{path.stem}" for path in TESTS]
    return jvm.run("dev.tinystyle.core.RunTests", *classes, check=False).splitlines()


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.stem))
def test_java(said: list[str], path: Path) -> None:
    methods = re.findall(r"^    public void (\w+)\(\)", path.read_text(), re.MULTILINE)
    assert methods
    missing = [name for name in methods if f"ok {path.stem}.{name}" not in said]
    assert not missing, "\n".join(said)


def test_a_failing_java_test_fails(jvm: Jvm) -> None:
    with pytest.raises(AssertionError, match=r"FAILED Object\.notify"):
        jvm.run("dev.tinystyle.core.RunTests", "java.lang.Object")


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("core", r"import (?!java\.|dev\.tinystyle\.core)"),
        ("core-ort", r"import (?!java\.|dev\.tinystyle\.|ai\.onnxruntime\.)"),
        ("app", r"import ai\.onnxruntime"),
    ],
)
def test_layers(module: str, forbidden: str) -> None:
    """Core knows neither Android nor onnxruntime, and only core-ort knows the latter."""
    for path in (DEMO / module / "src" / "main").rglob("*.java"):
        assert not re.search(forbidden, path.read_text()), path


def test_sources_are_for_every_tool() -> None:
    """Debian's dx knows no lambdas; files are small."""
    shipped = [p for m in ("core", "core-ort") for p in (DEMO / m / "src" / "main").rglob("*.java")]
    assert len(shipped) > 30
    for path in shipped:
        text = path.read_text()
        code = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"", "", text, flags=re.DOTALL)
        assert "->" not in code, path
        assert "::" not in code, path
        assert len(text.splitlines()) <= 270, path
        assert max(map(len, text.splitlines())) <= 100, path
