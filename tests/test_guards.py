"""The guards of conftest.py and of tests/e2e do refuse what they are there to refuse."""

import os
import socket
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

ELSEWHERE = ("192.0.2.1", 80)  # an address that is reserved for documentation
NO_NETWORK = Path(__file__).parent / "e2e" / "no_network"


@pytest.mark.filterwarnings("ignore:A test tried to use")  # it warns before it raises
def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as connection, pytest.raises(SocketConnectBlockedError):
        connection.connect(ELSEWHERE)


def test_a_program_that_tries_is_refused_and_written_down(tmp_path: Path) -> None:
    tried = tmp_path / "connections.txt"
    code = f"import socket; socket.create_connection({ELSEWHERE}, timeout=5)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(NO_NETWORK), "LIKENESS_CONNECTIONS": str(tried)},
        capture_output=True,
        text=True,
    )
    assert "PermissionError" in done.stderr
    assert ELSEWHERE[0] in tried.read_text()


def test_the_home_folder_is_a_temporary_one() -> None:
    assert Path(tempfile.gettempdir()) in Path.home().parents


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("unexpected", stacklevel=1)
