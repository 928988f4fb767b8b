"""A server on this machine's own address alone: what those of pages share."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, TypeVar

from tinystyle.errors import OptionError

__all__ = ["ADDRESS", "ISOLATION", "LoopbackServer", "RequestHandler", "content_type"]

ADDRESS = "127.0.0.1"

ISOLATION = {
    # Without these two a browser gives a page no SharedArrayBuffer, so WebAssembly no threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Headers for a page that is alone with its server."""

# A table of our own: that of the system may lack .mjs and .wasm, and browsers insist on them.
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
_SILENT_SECONDS = 30.0
_POLL_SECONDS = 0.05

Self = TypeVar("Self", bound="LoopbackServer")


def content_type(name: str) -> str:
    """Of a file, by the end of its name; bytes of no type where that is not known."""
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


class LoopbackServer:
    """A context manager: it listens inside the block, each request in a thread of its own."""

    def __init__(self, handler: type[RequestHandler], port: int = 0) -> None:
        """``handler`` finds this server as ``self.site``; port 0 takes any free one."""
        self._handler, self._asked = handler, port

    @property
    def port(self) -> int:
        """That it listens on."""
        return int(self._server.server_address[1])

    def wait(self) -> None:
        """Until the process is interrupted."""
        self._thread.join()

    def __enter__(self: Self) -> Self:
        handler = type("Handler", (self._handler,), {"site": self})
        try:
            self._server = _Server((ADDRESS, self._asked), handler)
        except OSError as error:
            raise OptionError(
                f"port {self._asked} cannot be had ({error.strerror}); --port 0 takes a free one"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
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


class RequestHandler(BaseHTTPRequestHandler):
    """Tells nothing of itself, of Python, or of what was sent. ``headers_of_all`` are those of
    every answer."""

    headers_of_all: Mapping[str, str] = ISOLATION
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tinystyle", ""
    timeout = _SILENT_SECONDS

    def answer(self, status: HTTPStatus, headers: dict[str, str], body: bytes = b"") -> None:
        """Status, headers, body. Raises what a socket does."""
        self.send_response(status)
        for name, value in {**self.headers_of_all, **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Other methods and damaged requests: a status, and nothing of what was sent."""
        self.close_connection = True
        self.answer(HTTPStatus(code), {"Content-Length": "0"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence."""
