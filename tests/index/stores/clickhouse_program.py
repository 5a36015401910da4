"""chdb behind the HTTP that a ClickHouse server speaks, as far as clickhouse-connect asks for it:
no server of ClickHouse can be had from a package. A process: `python THIS PORT FOLDER`."""

from __future__ import annotations

import email.parser
import email.policy
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

USER, PASSWORD = "likeness", "a red umbrella"
_NATIVE = "FORMAT Native"
_REFUSED = (
    "Code: 516. DB::Exception: likeness: Authentication failed: password is incorrect, or there is"
    " no user with such name. (AUTHENTICATION_FAILED)"
)


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    turn = threading.Lock()
    chdb: Any

    def do_GET(self) -> None:
        self._answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        fields = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self._body()
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            whole = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
            parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole)
            for part in parsed.iter_parts():
                name = part.get_param("name", header="content-disposition")
                fields[str(name)] = part.get_payload(decode=True).decode()
            body = b""
        elif kind.startswith("application/x-www-form-urlencoded"):
            fields |= dict(parse_qsl(body.decode(), keep_blank_values=True))
            body = b""
        if not self._is_known():
            self._answer(403, _REFUSED.encode(), "516")
            return
        try:
            self._answer(200, self._ask(fields, body))
        except Exception as error:  # what the engine says becomes an answer
            code = str(error).partition("Code: ")[2].partition(".")[0] or "1"
            self._answer(500, str(error).encode(), code)

    def _ask(self, fields: dict[str, str], body: bytes) -> bytes:
        statement = fields.get("query", "")
        values = {name[6:]: value for name, value in fields.items() if name.startswith("param_")}
        if (statement.encode() + body[:20]).lstrip().upper().startswith(b"INSERT"):
            return self._insert(statement, body)
        statement += body.decode()
        is_native = statement.rstrip().endswith(_NATIVE)
        statement = statement.rstrip().removesuffix(_NATIVE)
        with self.turn:
            answer = self.chdb.query(statement, "Native" if is_native else "TSV", values)
            return bytes(answer.bytes() or b"")

    def _insert(self, statement: str, body: bytes) -> bytes:
        head, _, block = body.partition(b"\n") if not statement else (b"", b"", body)
        statement = statement or head.decode()
        with tempfile.NamedTemporaryFile(suffix=".native") as file:
            file.write(block)
            file.flush()
            into = statement.rstrip().removesuffix(_NATIVE)
            with self.turn:
                self.chdb.query(f"{into} FROM INFILE '{file.name}' {_NATIVE}", "TSV")
        return b""

    def _is_known(self) -> bool:
        import base64

        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.headers.get("Authorization", "") == f"Basic {wanted}"

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            body = b""
            while n := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(n)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Format", "Native")
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written to the terminal."""


if __name__ == "__main__":
    Front.chdb = chdb.connect(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Front)
    server.daemon_threads = True
    server.serve_forever()
