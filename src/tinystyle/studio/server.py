"""The site on loopback, with the headers that give a page threads, and compressed where it may."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from tinystyle.errors import OptionError, OutputError
from tinystyle.studio.compression import ENCODINGS

__all__ = ["HEADERS", "SiteServer"]

HEADERS = {
    # Without these two a browser gives a page no SharedArrayBuffer, so WebAssembly no threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self' blob:; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Kept, but asked for each time: a site that was written anew is seen at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
"""Of every answer. The page can reach nothing but this server."""

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
_ANY_TYPE = "application/octet-stream"
_LOOPBACK = "127.0.0.1"
_SILENT_SECONDS = 30.0


class SiteServer:
    """Serves a folder that ``write_site`` made, and nothing else, on 127.0.0.1.

    A context manager: it listens inside the block. The files are those that lie there when it is
    made; names in requests are looked up among them and never become paths. Raises OutputError
    for a folder without a page, OptionError for a port that cannot be had; port 0 takes any.
    ``tell`` gets the name and the bytes of each file that was sent, from several threads.
    """

    def __init__(
        self, folder: Path, port: int = 0, *, tell: Callable[[str, int], None] | None = None
    ) -> None:
        if not 0 <= port <= 65535:
            raise OptionError(f"port is {port}; allowed are 0 (any free one) to 65535")
        if not (folder / "index.html").is_file():
            raise OutputError(f"{folder}: holds no site; tinystyle web --output {folder} makes one")
        self.files = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file()
        }
        self._asked, self.tell = port, tell

    @property
    def port(self) -> int:
        """That it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://{_LOOPBACK}:{self.port}/"

    @cached_property
    def tags(self) -> dict[str, str]:
        """ETag of each file."""
        return {
            name: f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"'
            for name, path in self.files.items()
        }

    def wait(self) -> None:
        """Until the process is interrupted."""
        self._thread.join()

    def __enter__(self) -> SiteServer:
        handler = type("Handler", (_Handler,), {"site": self})
        try:
            self._server = _Server((_LOOPBACK, self._asked), handler)
        except OSError as error:
            raise OptionError(
                f"port {self._asked} cannot be had ({error.strerror}); --port 0 takes a free one"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a browser keeps connections open

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle of an answer is no news."""


class _Handler(BaseHTTPRequestHandler):
    site: SiteServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tinystyle", ""
    timeout = _SILENT_SECONDS

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def _serve(self, *, with_body: bool) -> None:
        name = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        # Another name than loopback's would be a page of somebody else's that points here.
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host not in (_LOOPBACK, "localhost") or name not in self.site.files:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        accepted = _accepted(self.headers.get("Accept-Encoding", ""))
        encoding = next(
            (way for way, end in ENCODINGS.items() if way in accepted and self._has(name + end)),
            None,
        )
        stored = name if encoding is None else name + ENCODINGS[encoding]
        tag = self.site.tags[stored]
        headers = {"ETag": tag}
        if self.headers.get("If-None-Match") == tag:
            self._answer(HTTPStatus.NOT_MODIFIED, headers=headers)
            return
        headers["Content-Type"] = _TYPES.get(PurePosixPath(name).suffix, _ANY_TYPE)
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        body = self.site.files[stored].read_bytes()
        self._answer(HTTPStatus.OK, body, headers, with_body=with_body)
        if self.site.tell is not None and with_body:
            self.site.tell(name, len(body))

    def _has(self, name: str) -> bool:
        return name in self.site.files

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        with_body: bool = True,
    ) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **(headers or {})}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Other methods and damaged requests: a status, and nothing of what was sent."""
        self.close_connection = True
        self._answer(HTTPStatus(code))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""


def _accepted(header: str) -> set[str]:
    """Names in an Accept-Encoding header, without those that it refuses by a quality of zero."""
    found = set()
    for part in header.split(","):
        way, *parameters = (word.strip().lower() for word in part.split(";"))
        refused = any(word.replace(" ", "").rstrip("0") in ("q=", "q=0.") for word in parameters)
        if not refused:
            found.add(way)
    return found
