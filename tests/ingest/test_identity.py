"""One place has many names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.ingest.identity import as_listed, identity, path_within, whole_path


@contextmanager
def mounted(what: Path, where: Path, *options: str) -> Iterator[None]:
    """Mount it there; only root on Linux may."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount")
    where.mkdir(parents=True, exist_ok=True)
    mount = ["mount", *options, str(what), str(where)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(where)], check=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos" / "2019" / "May").mkdir(parents=True)
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("photos", "."),
        ("photos/", "."),
        ("photos/2019/..", "."),
        ("photos/2019/May/../May", "2019/May"),
        ("other/photos", "."),
        ("other/photos/2019", "2019"),
        ("other/year/May", "2019/May"),
        ("other/year/nothing.jpg", "2019/nothing.jpg"),
        ("other/year/../..", None),
        ("photos/away", None),
    ],
)
def test_a_place_is_found_in_a_folder_by_any_name(
    photos: Path, name: str, inner: str | None
) -> None:
    other = photos.with_name("other")
    other.mkdir()
    (other / "photos").symlink_to(photos)
    (other / "year").symlink_to("../photos/2019")
    (photos / "away").symlink_to(other)
    path = Path(f"{photos.parent}/{name}")

    assert path_within(path, photos) == (None if inner is None else Path(inner))
    assert path_within(path, other / "photos") == (None if inner is None else Path(inner))


def test_a_folder_that_is_not_there_is_judged_by_its_name(photos: Path) -> None:
    absent = photos / "absent"
    photos.with_name("link").symlink_to(photos)

    assert path_within(photos.parent / "link" / "absent" / "a.jpg", absent) == Path("a.jpg")
    assert path_within(photos, absent) is None


def test_links_that_go_round_in_circles_are_nowhere(photos: Path) -> None:
    (photos / "a").symlink_to("b")
    (photos / "b").symlink_to("a")

    assert identity(photos / "a") is None
    assert path_within(photos / "a" / "c", photos.parent / "other") is None


def test_a_folder_mounted_twice_is_one_place(photos: Path) -> None:
    with mounted(photos / "2019", photos.parent / "a year", "--bind"):
        assert path_within(photos.parent / "a year", photos) == Path("2019")
        assert path_within(photos.parent / "a year" / "May", photos) == Path("2019/May")
        assert path_within(photos / "2019" / "May", photos.parent / "a year") == Path("May")


def test_where_case_does_not_matter_a_path_is_spelt_as_on_the_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(1 << 20))
    if subprocess.run(["which", "mkfs.vfat"], capture_output=True, check=False).returncode:
        pytest.skip("there is no mkfs.vfat")
    subprocess.run(["mkfs.vfat", str(disk)], capture_output=True, check=True)
    with mounted(disk, tmp_path / "card", "-o", "loop"):
        folder = tmp_path / "card" / "Holidays"
        folder.mkdir()
        (folder / "Beach.jpg").touch()

        within = path_within(tmp_path / "card" / "HOLIDAYS" / "beach.JPG", folder)

        assert within == Path("beach.JPG")
        assert as_listed(folder, within) == Path("Beach.jpg")


def test_a_name_that_is_listed_keeps_its_spelling(photos: Path) -> None:
    (photos / "MAY").mkdir()
    (photos / "May").mkdir()

    assert as_listed(photos, Path("May")) == Path("May")
    assert as_listed(photos, Path("2019/may")) == Path("2019/may"), "another one, and not there"


def test_two_dots_after_a_link_lead_out_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there" / "inner").mkdir(parents=True)
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there" / "inner")
    assert whole_path(tmp_path / "here" / "link" / ".." / "inner") == tmp_path / "there" / "inner"
    assert whole_path(tmp_path / "here" / ".." / "here" / "link") == tmp_path / "here" / "link"
    assert whole_path(tmp_path / "nowhere" / ".." / "here") == tmp_path / "here"
