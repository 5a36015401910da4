"""A real PostgreSQL for tests, in a folder of its own and on a Unix socket there; where the system
has none, a test that wants one is skipped."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from desktop.catalog import Catalog
from desktop.catalog.schema import Base
from tests.index.stores.pgvector_server import _programs as packaged_programs

STARTS_WITHIN_S = 60.0
USER = "likeness"
EMPTY = f"""
    SET lock_timeout = '20s';
    TRUNCATE {", ".join(Base.metadata.tables)} RESTART IDENTITY;
    INSERT INTO catalog_state (id, revision) VALUES (1, 0)
"""


@dataclass
class PostgresServer:
    """A server that is running, and databases on it.

    Attributes:
        folder: where its socket is, and all it has written.
        programs: the folder of its programs.
        account: as whom it runs, see `_account`.
    """

    folder: Path
    programs: Path
    process: subprocess.Popen[bytes]
    account: dict[str, int] = field(default_factory=dict)
    _names: Iterator[int] = field(default_factory=itertools.count)
    _catalogs: list[str] = field(default_factory=list)
    _template: str = ""

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    @contextmanager
    def catalog(self) -> Iterator[str]:
        """The URL of a database with an empty catalog, which nobody else uses meanwhile. It is used
        again, since to make one takes a quarter of a second, and to empty one hardly any time."""
        name = self._catalogs.pop() if self._catalogs else self.create(self._made_template())
        yield self.url(name)
        self.run(EMPTY, name)
        self._catalogs.append(name)

    def _made_template(self) -> str:
        if not self._template:
            self._template = self.create()
            Catalog.open(self.url(self._template)).close()
        return self._template

    def create(self, template: str = "template0") -> str:
        """A new database; its name. A copy of another is quick."""
        name = f"likeness_{next(self._names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def call(self, program: str, *arguments: str, said: str = "") -> str:
        """Run one of PostgreSQL's own programs on it; what it answers."""
        server = [f"--host={self.folder}", f"--username={USER}"]
        command = [self.programs / program, *server, *arguments]
        return subprocess.run(
            command, input=said, capture_output=True, check=True, encoding="utf-8"
        ).stdout

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It ends as by `pg_ctl stop`, which cuts all connections, and is started anew."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        try:
            yield
        finally:
            self.process = _start(self.programs, self.folder, self.account)

    @contextmanager
    def asking_for_passwords(self, user: str) -> Iterator[None]:
        """This user is let in with a password only."""
        rules = self.folder / "data" / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"local all {user} scram-sha-256\n{before}")
        self.process.send_signal(signal.SIGHUP)
        try:
            yield
        finally:
            rules.write_text(before)
            self.process.send_signal(signal.SIGHUP)

    def run(self, statement: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user=USER, dbname=name, autocommit=True) as one:
            one.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start one as long as the context lasts. It refuses root, and then runs as another user."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (likeness[postgresql])")
    account = _account()
    # Not in pytest's own folder, which is shut to other users; and the path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="likeness-pg-"))
    try:
        programs = _programs(folder)
        if account:
            os.chown(folder, account["user"], account["group"])
        _make_cluster(programs, folder, account)
        server = PostgresServer(folder, programs, _start(programs, folder, account), account)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder of initdb and postgres: the system's (Debian's is not on the PATH), or else those
    of a package, which may have to be copied into `folder`."""
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL of the tests listens on a Unix socket")
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version, reverse=True)
    return found[0].parent if found else packaged_programs(folder)


def _version(initdb: Path) -> float:
    return float(initdb.parent.parent.name)


def _account() -> dict[str, int]:
    """As whom it runs, as arguments of Popen; nothing for the user who runs the tests."""
    if os.geteuid() != 0:
        return {}
    import pwd  # Windows has none

    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid}
    pytest.skip("PostgreSQL refuses root, and there is no other user here")


def _make_cluster(programs: Path, folder: Path, account: dict[str, int]) -> None:
    # "C.UTF-8" would be simpler and is not everywhere: catalogs bring their own order of letters.
    made = subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={folder / 'data'}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        **_as(account),
    )
    assert made.returncode == 0, made.stderr


def _start(programs: Path, folder: Path, account: dict[str, int]) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "shared_buffers": "32MB",
        "max_connections": "60",
        "autovacuum": "off",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            **_as(account),
        )
    _await(process, folder)
    return process


def _as(account: dict[str, int]) -> dict[str, object]:
    return {**account, "extra_groups": []} if account else {}


def _await(process: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            said = (folder / "log").read_text(errors="replace")
            assert process.poll() is None and time.monotonic() < deadline, said
            time.sleep(0.05)
