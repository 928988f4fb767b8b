"""A server for one page of ours: on loopback, behind a secret, for exactly the files listed."""

from __future__ import annotations

import hmac
import queue
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tinystyle.loopback import ADDRESS, ISOLATION, LoopbackServer, RequestHandler, content_type

__all__ = ["HEADERS", "PageServer", "Upload"]

HEADERS = {
    **ISOLATION,
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "worker-src 'self'; connect-src 'self'; img-src blob:; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}
"""Of every answer. The page can reach nothing but this server."""

_WAITING = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """What the page sent: hostile until it is read with care."""

    name: str
    body: bytes


class PageServer(LoopbackServer):
    """Serves ``files`` (path to content or file) and takes ``uploads`` (name to most bytes).

    A context manager: it listens inside the block only, on a free port of 127.0.0.1.
    """

    def __init__(self, files: Mapping[str, bytes | Path], uploads: Mapping[str, int]) -> None:
        super().__init__(_Handler)
        self.files, self.uploads = dict(files), dict(uploads)
        self.token = secrets.token_urlsafe(32)
        self._received: queue.Queue[Upload] = queue.Queue(_WAITING)

    def url(self, name: str) -> str:
        """Of one of the files."""
        return f"http://{ADDRESS}:{self.port}/{self.token}/{name}"

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


class _Handler(RequestHandler):
    site: PageServer
    headers_of_all = HEADERS

    def do_GET(self) -> None:
        name = self.site.name_of(self.path)
        found = None if name is None else self.site.files.get(name)  # names are never paths
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        body = found if isinstance(found, bytes) else found.read_bytes()
        self._answer(HTTPStatus.OK, body, content_type(name or ""))

    def do_POST(self) -> None:
        name = self.site.name_of(self.path)
        limit = None if name is None else self.site.uploads.get(name)
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
            kept = whole and self.site.take(Upload(name, body))
            self._answer(HTTPStatus.NO_CONTENT if kept else HTTPStatus.TOO_MANY_REQUESTS)

    def _answer(self, status: HTTPStatus, body: bytes = b"", kind: str = "") -> None:
        length = {"Content-Length": str(len(body))}
        headers = {} if status == HTTPStatus.NO_CONTENT else length
        self.answer(status, headers | ({"Content-Type": kind} if kind else {}), body)
