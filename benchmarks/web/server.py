"""A server for one page of ours: on loopback, behind a secret, for exactly the files listed."""

from __future__ import annotations

import hmac
import queue
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

__all__ = ["HEADERS", "PageServer", "Upload"]

HEADERS = {
    # Without these two a browser gives a page no SharedArrayBuffer, so WebAssembly no threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "worker-src 'self'; connect-src 'self'; img-src blob:; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer. The page can reach nothing but this server."""

# A table of our own: that of the system may lack .mjs and .wasm, and browsers insist on them.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".jpg": "image/jpeg",
}
_ANY_TYPE = "application/octet-stream"
_SILENT_SECONDS = 30.0
_WAITING = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """What the page sent: hostile until it is read with care."""

    name: str
    body: bytes


class PageServer:
    """Serves ``files`` (path to content or file) and takes ``uploads`` (name to most bytes).

    A context manager: it listens inside the block only, on a free port of 127.0.0.1.
    """

    def __init__(self, files: Mapping[str, bytes | Path], uploads: Mapping[str, int]) -> None:
        self.files, self.uploads = dict(files), dict(uploads)
        self.token = secrets.token_urlsafe(32)
        self._received: queue.Queue[Upload] = queue.Queue(_WAITING)

    @property
    def port(self) -> int:
        """That the system chose."""
        return int(self._server.server_address[1])

    def url(self, name: str) -> str:
        """Of one of the files."""
        return f"http://127.0.0.1:{self.port}/{self.token}/{name}"

    def receive(self, seconds: float) -> Upload | None:
        """The next upload; None where none comes in time."""
        try:
            return self._received.get(timeout=seconds)
        except queue.Empty:
            return None

    def take(self, upload: Upload) -> bool:
        """Keep an upload for :meth:`receive`; False where too many wait already."""
        try:
            self._received.put_nowait(upload)
        except queue.Full:
            return False
        return True

    def name_of(self, path: str) -> str | None:
        """What follows the secret in a request's path; None for the wrong secret."""
        _, _, rest = path.partition("/")
        token, slash, name = rest.partition("/")
        same = hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())
        return name if slash and same else None

    def __enter__(self) -> PageServer:
        handler = type("Handler", (_Handler,), {"page": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
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
        """A browser that was killed in the middle of an answer is no news."""


class _Handler(BaseHTTPRequestHandler):
    page: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tinystyle", ""
    timeout = _SILENT_SECONDS

    def do_GET(self) -> None:
        name = self.page.name_of(self.path)
        found = None if name is None else self.page.files.get(name)  # names are never paths
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        body = found if isinstance(found, bytes) else found.read_bytes()
        self._answer(HTTPStatus.OK, body, _TYPES.get(PurePosixPath(name or "").suffix, _ANY_TYPE))

    def do_POST(self) -> None:
        name = self.page.name_of(self.path)
        limit = None if name is None else self.page.uploads.get(name)
        length = self.headers.get("Content-Length", "")
        self.close_connection = True  # unless the whole body was read
        if name is None or limit is None:
            self._answer(HTTPStatus.NOT_FOUND)
        elif not (length.isascii() and length.isdecimal()):
            self._answer(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > 12 or int(length) > limit:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            whole = len(body) == int(length)
            self.close_connection = not whole
            kept = whole and self.page.take(Upload(name, body))
            self._answer(HTTPStatus.NO_CONTENT if kept else HTTPStatus.TOO_MANY_REQUESTS)

    def _answer(self, status: HTTPStatus, body: bytes = b"", kind: str = _ANY_TYPE) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Other methods and damaged requests: a status, and nothing of what was sent."""
        self.close_connection = True
        self._answer(HTTPStatus(code))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""
