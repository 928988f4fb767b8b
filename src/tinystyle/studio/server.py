"""The site on loopback, with the headers that give a page threads, and compressed where it may."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tinystyle.errors import OptionError, OutputError
from tinystyle.loopback import ADDRESS, ISOLATION, LoopbackServer, RequestHandler, content_type
from tinystyle.studio.compression import ENCODINGS

__all__ = ["HEADERS", "SiteServer"]

HEADERS = {
    **ISOLATION,
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self' blob:; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    # Kept, but asked for each time: a site that was written anew is seen at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
"""Of every answer. The page can reach nothing but this server."""


class SiteServer(LoopbackServer):
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
        super().__init__(_Handler, port)
        self.tell = tell
        self._tags: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://{ADDRESS}:{self.port}/"

    def tag(self, name: str) -> str:
        """ETag of a file, computed when it is first asked for."""
        if name not in self._tags:
            digest = hashlib.sha256(self.files[name].read_bytes()).hexdigest()
            self._tags[name] = f'"{digest[:32]}"'
        return self._tags[name]


class _Handler(RequestHandler):
    site: SiteServer
    headers_of_all = HEADERS

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def _serve(self, *, with_body: bool) -> None:
        name = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        # Another name than loopback's would be a page of somebody else's that points here.
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host not in (ADDRESS, "localhost") or name not in self.site.files:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        accepted = _accepted(self.headers.get("Accept-Encoding", ""))
        encoding = next(
            (way for way, end in ENCODINGS.items() if way in accepted and self._has(name + end)),
            None,
        )
        stored = name if encoding is None else name + ENCODINGS[encoding]
        tag = self.site.tag(stored)
        headers = {"ETag": tag}
        if self.headers.get("If-None-Match") == tag:
            self._answer(HTTPStatus.NOT_MODIFIED, headers=headers)
            return
        headers["Content-Type"] = content_type(name)
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
        length = {} if status == HTTPStatus.NOT_MODIFIED else {"Content-Length": str(len(body))}
        self.answer(status, length | (headers or {}), body if with_body else b"")


def _accepted(header: str) -> set[str]:
    """Names in an Accept-Encoding header, without those that it refuses by a quality of zero."""
    found = set()
    for part in header.split(","):
        way, *parameters = (word.strip().lower() for word in part.split(";"))
        refused = any(word.replace(" ", "").rstrip("0") in ("q=", "q=0.") for word in parameters)
        if not refused:
            found.add(way)
    return found
