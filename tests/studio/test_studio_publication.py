"""The site on a server of others, as GitHub Pages is: below a path, without headers of its own."""

from __future__ import annotations

import functools
import http.server
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinystyle.benchmarks.web.devtools import Page
from tinystyle.errors import TargetError
from tinystyle.loopback import content_type

READY = "document.documentElement?.dataset.painted && document.querySelector('#working').hidden"
RELOAD_SECONDS = 120.0
BACKEND = "document.querySelector('#facts').textContent"


class _PlainHandler(http.server.SimpleHTTPRequestHandler):
    def guess_type(self, path: str | os.PathLike[str]) -> str:
        """Of the page's own table: the system's may lack these, which every such server has."""
        return content_type(str(path))

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


def _wait_over_reload(page: Page, condition: str) -> None:
    """As ``page.wait``, while documents come and go: what is asked in between has no answer."""
    end = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < end:
        with suppress(TargetError):
            if page.run(condition):
                return
        time.sleep(0.1)
    raise AssertionError(f"not true in time: {condition}")


def test_below_a_path_without_headers_the_page_has_threads_and_works_offline(
    program: Path, site: Path, tmp_path: Path
) -> None:
    (tmp_path / "repo").symlink_to(site, target_is_directory=True)
    with Page(program, seconds=120.0) as page:
        with _plain_server(tmp_path) as root:
            url = f"{root}repo/"
            page.open(url)
            # The service worker adds the headers and the page is loaded once more.
            _wait_over_reload(page, f"crossOriginIsolated && {READY}")
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
