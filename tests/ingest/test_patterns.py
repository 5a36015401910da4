"""Exclude patterns, as people write them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.ingest import Rules
from desktop.ingest.found import Found
from desktop.ingest.walk import walk
from desktop.jobs import Job
from tests.pictures import draw


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("a.jpg", "b.png", "Private/p.jpg", "2019/Private/q.jpg", "[2019] Trip/t.jpg"):
        draw(tmp_path / "Pictures" / name)
    (tmp_path / "link").symlink_to(tmp_path / "Pictures")
    return tmp_path


def found_in(root: Path, *patterns: str) -> Found:
    return walk(root, Rules(patterns, ()), Job())


ALL = {"a.jpg", "b.png", "Private/p.jpg", "2019/Private/q.jpg", "[2019] Trip/t.jpg"}
TOP = {"Private/p.jpg"}
BOTH = {"Private/p.jpg", "2019/Private/q.jpg"}


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("Private", BOTH),
        ("Private/", BOTH),
        ("/Private", TOP),
        ("/Private/", TOP),
        ("./Private/", TOP),
        ("**/Private/", BOTH),
        ("2019/Private", {"2019/Private/q.jpg"}),
        ("*.png", {"b.png"}),
        ("{home}/Pictures/Private", TOP),
        ("{home}/Pictures/Private/", TOP),
        ("{home}/Pictures/Private/p.jpg", TOP),
        ("{home}/link/Private/", TOP),
        ("{home}/Pictures/../Pictures/Private", TOP),
        ("{home}/Pictures/*/Private/", {"2019/Private/q.jpg"}),
        ("{home}/Pictures/*.png", {"b.png"}),
        ("{home}/Pictures/[2019] Trip/", {"[2019] Trip/t.jpg"}),
        ("file://{home}/Pictures/Private", TOP),
        ("~/Pictures/Private", TOP),
        ("~/Pictures/Private/", TOP),
        ("~/link/Private/", TOP),
        ("~/Pictures/[2019] Trip", {"[2019] Trip/t.jpg"}),
        ("~/Pictures", ALL),
        ("~/Pictures/", ALL),
        ("~", ALL),
    ],
)
@pytest.mark.parametrize("watched", ["Pictures", "link"])
def test_a_pattern_is_a_name_a_place_in_the_folder_or_a_whole_path(
    home: Path, pattern: str, left_out: set[str], watched: str
) -> None:
    found = found_in(home / watched, pattern.format(home=home))

    assert set(found.files) == ALL - left_out
    assert found.matched == 1, "and it is known to match"
    assert all(found.passes_over(path) for path in left_out)


@pytest.mark.parametrize(
    "pattern",
    ["Privat", "~/Private/", "/Pictures/Private", "{home}/Other/", "*.GIF", "# a comment", "/"],
)
def test_a_pattern_that_matches_nothing_is_told(home: Path, pattern: str) -> None:
    found = found_in(home / "Pictures", "*.png", pattern.format(home=home), "Private/")

    assert set(found.files) == ALL - BOTH - {"b.png"}
    assert found.matched == 0b101


def test_patterns_that_match_the_same_are_all_known_to_match(home: Path) -> None:
    found = found_in(home / "Pictures", "*.png", "b.*", "2019/", "/2019/")

    assert found.matched == 0b1111


def test_accents_may_stand_apart_from_their_letters(home: Path) -> None:
    draw(home / "Pictures" / "e\u0301te\u0301" / "a.jpg")
    draw(home / "Pictures" / "\u00fcber" / "a.jpg")
    for pattern in ("\u00e9t\u00e9/", "~/Pictures/\u00e9t\u00e9"):
        found = found_in(home / "Pictures", pattern, "u\u0308ber")
        assert set(found.files) == ALL
        assert found.matched == 3


def test_a_pattern_may_take_back_what_another_excludes(home: Path) -> None:
    found = found_in(home / "Pictures", "*.jpg", "!~/Pictures/a.jpg")

    assert set(found.files) == {"a.jpg", "b.png"}


def test_a_whole_path_in_another_watched_folder_does_nothing_here(home: Path) -> None:
    other = draw(home / "Other" / "Private" / "x.jpg").parents[1]

    assert set(found_in(other, "~/Pictures/Private/").files) == {"Private/x.jpg"}
    assert os.path.exists(other)
