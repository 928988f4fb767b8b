"""The site on a server of others, as GitHub Pages is: below a path, without headers of its own."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tinystyle.benchmarks.web.devtools import Page

READY = "document.documentElement.dataset.painted && document.querySelector('#working').hidden"
BACKEND = "document.querySelector('#facts').textContent"


class _PlainHandler(http.server.SimpleHTTPRequestHandler):
    # As an address with a file's kind is served everywhere; the system's own table may lack them.
    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""


@contextmanager
def _plain_server(folder: Path) -> Iterator[str]:
    handler = functools.partial(_PlainHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_below_a_path_without_headers_the_page_has_threads_and_works_offline(
    program: Path, site: Path, tmp_path: Path
) -> None:
    (tmp_path / "repo").symlink_to(site, target_is_directory=True)
    with Page(program, seconds=120.0) as page:
        with _plain_server(tmp_path) as root:
            url = f"{root}repo/"
            page.open(url)
            # The service worker adds the headers and the page is loaded once more.
            page.wait(f"crossOriginIsolated && {READY}")
            page.wait("document.documentElement.dataset.offline")
            assert "1 thread" not in page.run(BACKEND)
            assert page.complaints() == []
            elsewhere = [
                asked for asked in page.requests() if not asked.startswith((url, f"blob:{root}"))
            ]
            assert elsewhere == []
        page.open(url)
        page.wait(f"crossOriginIsolated && {READY}")
        page.run("document.querySelector('#styles button:nth-child(6)').click()")
        title = "document.querySelector('#slot-first span').textContent"
        page.wait(f"{title} === 'Stained glass' && {READY}")
