"""A model hub on 127.0.0.1 that speaks the part of the Hugging Face API a download needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

REPO = "tester/small-clip"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Request:
    """What was asked: path, the Range header or "", and all headers."""

    path: str
    range: str
    headers: dict[str, str]


@dataclass
class Hub:
    """One repository, and how the server misbehaves.

    Attributes:
        files: by path, what the listing promises.
        served: by path, what is sent in place of the promised content.
        cuts: how many answers of the weights still break off after `cut_bytes`.
        status: by part of a path, the answer that is given instead.
        login_page: everything is answered with a page of HTML.
        ranges: whether Range is understood.
        midway: called when `cut_bytes` of the weights have been sent and the rest has not.
        requests: everything asked so far.
        sent_bytes: content sent of the weights.
    """

    files: dict[str, bytes]
    served: dict[str, bytes] = field(default_factory=dict)
    cuts: int = 0
    cut_bytes: int = 200_000
    status: dict[str, int] = field(default_factory=dict)
    login_page: bool = False
    ranges: bool = True
    midway: Callable[[], None] | None = None
    requests: list[Request] = field(default_factory=list)
    sent_bytes: int = 0
    endpoint: str = ""

    @classmethod
    def offering(cls, folder: Path) -> Hub:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return cls({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})

    def asked_for(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.path]

    def listing(self) -> dict[str, object]:
        return {
            "id": REPO,
            "sha": COMMIT,
            "siblings": [self._sibling(name, content) for name, content in self.files.items()],
        }

    def _sibling(self, name: str, content: bytes) -> dict[str, object]:
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        sibling: dict[str, object] = {"rfilename": name, "size": len(content)}
        if not name.endswith((".safetensors", ".bin")):
            return sibling | {"blobId": git.hexdigest()}
        sha256 = hashlib.sha256(content).hexdigest()
        lfs = {"sha256": sha256, "size": len(content), "pointerSize": 134}
        return sibling | {"blobId": "0" * 40, "lfs": lfs}


def serve(hub: Hub) -> Callable[[], None]:
    """Serve until the function that is returned is called."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, hub)

        def handle(self) -> None:
            with suppress(ConnectionError):  # who asked has gone: a cancel
                super().handle()

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="hub")
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def answer(handler: BaseHTTPRequestHandler, hub: Hub) -> None:
    path = urlsplit(handler.path).path
    wanted_range = handler.headers.get("Range", "")
    hub.requests.append(Request(path, wanted_range, dict(handler.headers)))
    for part, status in hub.status.items():
        if part in path:
            return reply(handler, status, b"{}")
    if hub.login_page:
        return reply(handler, 200, b"<html>Welcome to the hotel</html>")
    if path.startswith(f"/api/models/{REPO}/revision/"):
        return reply(handler, 200, json.dumps(hub.listing()).encode())
    resolve = f"/{REPO}/resolve/{COMMIT}/"
    if path.startswith(resolve) and path.removeprefix(resolve) in hub.files:
        name = path.removeprefix(resolve)
        if name.endswith(".safetensors"):
            # The real hub sends large files from another server.
            return reply(handler, 302, b"", Location=f"/store/{name}")
        return send(handler, hub, name, wanted_range)
    if path.startswith("/store/"):
        return send(handler, hub, path.removeprefix("/store/"), wanted_range)
    return reply(handler, 404, b"{}")


def send(handler: BaseHTTPRequestHandler, hub: Hub, name: str, wanted_range: str) -> None:
    content = hub.served.get(name, hub.files[name])
    first = int(wanted_range.removeprefix("bytes=").rstrip("-")) if wanted_range else 0
    if not (hub.ranges and wanted_range):
        first = 0
    part = content[first:]
    handler.send_response(206 if wanted_range and hub.ranges else 200)
    handler.send_header("Content-Length", str(len(part)))
    if wanted_range and hub.ranges:
        handler.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
    handler.end_headers()
    if name.endswith(".safetensors"):
        if hub.cuts:
            hub.cuts -= 1
            part = part[: hub.cut_bytes]
            handler.close_connection = True
        hub.sent_bytes += len(part)
        if hub.midway is not None:
            handler.wfile.write(part[: hub.cut_bytes])
            hub.midway()
            part = part[hub.cut_bytes :]
    handler.wfile.write(part)


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
