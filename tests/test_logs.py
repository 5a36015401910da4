"""The log: private, bounded, and without names of photos."""

import logging
import os
import re
from pathlib import Path

import pytest

from desktop import logs
from desktop.logs import N_OLD_LOGS, start_log, without_names
from desktop.media.formats import FORMATS

SECRETS = ("surprise", "party", "wedding", "ada", "café")


pytestmark = pytest.mark.usefixtures("log_kept")


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "likeness.log"


@pytest.mark.parametrize(
    "line",
    [
        "[Errno 2] No such file or directory: '/home/ada/wedding/surprise party.jpg'",
        "PosixPath('/home/ada/wedding') is missing",
        'cannot open "C:\\\\Users\\\\ada\\\\surprise party.jpg"',
        r"C:\Users\ada\surprise party.jpg: The file ends too early.",
        r"\\server\ada\surprise party",
        "/mnt/wedding/surprise party.HEIC: The file ends too early.",
        "There is no folder /home/ada/surprise party.",
        "relative_path='2024/surprise party.jpg' is odd",
        "a name of its own: wedding.jpeg",
        "b'/home/ada/surprise\\xff.jpg'",
        "'/home/ada/it\\'s a wedding/x.jpg' and 'surprise.png'",
        "file:///home/ada/wedding.jpg was refused",
        "sqlite:////home/ada/party.sqlite",
        "(/home/ada/wedding)",
        "path=/home/ada/wedding",
        "café.webp",
        "OSError: [Errno 36] File name too long: '/mnt/wedding/party\\n2.jpg'",
    ],
)
def test_names_are_taken_out(line: str) -> None:
    said = without_names(f"before {line}")
    assert said.startswith("before ")
    assert not [secret for secret in SECRETS if secret in said.lower()], said


@pytest.mark.parametrize(
    "line",
    [
        "clip-ViT-B-32@327ab6726d33 answers from now on",
        "3 photos and/or folders, 16/32 done",
        "https://huggingface.co/sentence-transformers was cut (timed out), going on at 5 bytes",
        "the index of starter@1 is built again: the checksum is another",
        "it doesn't matter; it isn't 'quoted'",
        "gen-3.vectors stays for now",
    ],
)
def test_what_is_no_name_stays(line: str) -> None:
    assert without_names(line) == line


def test_our_own_places_stay_readable() -> None:
    places = {"<data>": "/home/ada/data", "<logs>": "/home/ada/data/logs"}
    said = without_names("/home/ada/data/catalog.sqlite and '/home/ada/data/logs/x' stay", places)
    assert said == "<data>/catalog.sqlite and '<logs>/x' stay"


def test_every_format_is_known_by_its_suffix() -> None:
    for suffix in (suffix for one in FORMATS for suffix in one.suffixes):
        assert "party" not in without_names(f"about party{suffix} only"), suffix


def test_a_traceback_still_says_where(log_path: Path) -> None:
    start_log(log_path, debug=False)
    try:
        open("/nowhere/surprise party.jpg")  # noqa: SIM115
    except OSError:
        logging.getLogger("desktop.anything").exception("could not")
    said = log_path.read_text()
    assert "FileNotFoundError" in said and "No such file" in said
    assert "surprise" not in said
    assert re.search(r"line \d+, in test_a_traceback_still_says_where", said)


def test_looking_for_a_fault_keeps_the_names(log_path: Path) -> None:
    start_log(log_path, debug=True)
    logging.getLogger("desktop.anything").debug("%s is bad", "party.jpg")
    assert "party.jpg is bad" in log_path.read_text()


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_the_log_is_for_its_owner_whatever_the_umask(log_path: Path) -> None:
    log_path.write_text("of an earlier version")
    log_path.chmod(0o644)
    before = os.umask(0)
    try:
        start_log(log_path, debug=False)
        logging.getLogger("desktop.anything").warning("hello")
        logging.getLogger().handlers[0].doRollover()
        logging.getLogger("desktop.anything").warning("again")
    finally:
        os.umask(before)
    written = list(log_path.parent.iterdir())
    assert len(written) == 2
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


def test_the_log_does_not_grow_for_ever(log_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 2_000)
    start_log(log_path, debug=False)
    for number in range(2_000):
        logging.getLogger("desktop.anything").warning("line %d", number)
    written = list(log_path.parent.iterdir())
    assert len(written) == N_OLD_LOGS + 1
    assert sum(path.stat().st_size for path in written) < 2_000 * (N_OLD_LOGS + 1)
    assert "line 1999" in log_path.read_text()
