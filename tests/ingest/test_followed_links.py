"""Links that are followed: each folder and each file once, under the link's name and date."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from desktop.catalog import PassedOver, Reason
from desktop.ingest import Rules
from tests.ingest.conftest import Bench
from tests.pictures import draw

FOLLOWING = Rules((), (), follow_links=True)


@pytest.fixture
def following(bench: Bench) -> Bench:
    bench.rules = FOLLOWING
    draw(bench.folder / "stays.jpg", "blue")
    return bench


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Three photos that are in no watched folder."""
    for name in ("red", "green", "yellow"):
        draw(tmp_path / "outside" / "trip" / f"{name}.jpg", name)
    return tmp_path / "outside"


def paths(bench: Bench) -> set[str]:
    files = bench.catalog.files.list_all(bench.folder_id)
    return {path for path, file in files.items() if not file.is_missing}


def passed(bench: Bench) -> dict[Reason, int]:
    return {each.reason: each.n for each in bench.catalog.files.list_passed_over(bench.folder_id)}


@pytest.fixture
def scanned_twice(following: Bench) -> Iterator[Bench]:
    """What is found by a first scan is found by the next, which changes nothing."""
    yield following
    before, counts = paths(following), passed(following)
    revision = following.catalog.revision()
    assert following.scan().is_empty
    assert (paths(following), passed(following)) == (before, counts)
    assert following.catalog.revision() == revision


def test_links_are_counted_until_they_are_followed(bench: Bench, outside: Path) -> None:
    draw(bench.folder / "stays.jpg", "blue")
    (bench.folder / "a.jpg").symlink_to(outside / "trip" / "red.jpg")
    (bench.folder / "trip").symlink_to(outside / "trip")
    bench.index()
    assert paths(bench) == {"stays.jpg"}
    assert passed(bench) == {Reason.LINK: 2}

    bench.rules = FOLLOWING
    bench.index()
    # The file that the first leads to is met in the folder that the second leads to.
    assert paths(bench) == {"stays.jpg", "trip/red.jpg", "trip/green.jpg", "trip/yellow.jpg"}
    assert passed(bench) == {Reason.MET_TWICE: 1}
    assert bench.counts.searchable == 4

    bench.rules = Rules((), ())
    bench.scan()
    assert paths(bench) == {"stays.jpg"}
    assert bench.catalog.folders.list_all()[0].doubted_since is None, "nobody is asked"

    bench.rules = FOLLOWING
    assert bench.index().made.total() == 0, "nor is anything embedded again"
    assert bench.counts.searchable == 4


def test_a_linked_photo_has_the_links_name_and_date(scanned_twice: Bench, tmp_path: Path) -> None:
    bench = scanned_twice
    os.utime(draw(tmp_path / "blob.dat.png", "red"), (1e9, 1e9))
    (tmp_path / "blob.dat.png").rename(tmp_path / "blob.dat")
    link = bench.folder / "Beach.png"
    link.symlink_to("../blob.dat")
    os.utime(link, (1.3e9, 1.3e9), follow_symlinks=False)

    assert bench.index().made.total() == 2

    photo = bench.photo("Beach.png")
    assert photo.problem is None and photo.metadata is not None
    assert photo.size_bytes == (tmp_path / "blob.dat").stat().st_size
    assert photo.metadata.taken_at.replace(microsecond=0) == datetime.fromtimestamp(1.3e9)


@pytest.mark.parametrize("what", ["its target's time", "its target's content", "itself"])
def test_a_change_behind_a_link_is_noticed(following: Bench, outside: Path, what: str) -> None:
    target, link = outside / "trip" / "red.jpg", following.folder / "a.jpg"
    link.symlink_to(target)
    following.index()
    if what == "its target's time":
        os.utime(target, ns=(5, 5))
    elif what == "its target's content":
        shutil.copy(outside / "trip" / "green.jpg", target)
    else:
        link.unlink()
        link.symlink_to(outside / "trip" / "green.jpg")

    assert following.scan().changed == 1
    following.embed()
    assert following.counts.searchable == 2
    assert following.scan().is_empty


def test_loops_end_and_what_is_watched_anyway_is_met_once(scanned_twice: Bench) -> None:
    bench = scanned_twice
    draw(bench.folder / "sub" / "a.jpg")
    for name, target in (
        ("loop", "."),
        ("sub/up", ".."),
        ("sub/self", "self"),
        ("again", "sub"),
        ("photo.jpg", "sub/a.jpg"),
        ("out", ".."),
    ):
        (bench.folder / name).symlink_to(target)

    bench.scan()

    assert paths(bench) == {"stays.jpg", "sub/a.jpg"}
    assert passed(bench)[Reason.BROKEN_LINK] == 1, "the one that leads to itself"


def test_a_folder_behind_two_links_is_met_once_by_the_first_of_them(
    scanned_twice: Bench, outside: Path
) -> None:
    bench = scanned_twice
    for name in ("b", "a", "c/d"):
        (bench.folder / name).parent.mkdir(exist_ok=True)
        (bench.folder / name).symlink_to(outside)
    (bench.folder / "inner").symlink_to(outside / "trip")
    (bench.folder / "0 inner").symlink_to(outside / "trip")

    bench.scan()

    found = paths(bench) - {"stays.jpg"}
    assert found == {"0 inner/red.jpg", "0 inner/green.jpg", "0 inner/yellow.jpg"}


