"""Standard streams that are closed, full or have nobody at the other end."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pictures import draw

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the shell's way, on Linux")

ANSWERS_ARE_LOST = "The answer could not be written"


def shell(tmp_path: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `likeness` is the program on a data folder of its own."""
    program = f'likeness() {{ "{sys.executable}" -m desktop --data "{tmp_path}/data" "$@"; }}'
    return subprocess.run(
        ["bash", "-c", f"{program}\n{command}"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=100,
    )


def watched_folders(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "data" / "catalog.sqlite") as catalog:
        return [os.fsdecode(path) for (path,) in catalog.execute("SELECT path FROM folder")]


@pytest.mark.parametrize(
    "redirection",
    ["2>/dev/full", ">/dev/full", "2>&1 | true", "<&- >&- 2>&-"],
)
def test_what_is_done_is_done_though_nobody_can_be_told(tmp_path: Path, redirection: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    said = shell(
        tmp_path,
        f"likeness add {tmp_path}/a {tmp_path}/b {redirection}\n"
        'codes=("${PIPESTATUS[@]}")\n'
        f"likeness index {redirection}\n"
        'echo "${codes[0]} ${PIPESTATUS[0]}"',
    )
    assert said.stdout.splitlines()[-1] == "0 0", said
    assert watched_folders(tmp_path) == [f"{tmp_path}/a", f"{tmp_path}/b"]
    assert "wrong inside" not in said.stdout + said.stderr
    assert "Exception ignored" not in said.stderr


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_an_answer_that_cannot_be_written_is_a_failure(tmp_path: Path, redirection: str) -> None:
    said = shell(tmp_path, f"likeness status {redirection}; echo $?")
    assert (said.stdout, said.stderr.count("\n")) == ("1\n", 1)
    assert said.stderr.startswith(ANSWERS_ARE_LOST)


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize("asked", ["--version", "--help", "search --help"])
def test_so_is_help_that_cannot_be_written(tmp_path: Path, asked: str, redirection: str) -> None:
    said = shell(tmp_path, f"likeness {asked} {redirection}; echo $?")
    assert (said.stdout, said.stderr.count("\n")) == ("1\n", 1)
    assert said.stderr.startswith(ANSWERS_ARE_LOST)


def test_who_has_read_enough_ends_it_in_silence(tmp_path: Path) -> None:
    said = shell(tmp_path, 'likeness status --json | true; echo "${PIPESTATUS[0]}"')
    assert (said.stdout, said.stderr) == ("0\n", "")


def test_a_closed_stream_gives_its_number_to_no_file_of_ours(tmp_path: Path) -> None:
    """Else what a library writes to "stderr" would land in the catalog."""
    check = (
        "import os, sys\n"
        "from desktop.cli.said.streams import settle_streams\n"
        "settle_streams()\n"
        "number = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "sys.exit(number < 3)\n"
    )
    program = f'"{sys.executable}" -c \'{check}\' "{tmp_path}/file"'
    for redirection in ("2>&-", ">&-", "<&-", "<&- >&- 2>&-"):
        assert shell(tmp_path, f"{program} {redirection}").returncode == 0, redirection


def test_commands_work_from_a_folder_that_was_deleted(tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "a.png", "red", 0)
    gone = tmp_path / "gone"
    gone.mkdir()
    said = shell(
        tmp_path,
        f"cd {gone}; rmdir {gone}; export PYTHONPATH={Path(__file__).parents[3]}\n"
        f"likeness add {tmp_path}/photos && likeness index && likeness status --json\n"
        "likeness add photos",
    )
    assert '"searchable": 1' in said.stdout, said
    assert "wrong inside" not in said.stderr
    assert said.stderr.splitlines()[-1].endswith("the current folder is gone; give the whole path.")
