"""A scan passes over sub-folders that hold what they held, and misses nothing by it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.catalog import Catalog
from desktop.ingest import Ingest, Rules
from desktop.ingest.scan import compare
from desktop.ingest.walk import walk
from desktop.jobs import Job
from desktop.media import MIN_SIZE_BYTES, Thumbnails
from tests.ingest.conftest import Bench
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def scanned(bench: Bench) -> Bench:
    """Three sub-folders, one within another, scanned."""
    for name in ("x.jpg", "a/0.jpg", "a/1.jpg", "a/b/2.jpg", "c/3.jpg"):
        draw(bench.folder / name)
    bench.scan()
    return bench


def unchanged(bench: Bench) -> set[str]:
    listings = bench.catalog.files.list_listings(bench.folder_id)
    return walk(bench.folder, bench.rules, Job(), listings=listings).unchanged


def test_nothing_is_compared_again_where_nothing_has_changed(scanned: Bench) -> None:
    assert unchanged(scanned) == {"", "a", "a/b", "c"}
    revision = scanned.catalog.revision()

    assert scanned.scan().is_empty

    assert scanned.catalog.revision() == revision, "nothing is written either"


def _touch(folder: Path) -> None:
    os.utime(folder / "a" / "1.jpg", ns=(5, 5))


def _grow(folder: Path) -> None:
    path = folder / "a" / "1.jpg"
    stat = path.stat()
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        _touch,
        _grow,
        lambda folder: (folder / "a" / "1.jpg").unlink(),
        lambda folder: (folder / "a" / "1.jpg").rename(folder / "a" / "2.jpg"),
        lambda folder: draw(folder / "a" / "new.jpg"),
    ],
)
def test_only_the_sub_folder_that_changed_is_compared(
    scanned: Bench, change: Callable[[Path], object]
) -> None:
    change(scanned.folder)

    assert unchanged(scanned) == {"", "a/b", "c"}
    assert not scanned.scan().is_empty
    assert unchanged(scanned) == {"", "a", "a/b", "c"}
    assert scanned.scan().is_empty


def test_other_files_change_nothing(scanned: Bench) -> None:
    (scanned.folder / "a" / "notes.txt").write_text("x" * MIN_SIZE_BYTES)

    assert unchanged(scanned) == {"", "a", "a/b", "c"}


def test_a_sub_folder_that_is_gone_takes_its_photos_along(scanned: Bench) -> None:
    shutil.rmtree(scanned.folder / "a")

    assert scanned.scan().gone == 3
    assert set(scanned.catalog.files.list_listings(scanned.folder_id)) == {"", "c"}


def test_a_photo_that_comes_back_as_it_was_is_noticed(scanned: Bench, tmp_path: Path) -> None:
    """The event of its coming back is lost, and the sub-folder looks as it did when listed."""
    away = (scanned.folder / "c" / "3.jpg").rename(tmp_path / "3.jpg")
    assert scanned.look_at("c/3.jpg").gone == 1
    away.rename(scanned.folder / "c" / "3.jpg")

    assert scanned.scan().back == 1


def test_other_rules_are_applied_to_unchanged_folders(scanned: Bench) -> None:
    scanned.rules = Rules(["1.jpg", "c/"], ())

    assert scanned.scan().gone == 2
    assert unchanged(scanned) == {"", "a", "a/b"}
    scanned.rules = Rules((), ())
    assert scanned.scan().back == 2


def test_a_date_beyond_what_can_be_noted_costs_only_a_comparison(scanned: Bench) -> None:
    os.utime(scanned.folder / "c" / "3.jpg", ns=(2**63 + 5, 2**63 + 5))

    scanned.scan()

    assert scanned.scan().is_empty
    assert unchanged(scanned) == {"", "a", "a/b"}


PLACES = ["x.jpg", "a/1.jpg", "a/b/2.jpg", "a/b/c/3.jpg", "d/4.jpg", "d/5.jpg"]
STEPS = st.tuples(
    st.sampled_from(["write", "remove", "look", "remove folder", "scan", "exclude", "include"]),
    st.sampled_from(PLACES),
    st.integers(1, 2),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=14))
def test_whatever_happens_a_scan_leaves_nothing_that_a_full_comparison_would_find(
    steps: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Contents have only two sizes and two times, so that sub-folders look again as they did."""
    root = tmp_path_factory.mktemp("photos")
    catalog = Catalog.open(tmp_path_factory.mktemp("data") / "catalog.sqlite")
    folder_id = catalog.folders.add(root).folder_id
    ingest = Ingest(catalog, Thumbnails(root.with_name("thumbnails")), DECODERS)
    rules = Rules((), ())
    (root / "stays.jpg").write_bytes(b"\0" * MIN_SIZE_BYTES)  # an empty folder counts as away
    for act, place, number in [*steps, ("scan", "", 1)]:
        path = root / place
        if act == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\0" * (MIN_SIZE_BYTES + number))
            os.utime(path, ns=(number, number))
        elif act == "remove":
            path.unlink(missing_ok=True)
        elif act == "remove folder":
            if path.parent != root:
                shutil.rmtree(path.parent, ignore_errors=True)
        elif act == "look":
            ingest.look_at({folder_id: {place}}, rules, Job())
        elif act == "exclude":
            rules = Rules([place], ())
        elif act == "include":
            rules = Rules((), ())
        else:
            ingest.scan(rules, Job())
            found, known = walk(root, rules, Job()), catalog.files.list_all(folder_id)
            assert compare(found, known).is_empty
            present = {
                path.rpartition("/")[0] for path, file in known.items() if not file.is_missing
            }
            assert present <= catalog.files.list_listings(folder_id).keys()
    catalog.close()
