import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.catalog import FileStat, KnownFile
from desktop.errors import Cancelled, SettingsUnusable
from desktop.ingest.found import Found
from desktop.ingest.rules import Rules
from desktop.ingest.scan import compare, is_away
from desktop.ingest.walk import find_named, walk
from desktop.jobs import Job
from tests.ordinary_rights import ordinary_rights
from tests.pictures import draw


def names_found(root: Path, *patterns: str, own: tuple[Path, ...] = ()) -> set[str]:
    return set(walk(root, Rules(patterns, own), Job()).files)


def test_a_walk_finds_photos_in_all_subfolders(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    draw(tmp_path / "2019" / "Ferien in Köln" / "b.PNG")
    (tmp_path / "notes.txt").write_text("x" * 5000)

    assert names_found(tmp_path) == {"a.jpg", "2019/Ferien in Köln/b.PNG"}


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.jpg",
        "._a.jpg",
        ".trash/a.jpg",
        "@eaDir/a.jpg",
        "#recycle/a.jpg",
        "$RECYCLE.BIN/a.jpg",
    ],
)
def test_hidden_files_and_junk_are_passed_over(tmp_path: Path, name: str) -> None:
    draw(tmp_path / name)

    assert names_found(tmp_path) == set()
    assert find_named(tmp_path, [name], Rules((), ()), Job()).files == {}


def test_tiny_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "icon.png").write_bytes(b"\x89PNG" + bytes(2000))

    assert names_found(tmp_path) == set()


def test_our_own_folders_are_passed_over(tmp_path: Path) -> None:
    draw(tmp_path / "likeness" / "thumbnails" / "ab" / "abcd.jpg")
    draw(tmp_path / "a.jpg")

    assert names_found(tmp_path, own=(tmp_path / "likeness",)) == {"a.jpg"}


def test_patterns_exclude_as_in_gitignore(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "Screenshots/b.jpg", "2019/Screenshots/c.jpg", "2019/d.jpg"):
        draw(tmp_path / name)

    assert names_found(tmp_path, "*.png", "Screenshots/") == {"a.jpg", "2019/d.jpg"}
    assert (
        find_named(tmp_path, ["2019/Screenshots/c.jpg"], Rules(["Screenshots/"], ()), Job()).files
        == {}
    )


def test_a_pattern_without_sense_is_refused_with_a_sentence() -> None:
    with pytest.raises(SettingsUnusable) as refused:
        Rules(["!"], ())
    assert refused.value.message.endswith(".")


def test_links_are_not_followed_and_loops_end(tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    draw(folder / "a.jpg")
    draw(tmp_path / "outside" / "b.jpg")
    (folder / "loop").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "out.jpg").symlink_to(tmp_path / "outside" / "b.jpg")

    assert names_found(folder) == {"a.jpg"}
    assert find_named(folder, ["out.jpg"], Rules((), ()), Job()).files == {}


def test_names_that_are_not_utf_8_are_found(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg").rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg"))

    assert names_found(tmp_path) == {os.fsdecode(b"caf\xe9.jpg")}


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_what_lies_in_an_unreadable_folder_is_not_gone(tmp_path: Path) -> None:
    draw(tmp_path / "locked" / "a.jpg")
    (tmp_path / "locked").chmod(0)
    try:
        with ordinary_rights():
            found = walk(tmp_path, Rules((), ()), Job())
    finally:
        (tmp_path / "locked").chmod(0o700)
    known = {"locked/a.jpg": KnownFile(1, 5000, 1, is_missing=False)}

    assert found.unreadable == ["locked"]
    assert compare(found, known).gone == []


def test_what_lies_beneath_a_folder_that_could_not_be_listed_is_neither_gone_nor_new() -> None:
    known = {
        "locked/a.jpg": KnownFile(1, 5000, 1, is_missing=False),
        "lockedness/b.jpg": KnownFile(2, 5000, 1, is_missing=False),
    }

    assert compare(Found(unreadable=["locked"]), known).gone == [2]
    assert compare(Found(unreadable=[""]), known).gone == []


def test_looking_at_a_subfolder_finds_what_a_walk_finds_there(tmp_path: Path) -> None:
    draw(tmp_path / "trip" / "day 1" / "a.jpg")
    draw(tmp_path / "b.jpg")

    found = find_named(tmp_path, ["trip"], Rules((), ()), Job())

    assert set(found.files) == {"trip/day 1/a.jpg"}


def test_a_walk_can_be_cancelled(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    job = Job()
    job.cancel()

    with pytest.raises(Cancelled):
        walk(tmp_path, Rules((), ()), job)


def test_an_empty_mount_point_counts_as_unplugged_only_when_photos_are_known(
    tmp_path: Path,
) -> None:
    assert is_away(tmp_path, has_photos=True)
    assert not is_away(tmp_path, has_photos=False)
    assert is_away(tmp_path / "absent", has_photos=False)


STATS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8
)


@given(before=STATS, now=STATS, missing=st.sets(st.sampled_from("abcdefgh")))
def test_applying_a_difference_makes_the_known_equal_to_the_found(
    before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], missing: set[str]
) -> None:
    known = {
        name: KnownFile(number, *stat, is_missing=name in missing)
        for number, (name, stat) in enumerate(before.items())
    }
    found = Found({name: FileStat(name, *stat) for name, stat in now.items()})

    difference = compare(found, known)

    state = {name: (file.size_bytes, file.mtime_ns) for name, file in known.items()}
    present = {name for name, file in known.items() if not file.is_missing}
    names = {file.photo_id: name for name, file in known.items()}
    for stat in difference.new:
        state[stat.relative_path] = (stat.size_bytes, stat.mtime_ns)
        present.add(stat.relative_path)
    for photo_id, stat in difference.changed.items():
        state[names[photo_id]] = (stat.size_bytes, stat.mtime_ns)
        present.add(names[photo_id])
    present |= {names[photo_id] for photo_id in difference.back}
    present -= {names[photo_id] for photo_id in difference.gone}
    assert {name: state[name] for name in present} == now
