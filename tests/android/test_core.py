"""The demo's Java tests."""

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


def test_java_leaves_no_folder_behind(said: list[str], jvm: Jvm) -> None:
    assert said
    assert list(jvm.temporary.iterdir()) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.stem))
def test_java(said: list[str], path: Path) -> None:
    methods = re.findall(r"^    public void (\w+)\(\)", path.read_text(), re.MULTILINE)
    assert methods
    missing = [name for name in methods if f"ok {path.stem}.{name}" not in said]
    assert not missing, "\n".join(said)


def test_a_failing_java_test_fails(jvm: Jvm) -> None:
    with pytest.raises(AssertionError, match=r"FAILED Object\.notify"):
        jvm.run("dev.tinystyle.core.RunTests", "java.lang.Object")
