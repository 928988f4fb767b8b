"""The page on WebGPU: with the adapter that a processor stands in for, since no GPU is at hand:
minutes of work for it, so those tests are slow ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio.test_studio_page import _IDLE, ROOM, _require_pythons_painting, _settled
from tinystyle.benchmarks.web.devtools import Page
from tinystyle.pictures.examples import landscape
from tinystyle.pictures.images import encode_png
from tinystyle.studio.server import SiteServer

SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
FACTS = f"{ROOM}('#facts').textContent"
ASK = "(async () => (await import('./painter.mjs')).painter"


@pytest.fixture(scope="module")
def page(program: Path, server: SiteServer) -> Iterator[Page]:
    with Page(program, SOFTWARE, seconds=240.0) as page:
        page.open(server.url + "?backend=webgpu")
        page.wait("document.documentElement.dataset.painted")
        if not page.run("navigator.gpu?.requestAdapter().then((adapter) => adapter !== null)"):
            pytest.skip("this browser has no WebGPU, not even on the processor")
        yield page


@pytest.mark.slow
def test_what_the_gpu_paints_is_what_python_paints(page: Page, site: Path, tmp_path: Path) -> None:
    page.save_into(tmp_path / "saved")
    assert page.run(f"{ASK}.accelerate(true))()")["backend"] == "WebGPU"
    _require_pythons_painting(page, site, tmp_path)
    assert page.run(FACTS).endswith("WebGPU")


@pytest.mark.slow
def test_an_artwork_of_ones_own_is_made_and_painted(page: Page, tmp_path: Path) -> None:
    artwork = tmp_path / "own.png"
    artwork.write_bytes(encode_png(landscape(160)))
    page.choose_files("#artwork-file", artwork)
    _settled(page, "first", "own")
    assert page.run(FACTS).endswith("WebGPU")


@pytest.mark.slow
def test_where_the_gpu_is_lost_webassembly_goes_on(page: Page) -> None:
    """The device that onnxruntime computes with is destroyed in the worker."""
    (worker,) = page.workers()
    page.ask(
        "Runtime.evaluate",
        worker,
        expression="import('./runtime/ort.webgpu.min.mjs')"
        ".then(async ({ env }) => (await env.webgpu.device).destroy())",
        awaitPromise=True,
    )
    page.run(f"{ROOM}('#styles button:nth-child(2)').click()")
    page.wait(f"{FACTS}.includes('WebAssembly') && {_IDLE}")
    assert not page.run(f"{ROOM}('#message').classList.contains('refused')")


def test_a_software_adapter_is_not_taken_unasked(program: Path, site: Path) -> None:
    sent: list[str] = []
    with (
        SiteServer(site, tell=lambda name, _: sent.append(name)) as running,
        Page(program, SOFTWARE, seconds=240.0) as page,
    ):
        page.open(running.url)
        page.wait("document.documentElement.dataset.painted")
        assert "WebAssembly" in page.run(f"{ASK}.accelerate(false))()")["backend"]
    assert "runtime/ort-wasm-simd-threaded.wasm" in sent
    assert [name for name in sent if "webgpu" in name or "asyncify" in name] == []
