"""A site, written once, and a real browser that shows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinystyle.benchmarks.web.browser import find_browser
from tinystyle.benchmarks.web.devtools import Page
from tinystyle.benchmarks.web.runtime import (
    FILES,
    RUNTIME_VARIABLE,
    cached_runtime,
    runtime_in,
)
from tinystyle.errors import AbsentTargetError, OptionError
from tinystyle.studio.server import SiteServer
from tinystyle.studio.site import write_site


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files with the names of onnxruntime-web's, for tests without a browser."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in FILES:
        (folder / name).write_bytes(name.encode() * 100)
    return folder


@pytest.fixture(scope="session")
def runtime() -> Path:
    """onnxruntime-web, where it is on this machine."""
    try:
        return runtime_in(Path(os.environ.get(RUNTIME_VARIABLE) or cached_runtime()))
    except OptionError:
        pytest.skip("no onnxruntime-web here: python -m tinystyle.benchmarks.web.runtime")


@pytest.fixture(scope="session")
def program() -> Path:
    """A browser, where there is one."""
    if os.name != "posix":
        pytest.skip("the browser is driven over pipes")
    try:
        return find_browser()
    except (AbsentTargetError, OptionError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def site(runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, nothing compressed."""
    return write_site(tmp_path_factory.mktemp("studio") / "site", runtime, compress=False).folder


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[SiteServer]:
    """It, served."""
    with SiteServer(site) as running:
        yield running


@pytest.fixture(scope="session")
def opened(program: Path, server: SiteServer) -> Iterator[Page]:
    """The page after its first picture, for all tests: to load it takes longer than most."""
    with Page(program, seconds=120.0) as page:
        page.open(server.url)
        page.wait("document.documentElement.dataset.painted")
        yield page


@pytest.fixture
def page(opened: Page, tmp_path: Path) -> Page:
    """The page as others left it, with no second artwork where none of them mixed, without
    complaints so far. Files that it saves lie in ``tmp_path / "saved"``."""
    opened.save_into(tmp_path / "saved")
    opened.events.clear()
    return opened
