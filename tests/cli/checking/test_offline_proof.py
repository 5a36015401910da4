"""What `doctor --offline-proof` says about sessions that are not as they should be; tests/e2e has
the real one."""

import json
import sys
from pathlib import Path

import pytest

from desktop.cli.checking import offline_proof
from desktop.cli.said.outcome import DONE, FAILED
from desktop.errors import UserError

PROGRAM = """
import json, sys
from pathlib import Path
from desktop.cli.checking.socket_watch import watch_sockets
watch_sockets(Path(sys.argv[sys.argv.index("--sockets") + 1]))
{code}
print(json.dumps({{"done": {done}, "kernel": True}}))
"""
WHOLE = {"indexed": 12, "found by words": 12, "found similar": 11}


def play(monkeypatch: pytest.MonkeyPatch, code: str, done: dict[str, int]) -> None:
    """Let the session be a program that does something else."""
    root = str(Path(__file__).parents[3])
    program = f"import sys; sys.path.insert(0, {root!r})" + PROGRAM.format(code=code, done=done)
    monkeypatch.setattr(offline_proof, "likeness_command", lambda: [sys.executable, "-c", program])


def test_a_whole_session_without_a_socket_is_a_proof(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play(monkeypatch, "", WHOLE)
    assert offline_proof.prove_offline(in_json=False) == DONE
    said = capsys.readouterr().out
    assert "No socket was opened." in said
    assert "Not watched" in said and "download" in said


@pytest.mark.skipif(sys.platform == "win32", reason="socket pairs are internet sockets there")
def test_a_socket_is_named_and_fails_the_proof(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play(monkeypatch, "import socket; socket.socket(socket.AF_INET)", WHOLE)
    assert offline_proof.prove_offline(in_json=True) == FAILED
    said = json.loads(capsys.readouterr().out)
    assert not said["offline"]
    assert "socket.__new__ family 2" in said["sockets"][0]


@pytest.mark.parametrize(
    ("code", "done"),
    [("", {**WHOLE, "found similar": 0}), ("", {"indexed": 12}), ("sys.exit('no screen')", WHOLE)],
)
def test_half_a_session_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, code: str, done: dict[str, int]
) -> None:
    play(monkeypatch, code, done)
    with pytest.raises(UserError, match="nothing is proven"):
        offline_proof.prove_offline(in_json=False)