def test_a_file_behind_several_links_is_met_once(scanned_twice: Bench, outside: Path) -> None:
    bench = scanned_twice
    for name in ("z.jpg", "sub/y.jpg", "sub/x.jpg"):
        (bench.folder / name).parent.mkdir(exist_ok=True)
        (bench.folder / name).symlink_to(outside / "trip" / "red.jpg")

    bench.scan()

    assert paths(bench) == {"stays.jpg", "z.jpg"}
    assert passed(bench) == {Reason.MET_TWICE: 2}


def test_two_watched_folders_share_what_their_links_lead_to(
    following: Bench, outside: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    draw(other / "o.jpg", "white")
    other_id = following.catalog.folders.add(other).folder_id
    for folder in (following.folder, other):
        (folder / "trip").symlink_to(outside / "trip")
        (folder / "one.jpg").symlink_to(outside / "trip" / "red.jpg")
    (following.folder / "other").symlink_to(other)
    (other / "all").symlink_to(tmp_path)

    following.scan()

    mine = paths(following)
    theirs = set(following.catalog.files.list_all(other_id))
    assert mine == {"stays.jpg", "trip/red.jpg", "trip/green.jpg", "trip/yellow.jpg"}
    assert {path for path in theirs if not path.startswith("all/thumbnails")} == {"o.jpg"}
    assert following.scan().is_empty


def test_a_library_of_links_is_usable(scanned_twice: Bench) -> None:
    """As git-annex makes it: photos are links into a hidden folder; what is not here is broken."""
    bench = scanned_twice
    for colour in ("red", "green"):
        photo = draw(bench.folder / f"{colour}.jpg", colour)
        key = f"SHA256E-s{photo.stat().st_size}--{colour}.jpg"
        stored = bench.folder / ".git" / "annex" / "objects" / "Xx" / "9z" / key / key
        stored.parent.mkdir(parents=True)
        photo.rename(stored)
        stored.chmod(0o444)
        stored.parent.chmod(0o555)
        (bench.folder / "2019").mkdir(exist_ok=True)
        (bench.folder / "2019" / f"{colour}.jpg").symlink_to(
            os.path.relpath(stored, bench.folder / "2019")
        )
    (bench.folder / "2019" / "absent.jpg").symlink_to("../.git/annex/objects/0q/absent.jpg")

    bench.index()

    assert paths(bench) == {"stays.jpg", "2019/red.jpg", "2019/green.jpg"}
    assert bench.counts.searchable == 3
    assert passed(bench) == {Reason.HIDDEN_FOLDER: 1, Reason.BROKEN_LINK: 1}
    broken = PassedOver(Reason.BROKEN_LINK, 1, ("2019/absent.jpg",))
    assert broken in bench.catalog.files.list_passed_over(bench.folder_id)

    stored.parent.chmod(0o755)
    stored.rename(stored.with_name("elsewhere"))  # `git annex drop`
    bench.scan()
    assert paths(bench) == {"stays.jpg", "2019/red.jpg"}
    assert passed(bench)[Reason.BROKEN_LINK] == 2
    stored.with_name("elsewhere").rename(stored)  # `git annex get`
    assert bench.index().made.total() == 0
    assert bench.counts.searchable == 3


def test_photos_behind_a_link_to_a_drive_that_is_away_are_kept(
    following: Bench, outside: Path
) -> None:
    (following.folder / "drive").symlink_to(outside)
    following.index()
    outside.rename(outside.with_name("unplugged"))

    following.scan()

    assert len(paths(following)) == 4, "they come back with the drive"
    assert passed(following) == {Reason.BROKEN_LINK: 1}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(["trip/"], (), True), {"a.jpg"}),
        (Rules(["a.jpg"], (), True), {"trip/red.jpg", "trip/green.jpg", "trip/yellow.jpg"}),
        (Rules(["trip/red.jpg"], (), True), {"a.jpg", "trip/green.jpg", "trip/yellow.jpg"}),
    ],
)
def test_rules_hold_for_what_links_lead_to(
    bench: Bench, outside: Path, rules: Rules, expected: set[str]
) -> None:
    (bench.folder / "a.jpg").symlink_to(outside / "trip" / "red.jpg")
    (bench.folder / "trip").symlink_to(outside / "trip")
    (bench.folder / "notes.txt").symlink_to(outside / "trip" / "red.jpg")
    (bench.folder / ".hidden").symlink_to(outside)
    bench.rules = rules

    bench.scan()

    assert paths(bench) == expected


def test_our_own_files_are_not_followed(bench: Bench, tmp_path: Path) -> None:
    draw(tmp_path / "likeness" / "thumbnails" / "ab" / "abcd.jpg")
    draw(bench.folder / "stays.jpg", "blue")
    (bench.folder / "link").symlink_to(tmp_path / "likeness")
    (bench.folder / "inner").symlink_to(tmp_path / "likeness" / "thumbnails")
    own = (tmp_path / "likeness", tmp_path / "likeness" / "thumbnails")
    bench.rules = Rules((), own, follow_links=True)

    bench.scan()

    assert paths(bench) == {"stays.jpg"}


def test_events_of_links_are_understood(following: Bench, outside: Path) -> None:
    following.index()
    (following.folder / "trip").symlink_to(outside / "trip")
    (following.folder / "a.jpg").symlink_to(outside / "trip" / "red.jpg")

    following.look_at("a.jpg", "trip")
    assert len(paths(following)) == 4

    (following.folder / "trip").unlink()
    following.look_at("trip")
    assert paths(following) == {"stays.jpg"}
    following.scan()
    assert paths(following) == {"stays.jpg", "a.jpg"}, "the other way to it is seen by a scan"
