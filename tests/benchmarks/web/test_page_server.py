"""The server of the page: loopback, a secret, the files listed and nothing else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinystyle.benchmarks.web.server import HEADERS, PageServer, Upload


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PageServer]:
    (tmp_path / "module.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("not listed")
    files: dict[str, bytes | Path] = {
        "page.html": b"<html>",
        "ort/code.mjs": b"1",
        "ort/code.wasm": tmp_path / "module.wasm",
    }
    with PageServer(files, {"message": 10}) as running:
        yield running


def _ask(
    server: PageServer, path: str, method: str = "GET", body: bytes | None = None
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("page.html", b"<html>", "text/html; charset=utf-8"),
        ("ort/code.mjs", b"1", "text/javascript; charset=utf-8"),
        ("ort/code.wasm", b"\0asm", "application/wasm"),
    ],
)
def test_listed_files_are_served_for_threads(
    server: PageServer, name: str, body: bytes, kind: str
) -> None:
    status, found, headers = _ask(server, f"/{server.token}/{name}")
    assert (status, found, headers["Content-Type"]) == (200, body, kind)
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert HEADERS.items() <= headers.items()
    assert server.url(name) == f"http://127.0.0.1:{server.port}/{server.token}/{name}"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page.html",
        "/wrong/page.html",
        "/{token}",
        "/{token}/",
        "/{token}/ort/",
        "/{token}/ort",
        "/{token}//page.html",
        "/{token}/./page.html",
        "/{token}/ort/../page.html",
        "/{token}/../../etc/passwd",
        "/{token}/%2e%2e/secret.txt",
        "/{token}/secret.txt",
        "/{token}/page.html?x=1",
        "/{token}/page.html%00",
        "http://127.0.0.1/{token}/page.html",
        "/{token}x/page.html",
        "/\u00ff/page.html",
    ],
)
def test_nothing_else_is_served(server: PageServer, path: str) -> None:
    target = path.format(token=server.token).encode("latin-1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    status, _, rest = answer.partition(b"\r\n")
    assert b" 404 " in status
    assert b"Content-Length: 0" in rest
    assert server.token.encode() not in answer


def test_it_listens_on_loopback_only_and_not_for_long() -> None:
    with PageServer({"a": b"b"}, {}) as server:
        port = server.port
        assert server._server.server_address[0] == "127.0.0.1"
        assert _ask(server, f"/{server.token}/a")[0] == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_secrets_differ() -> None:
    tokens = {PageServer({}, {}).token for _ in range(10)}
    assert len(tokens) == 10
    assert min(map(len, tokens)) >= 43  # 256 bits


def test_uploads_arrive_in_order(server: PageServer) -> None:
    for text in (b"one", b"two"):
        assert _ask(server, f"/{server.token}/message", "POST", text)[0] == 204
    assert server.receive(1.0) == Upload("message", b"one")
    assert server.receive(1.0) == Upload("message", b"two")
    assert server.receive(0.01) is None


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("{token}/message", "Content-Length: 11", 413),
        ("{token}/message", "Content-Length: 99999999999999999999", 413),
        ("{token}/message", "Content-Length: -1", 411),
        ("{token}/message", "Content-Length: ten", 411),
        ("{token}/message", "Transfer-Encoding: chunked", 411),
        ("{token}/page.html", "Content-Length: 3", 404),
        ("wrong/message", "Content-Length: 3", 404),
    ],
)
def test_other_uploads_are_refused(
    server: PageServer, path: str, headers: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        line = f"POST /{path.format(token=server.token)} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n"
        raw.sendall(line.encode())
        assert f" {status} ".encode() in raw.recv(4096)
    assert server.receive(0.01) is None


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT"])
def test_other_methods_are_refused(server: PageServer, method: str) -> None:
    assert _ask(server, f"/{server.token}/page.html", method)[0] == 501


def test_a_flood_of_messages_is_stopped(server: PageServer) -> None:
    kept = [server.take(Upload("message", b"x")) for _ in range(500)]
    assert not all(kept)
    assert kept.count(True) >= 100
