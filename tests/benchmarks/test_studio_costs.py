"""What is written of the studio's costs, and the command that measures them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from tinystyle.benchmarks.latency.machine_load import Load
from tinystyle.benchmarks.studio.instruments import Memory
from tinystyle.benchmarks.studio.measurement import Costs, Span, Visit
from tinystyle.benchmarks.studio.screenshots import VIEWS
from tinystyle.benchmarks.studio.table import to_fields, to_markdown
from tinystyle.benchmarks.web.browser import find_browser
from tinystyle.benchmarks.web.runtime import RUNTIME_VARIABLE, cached_runtime, runtime_in
from tinystyle.cli import main
from tinystyle.errors import AbsentTargetError, OptionError


def _visit(factor: float, task: float = 0.0, resident: int | None = 300_000_000) -> Visit:
    return Visit(
        backend="WebAssembly, 2 threads",
        first=Span(factor, 2 * factor),
        first_bytes=2_940_000,
        cold=Span(3 * factor, 4 * factor),
        own_bytes=9_460_000,
        warm=Span(1.5 * factor, factor),
        side=256,
        frames=40,
        camera=Span(2 * factor, 4 * factor),
        load_task=task,
        camera_task=0.0,
        memory=Memory(6_000_000, resident),
    )


def test_the_table_tells_medians_and_the_load() -> None:
    costs = Costs((_visit(1.0), _visit(5.0), _visit(2.0, 0.12)), Load(2, 3.0), 1.25)
    text = to_markdown(costs)
    assert "| address to bundled picture | 2.00 s | 4.00 s |" in text
    assert "| bytes to a picture of one's own artwork | 9.46 MB |  |" in text
    assert "| camera, 256 px | 10.0 frames a second | 200 ms a frame |" in text
    # The longest of all visits, and nothing invented below what browsers tell.
    assert "loading | 120 ms |" in text
    assert "camera | under 50 ms |" in text
    assert "| 300 MB |" in text
    assert "3 visits, medians; WebAssembly, 2 threads. Other programs took 1.2 of 2 cores" in text
    fields = json.loads(json.dumps(to_fields(costs)))
    assert fields["other_programs_cores"] == 1.25
    assert [visit["first"]["wall"] for visit in fields["visits"]] == [1.0, 5.0, 2.0]


def test_what_a_system_does_not_tell_is_left_away() -> None:
    text = to_markdown(Costs((_visit(1.0, resident=None),), None, None))
    assert "the page's process" not in text
    assert "1 visit; WebAssembly, 2 threads. What else used the machine is not known." in text


def test_the_command_wants_visits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "studio", "--num-runs", "0"]) == OptionError.exit_code
    assert "number of runs is 0" in capsys.readouterr().err


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site, where a browser and onnxruntime-web are."""
    from tinystyle.studio.site import write_site

    if os.name != "posix":
        pytest.skip("the browser is driven over pipes")
    try:
        find_browser()
        runtime = runtime_in(Path(os.environ.get(RUNTIME_VARIABLE) or cached_runtime()))
    except (AbsentTargetError, OptionError) as error:
        pytest.skip(str(error))
    return write_site(tmp_path / "site", runtime, compress=False).folder


@pytest.mark.slow
def test_screenshots_have_the_size_of_their_views(site: Path, tmp_path: Path) -> None:
    options = ["--site", str(site), "--screenshots", str(tmp_path / "seen")]
    assert main(["experiment", "studio", *options]) == 0
    sizes = {path.name: Image.open(path).size for path in (tmp_path / "seen").iterdir()}
    assert sizes == {
        f"studio-{name}.png": tuple(side * (1 + view.mobile) for side in (view.width, view.height))
        for name, view in VIEWS.items()
    }


@pytest.mark.slow
def test_a_visit_is_measured(site: Path, tmp_path: Path) -> None:
    options = ["--site", str(site), "--num-runs", "1", "-o", str(tmp_path)]
    assert main(["experiment", "studio", *options]) == 0
    (visit,) = json.loads((tmp_path / "studio.json").read_text())["visits"]
    sizes = {path.name: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    # Nothing is compressed here: runtime and template come first, the hypernetwork for the rest.
    least = sizes["ort-wasm-simd-threaded.wasm"] + sizes["template.onnx"]
    assert least < visit["first_bytes"] < sum(sizes.values()) - sizes["hypernetwork.onnx"]
    later = visit["own_bytes"] - visit["first_bytes"]
    assert 0 <= later - sizes["hypernetwork.onnx"] < 100_000
    assert visit["first"]["cpu"] > 0
    assert visit["frames"] >= 10
