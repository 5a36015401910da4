"""The guards of conftest.py and tests/no_network do refuse what they are there to refuse."""

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from desktop.catalog import Catalog
from desktop.catalog.databases.sqlite.opening import MIGRATIONS_PATH
from tests import new_catalogs

ELSEWHERE = ("192.0.2.1", 80)  # an address that is reserved for documentation


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_another_machine_cannot_be_reached(
    kind: socket.SocketKind, tried_connections: Path
) -> None:
    with socket.socket(type=kind) as connection, pytest.raises(PermissionError):
        connection.connect(ELSEWHERE)
    with socket.socket(type=kind) as connection, pytest.raises(PermissionError):
        connection.sendto(b"?", ELSEWHERE)
    assert tried_connections.read_text().count(ELSEWHERE[0]) == 2


def test_the_name_of_another_machine_is_not_looked_up(tried_connections: Path) -> None:
    with pytest.raises(PermissionError):
        socket.getaddrinfo("likeness.invalid", 443)
    with pytest.raises(PermissionError):
        socket.gethostbyname("likeness.invalid")
    assert tried_connections.read_text().count("likeness.invalid") == 2


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_a_program_that_tries_is_refused_and_written_down(tried_connections: Path) -> None:
    code = f"import socket; socket.create_connection({ELSEWHERE}, timeout=5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "PermissionError" in done.stderr
    assert ELSEWHERE[0] in tried_connections.read_text()


SWALLOWS = f"""
import contextlib, socket, subprocess, sys
def test_here():
    with contextlib.suppress(OSError):
        socket.create_connection({ELSEWHERE}, timeout=5)
def test_in_a_child():
    subprocess.run([sys.executable, "-c", "import socket; socket.gethostbyname('a.invalid')"],
                   stderr=subprocess.DEVNULL)
def test_in_a_child_without_the_guard():
    subprocess.run([sys.executable, "-c", ""], env={{}})
def test_nothing():
    pass
"""


def test_a_test_fails_even_where_the_refusal_was_swallowed(tmp_path: Path) -> None:
    """A run of its own, with our conftest.py."""
    root = Path(__file__).parents[1]
    (tmp_path / "conftest.py").write_text((root / "tests" / "conftest.py").read_text())
    (tmp_path / "test_swallows.py").write_text(SWALLOWS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_swallows.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
    )
    assert "4 passed, 3 errors" in done.stdout, done.stdout
    assert done.stdout.count("tried to reach another machine") >= 2
    assert "without the network guard" in done.stdout


def test_the_home_folder_is_a_temporary_one() -> None:
    assert Path(tempfile.gettempdir()) in Path.home().parents


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("unexpected", stacklevel=1)


def test_a_copied_catalog_is_what_the_migrations_make(tmp_path: Path) -> None:
    copied, made = tmp_path / "copied.sqlite", tmp_path / "made.sqlite"
    Catalog.open(copied).close()
    new_catalogs.migrate(made, MIGRATIONS_PATH)

    assert described(copied) == described(made)


def described(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as catalog:
        pragmas = ("journal_mode", "page_size", "user_version")
        settings = [catalog.execute(f"PRAGMA {name}").fetchone() for name in pragmas]
        return [*settings, *catalog.iterdump()]
