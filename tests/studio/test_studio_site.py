"""The folder that is written, and what a browser receives of it."""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tinystyle.benchmarks.web.runtime import ENTRIES
from tinystyle.cli import main
from tinystyle.errors import OptionError, OutputError
from tinystyle.export.template import make_template
from tinystyle.network.stylenet import StyleNet
from tinystyle.pictures.images import read_picture
from tinystyle.runtime.hypernetwork import Hypernetwork
from tinystyle.studio.compression import compressed, has_brotli
from tinystyle.studio.gallery import NOTES
from tinystyle.studio.server import HEADERS, SiteServer
from tinystyle.studio.site import Site, first_files, write_site


@pytest.fixture(scope="module")
def written(stand_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """With compressed files; a cache of its own."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        # Seven megabytes by the slowest of brotli take a minute.
        patch.setattr("tinystyle.studio.compression.has_brotli", lambda: False)
        return write_site(folder / "site", stand_in)


def test_the_site_holds_networks_of_its_artworks(written: Site) -> None:
    index = json.loads((written.folder / "site.json").read_text())
    hypernetwork = Hypernetwork()
    first, *_, last = index["styles"]
    for style in (first, last):
        picture = read_picture(written.folder / style["artwork"])
        assert picture.sha256 == style["sha256"]
        net = hypernetwork.generate(picture, style["name"])
        stored = np.fromfile(written.folder / style["weights"], "<f4")
        assert np.array_equal(stored, net.flat())
    net = hypernetwork.generate(read_picture(written.folder / first["artwork"]), first["name"])
    template = make_template(StyleNet(net.spec, net.weights, NOTES))
    assert (written.folder / index["template"]["model"]).read_bytes() == template.model
    assert json.loads((written.folder / index["template"]["places"]).read_text()) == json.loads(
        template.to_json()
    )


def test_every_file_is_named_to_the_service_worker(written: Site) -> None:
    worker = (written.folder / "service-worker.mjs").read_text()
    listed = json.loads(worker.split("const FILES = ")[1].split(";")[0])
    there = {
        path.relative_to(written.folder).as_posix()
        for path in written.folder.rglob("*")
        if path.is_file() and path.suffix not in (".gz", ".br")
    }
    entry, stem = ENTRIES["webgpu"]  # loaded where there is a GPU, and kept from then on
    later = {f"runtime/{name}" for name in (entry, f"{stem}.mjs", f"{stem}.wasm")}
    assert later < there
    kept = there - later
    assert {*listed, "index.html", "service-worker.mjs", "README.md"} == {*kept, "./"}
    assert "SITE_VERSION" not in worker


def test_compressed_files_lie_beside_and_restore(written: Site) -> None:
    packed = sorted(written.folder.rglob("*.gz"))
    assert {"studio.mjs.gz", "hypernetwork.onnx.gz"} <= {path.name for path in packed}
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()
    assert written.first_bytes < written.own_bytes < written.size_bytes


def test_bytes_over_the_wire_count_what_the_first_picture_needs(written: Site) -> None:
    names = [path.relative_to(written.folder).as_posix() for path in written.folder.rglob("*")]
    files = {
        name: (written.folder / name).read_bytes()
        for name in names
        if (written.folder / name).is_file()
    }
    first = first_files({name: data for name, data in files.items() if not name.endswith(".gz")})
    assert {"index.html", "networks/template.onnx", "photographs/china.jpg"} <= set(first)
    assert not {"networks/hypernetwork.onnx", "photographs/chelsea.jpg"} & set(first)
    # What paints in tiles is asked for by the worker when it is needed, and kept without a network.
    later = {"tiled-painting.mjs", "tile-plan.mjs", "graph-part.mjs", "networks/tiles.onnx"}
    later.add("region-mask.mjs")
    early = _imported(written.folder, "studio.mjs") | _imported(
        written.folder, "painting-worker.mjs"
    )
    assert not later & (set(first) | early)
    assert all(json.dumps(name) in files["service-worker.mjs"].decode() for name in later)


def test_a_damaged_cache_is_not_believed(tmp_path: Path) -> None:
    data = {"a.onnx": b"abcd" * 50_000}
    made = compressed(data, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b"damaged")
    assert compressed(data, tmp_path) == made
    assert made.wire["a.onnx"] < 2000
    assert ("a.onnx.br" in made.files) == has_brotli()


def test_a_folder_of_others_is_left_alone(stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="holds other files than a site of tinystyle web"):
        write_site(tmp_path, stand_in, compress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_command_wants_something_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web"]) == OptionError.exit_code
    assert "--output DIR writes the site, --serve shows it" in capsys.readouterr().err


@pytest.fixture
def server(written: Site) -> Iterator[SiteServer]:
    with SiteServer(written.folder) as running:
        yield running


def _get(server: SiteServer, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def test_files_come_compressed_where_that_is_taken(server: SiteServer, written: Site) -> None:
    plain = (written.folder / "studio.mjs").read_bytes()
    status, headers, body = _get(server, "/studio.mjs")
    assert (status, body) == (200, plain)
    assert headers["Content-Type"].startswith("text/javascript")
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    status, headers, body = _get(server, "/studio.mjs", Accept_Encoding="gzip, br")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == plain
    status, _, body = _get(
        server, "/studio.mjs", Accept_Encoding="gzip, br", If_None_Match=headers["ETag"]
    )
    assert (status, body) == (304, b"")


@pytest.mark.parametrize("refusal", ["gzip;q=0, br", "identity, gzip; q=0.000"])
def test_a_refused_compression_is_not_sent(server: SiteServer, refusal: str) -> None:
    _, headers, _ = _get(server, "/studio.mjs", Accept_Encoding=refusal)
    assert "Content-Encoding" not in headers
    _, headers, _ = _get(server, "/studio.mjs", Accept_Encoding="GZIP;q=0.5")
    assert headers["Content-Encoding"] == "gzip"


def test_the_server_tells_what_it_sent(written: Site) -> None:
    sent: list[tuple[str, int]] = []
    with SiteServer(written.folder, tell=lambda name, size: sent.append((name, size))) as running:
        _, _, body = _get(running, "/studio.mjs", Accept_Encoding="gzip")
        _get(running, "/nothing")
    assert sent == [("studio.mjs", len(body))]


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/nothing", "/styles", "/site.json/"],
)
def test_nothing_else_is_served(server: SiteServer, path: str) -> None:
    assert _get(server, path)[0] == 404


def test_another_host_name_is_refused(server: SiteServer) -> None:
    assert _get(server, "/", Host=f"evil.example:{server.port}")[0] == 404
    assert _get(server, "/", Host=f"localhost:{server.port}")[0] == 200


def test_a_port_that_is_taken_is_told(server: SiteServer, written: Site) -> None:
    with (
        pytest.raises(OptionError, match=f"port {server.port} cannot be had"),
        SiteServer(written.folder, server.port),
    ):
        pass
    with pytest.raises(OptionError, match="allowed are 0"):
        SiteServer(written.folder, 70_000)


def test_the_page_and_the_server_have_one_policy(written: Site) -> None:
    page = (written.folder / "index.html").read_text()
    policy = page.split('Security-Policy" content="')[1].split('"')[0]
    # A page cannot forbid frames by itself.
    assert HEADERS["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"


def _imported(folder: Path, name: str) -> set[str]:
    """Modules that a module needs before it runs, by name, and itself."""
    found, asked = set(), [name]
    while asked:
        if (module := asked.pop()) not in found:
            found.add(module)
            text = (folder / module).read_text()
            asked += re.findall(r'^import [^;]*?"\./([a-z-]+\.mjs)";', text, re.MULTILINE)
    return found


def test_the_page_asks_for_all_its_modules_at_once(written: Site) -> None:
    page = (written.folder / "index.html").read_text()
    scripts = re.findall(r'<script type="module" src="([^"]+)"', page)
    early = re.findall(r'<link rel="modulepreload" href="([^"]+)"', page)
    # The painter's module starts the worker; it must not wait for the others.
    assert scripts == ["painter.mjs", "studio.mjs"]
    assert '<script type="module" src="painter.mjs" async>' in page
    assert sorted([*scripts, *early]) == sorted(_imported(written.folder, "studio.mjs"))
    assert _imported(written.folder, "painter.mjs") == {"painter.mjs", "picture-file.mjs"}


def test_the_card_of_a_space_has_the_headers_for_threads(written: Site) -> None:
    card = (written.folder / "README.md").read_text()
    head = card.split("---")[1]
    assert "sdk: static" in head
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
        assert f"\n  {name.lower()}: {HEADERS[name]}\n" in head
