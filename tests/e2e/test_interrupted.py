"""Indexing that is stopped in the middle, by Ctrl-C and by force, goes on where it was."""

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")

N_PHOTOS = 160


def wait_for_first_photos(process: subprocess.Popen[str]) -> None:
    """Read the progress until some photos have been saved."""
    assert process.stderr is not None
    for line in process.stderr:
        done = re.match(r"Indexing photos: (\d+) of \d+", line)
        if done and int(done[1]) > 0:
            return
    raise AssertionError("it ended before it was interrupted")


def finish(program: Program) -> None:
    """Index the rest, and check that exactly the rest was embedded."""
    before = program("status", "--json").json
    assert 0 < before["searchable"] < N_PHOTOS
    assert before["waiting"] == N_PHOTOS - before["searchable"], "a photo was lost"

    summary = program("index", "--json").json

    assert summary["embedded"] == before["waiting"], "a photo was embedded twice"
    after = program("status", "--json").json
    assert (after["searchable"], after["waiting"], after["problems"]) == (N_PHOTOS, 0, 0)
    with closing(sqlite3.connect(program.data / "catalog.sqlite")) as catalog:
        assert catalog.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert program("index", "--json").json["embedded"] == 0


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(program: Program, many_photos: Path) -> None:
    program("add", many_photos)
    process = program.start("index")
    wait_for_first_photos(process)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert err.strip().splitlines()[-1] == "Stopped; run it again to go on."
    assert "Traceback" not in err
    assert out == ""
    finish(program)


def test_kill_9_loses_nothing(program: Program, many_photos: Path) -> None:
    program("add", many_photos)
    process = program.start("index")
    wait_for_first_photos(process)

    process.kill()
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGKILL
    finish(program)
