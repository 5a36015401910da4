"""A full session of the program opens no socket, and what watches it would have seen one."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.no_network.sitecustomize import REPORT

ROOT = Path(__file__).parents[2]
BY_KERNEL = sys.platform == "linux"

# What a library in another language would do: straight to the C library, past Python's hooks.
NATIVE = "import ctypes; ctypes.CDLL(None).socket({family}, 1, 0)"


def watched(tmp_path: Path, code: str) -> tuple[int, str]:
    """Exit code of a program under the watch, and what was written down."""
    report = tmp_path / "sockets.txt"
    start = f"""
from pathlib import Path
from desktop.cli.checking.socket_watch import watch_sockets
is_by_kernel = watch_sockets(Path({str(report)!r}))
import socket, subprocess, sys
{code}
"""
    unguarded = {name: value for name, value in os.environ.items() if name != REPORT}
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=ROOT, env=unguarded, capture_output=True, text=True
    )
    return done.returncode, report.read_text()


def test_a_whole_session_opens_no_socket(program: Program) -> None:
    said = program("doctor", "--offline-proof", "--json").json
    assert said["offline"] and said["sockets"] == []
    assert said["done"] == {"indexed": 12, "found by words": 12, "found similar": 11}
    assert ("by the kernel" in said["watched"]) == BY_KERNEL
    assert "download" in said["not_watched"]


@pytest.mark.skipif(sys.platform == "win32", reason="socket pairs are internet sockets there")
def test_python_code_that_opens_a_socket_is_written_down(tmp_path: Path) -> None:
    code, seen = watched(tmp_path, "socket.socket(socket.AF_INET)")
    assert f"family {int(socket.AF_INET)}" in seen
    assert code != 0 if BY_KERNEL else code == 0


def test_a_name_that_is_looked_up_is_written_down(tmp_path: Path) -> None:
    _, seen = watched(tmp_path, "socket.getaddrinfo('127.0.0.1', 80)")
    assert "socket.getaddrinfo 127.0.0.1" in seen


@pytest.mark.skipif(not BY_KERNEL, reason="only Linux's kernel watches")
@pytest.mark.parametrize("family", [2, 10, 16])
def test_other_code_that_opens_a_socket_is_ended_and_written_down(
    tmp_path: Path, family: int
) -> None:
    code, seen = watched(tmp_path, NATIVE.format(family=family))
    assert code < 0
    assert 'File "<string>"' in seen, "the line that did it is named"


@pytest.mark.skipif(not BY_KERNEL, reason="only Linux's kernel watches")
def test_programs_that_are_started_are_watched_too(tmp_path: Path) -> None:
    child = f"subprocess.run([sys.executable, '-c', {NATIVE.format(family=2)!r}]).returncode"
    code, _ = watched(tmp_path, f"sys.exit({child} < 0)")
    assert code == 1


def test_sockets_within_the_machine_are_let_through(tmp_path: Path) -> None:
    code, seen = watched(tmp_path, "one, other = socket.socketpair(); one.send(b'?')")
    assert (code, seen) == (0, "")
