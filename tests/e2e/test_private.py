"""What the program leaves on the disk is for its owner, and the log names no photo."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")


@pytest.fixture(scope="module", autouse=True)
def open_umask() -> Iterator[None]:
    """Whatever a program makes without care, everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def reachable_by_others(folder: Path) -> list[Path]:
    """What somebody else could read or write beneath a folder that they may enter."""
    reachable = []
    for path in folder.iterdir():
        if path.stat().st_mode & 0o077:
            reachable.append(path)
            if path.is_dir():
                reachable += reachable_by_others(path)
    return reachable


def test_nobody_else_reads_what_is_kept(indexed: Program) -> None:
    assert indexed.data.stat().st_mode & 0o777 == 0o700
    left = {path for path in reachable_by_others(indexed.data) if path.suffix != ".lock"}
    assert not left
    for folder in ("thumbnails", "index", "models", "logs"):
        assert (indexed.data / folder).stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_was_there_before_is_left_open_and_ours_closed(
    program: Program, gallery: Path
) -> None:
    program.data.mkdir(parents=True, mode=0o755)
    own = program.data / "own.txt"
    own.write_text("of the person")
    (program.data / "thumbnails").mkdir(mode=0o777)  # as an earlier version may have left it
    program("add", gallery)
    assert program.data.stat().st_mode & 0o777 == 0o755
    assert own.stat().st_mode & 0o777 == 0o666
    left = {path.name for path in reachable_by_others(program.data)}
    assert {name for name in left if not name.endswith(".lock")} == {"own.txt"}


def test_the_log_names_no_photo(indexed: Program, gallery: Path) -> None:
    indexed("similar", gallery / "broken.png", code=1)
    indexed("remove", gallery / "nowhere", code=1)
    logged = "".join(path.read_text() for path in (indexed.data / "logs").iterdir())
    assert "Likeness" in logged and "<path>" in logged
    names = [path.name for path in gallery.iterdir()] + [gallery.name, str(gallery)]
    assert not [name for name in names if name in logged], logged


def test_everything_is_forgotten_when_it_is_meant(program: Program, gallery: Path) -> None:
    program("add", gallery)
    before = sorted(program.data.rglob("*"))
    assert "--yes" in program("forget-everything", code=1).err
    assert sorted(program.data.rglob("*")) == before
    assert "Forgotten" in program("forget-everything", "--yes").out
    assert list(program.data.iterdir()) == []
    assert (gallery / "chelsea.png").is_file()
