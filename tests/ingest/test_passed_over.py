"""What a scan passes over, and that it says so."""

from __future__ import annotations

import os
import random
import socket
import sys
from pathlib import Path

import pytest

from desktop.catalog import PassedOver, Reason
from desktop.ingest import Rules
from desktop.ingest.found import Found
from desktop.ingest.walk import find_named, walk
from desktop.jobs import Job
from desktop.media import MIN_SIZE_BYTES
from desktop.settings import CACHE_SIGNATURE
from tests.ingest.conftest import Bench
from tests.ordinary_rights import ordinary_rights
from tests.pictures import draw


def found_in(root: Path, *patterns: str) -> Found:
    return walk(root, Rules(patterns, ()), Job())


def passed(found: Found) -> dict[Reason, tuple[int, tuple[str, ...]]]:
    return {each.reason: (each.n, each.examples) for each in found.passed}


def fill(path: Path, n_bytes: int = MIN_SIZE_BYTES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0" * n_bytes)
    return path


@pytest.mark.parametrize(
    ("name", "n_bytes", "reason"),
    [
        ("a.jpg", 0, Reason.EMPTY),
        ("a.jpg", MIN_SIZE_BYTES - 1, Reason.TINY),
        ("._a.jpg", 5000, Reason.HIDDEN),
        ("film.MP4", 5000, Reason.VIDEO),
        ("IMG_1.CR3", 5000, Reason.RAW),
        ("drawing.svg", 5000, Reason.PICTURE),
        ("letter.pdf", 5000, Reason.DOCUMENT),
        ("IMG_1.xmp", 50, Reason.SIDECAR),
        ("voice.m4a", 5000, Reason.SOUND),
        ("photos.zip", 5000, Reason.ARCHIVE),
        ("a.jpg.part", 5000, Reason.UNFINISHED),
        ("no suffix", 5000, Reason.OTHER),
        ("a.jpg_large", 5000, Reason.OTHER),
        ("jpg", 5000, Reason.OTHER),
    ],
)
def test_each_file_that_is_left_out_is_counted(
    tmp_path: Path, name: str, n_bytes: int, reason: Reason
) -> None:
    fill(tmp_path / "sub" / name, n_bytes)

    found = found_in(tmp_path)

    assert found.files == {}
    assert passed(found) == {reason: (1, (f"sub/{name}",))}


def test_the_systems_own_hidden_files_are_not_worth_a_word(tmp_path: Path) -> None:
    for name in (".DS_Store", ".directory", ".hidden", ".jpg"):
        fill(tmp_path / name)

    assert passed(found_in(tmp_path)) == {}


@pytest.mark.parametrize("name", ["a.jpg.", "a.jpg ", "a.JPEG. .", "a.png\t", "a.jpg\u00a0"])
def test_a_stray_dot_or_blank_behind_the_suffix_makes_no_difference(
    tmp_path: Path, name: str
) -> None:
    draw(tmp_path / "a.jpg").rename(tmp_path / name)

    assert set(found_in(tmp_path).files) == {name}
    assert set(find_named(tmp_path, [name], Rules((), ()), Job()).files) == {name}


FOLDERS = [
    (".hidden", Reason.HIDDEN_FOLDER),
    (".thumbnails", Reason.HIDDEN_FOLDER),
    (".picasaoriginals", Reason.HIDDEN_FOLDER),
    ("@eaDir", Reason.CACHE),
    ("$Recycle.Bin", Reason.CACHE),
    ("#recycle", Reason.CACHE),
    ("node_modules", Reason.CACHE),
    ("Catalog Previews.lrdata", Reason.CACHE),
    ("Mine.photoslibrary/resources", Reason.CACHE),
    ("iPhoto Library.photolibrary/Thumbnails", Reason.CACHE),
    ("Old.aplibrary/Previews", Reason.CACHE),
    ("tagged", Reason.CACHE),
    ("silent", Reason.NO_MEDIA),
    ("private", Reason.EXCLUDED_FOLDER),
]


@pytest.mark.parametrize(("name", "reason"), FOLDERS)
@pytest.mark.parametrize("above", ["", "2019/"])
def test_folders_of_other_programs_and_such_as_ask_for_it_are_passed_over_whole(
    tmp_path: Path, name: str, reason: Reason, above: str
) -> None:
    folder = tmp_path / above / name
    draw(folder / "derivatives" / "a.jpg")
    if name == "tagged":
        (folder / "CACHEDIR.TAG").write_text(f"{CACHE_SIGNATURE}\n# by some program")
    if name == "silent":
        (folder / ".nomedia").touch()

    found = found_in(tmp_path, "private/")

    assert found.files == {}
    assert passed(found) == {reason: (1, (f"{above}{name}/",))}
    for path in (f"{above}{name}", f"{above}{name}/derivatives/a.jpg"):
        looked = find_named(tmp_path, [path], Rules(["private/"], ()), Job())
        assert looked.files == {}
        assert looked.passes_over(f"{above}{name}/derivatives/a.jpg")


@pytest.mark.parametrize(
    "name",
    ["Mine.photoslibrary/originals", "Mine.aplibrary/Masters", "Previews", "resources", "cache"],
)
def test_originals_and_folders_that_only_sound_like_it_are_taken(tmp_path: Path, name: str) -> None:
    draw(tmp_path / name / "a.jpg")
    (tmp_path / name / "CACHEDIR.TAG").write_text("no signature")

    assert set(found_in(tmp_path).files) == {f"{name}/a.jpg"}


@pytest.mark.parametrize("name", [".hidden", "@eaDir", "silent"])
def test_a_pattern_with_an_exclamation_mark_takes_such_a_folder_in(
    tmp_path: Path, name: str
) -> None:
    draw(tmp_path / name / "a.jpg")
    (tmp_path / name / ".nomedia").touch()

    assert set(found_in(tmp_path, f"!{name}/").files) == {f"{name}/a.jpg"}
    looked = find_named(tmp_path, [f"{name}/a.jpg"], Rules([f"!{name}/"], ()), Job())
    assert set(looked.files) == {f"{name}/a.jpg"}


def test_the_folder_that_a_person_names_is_looked_through_whatever_lies_in_it(
    tmp_path: Path,
) -> None:
    draw(tmp_path / ".@eaDir" / "a.jpg")
    (tmp_path / ".@eaDir" / ".nomedia").touch()

    assert set(found_in(tmp_path / ".@eaDir").files) == {"a.jpg"}


def test_links_and_what_is_no_file_are_counted(tmp_path: Path) -> None:
    draw(tmp_path / "outside" / "a.jpg")
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").symlink_to(tmp_path / "outside" / "a.jpg")
    (root / "outside").symlink_to(tmp_path / "outside")
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.bind(str(root / "s.jpg"))
    with socket.socket(socket.AF_UNIX) as pipe:
        pipe.bind(str(root / ".agent"))

    by_reason = passed(found_in(root))

    assert by_reason.keys() == {Reason.LINK, Reason.SPECIAL}
    assert set(by_reason[Reason.LINK][1]) == {"a.jpg", "outside"}
    assert by_reason[Reason.SPECIAL] == (1, ("s.jpg",))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_path_too_long_to_be_opened_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    draw(tmp_path / "a.jpg")
    inner = os.open(tmp_path, os.O_DIRECTORY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=inner)
        outer, inner = inner, os.open("x" * 250, os.O_DIRECTORY, dir_fd=inner)
        os.close(outer)
    os.close(inner)

    found = found_in(tmp_path)

    assert set(found.files) == {"a.jpg"}
    assert passed(found)[Reason.TOO_LONG][0] == 1


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_a_folder_that_may_not_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    with ordinary_rights():
        assert passed(found_in(tmp_path)) == {Reason.UNREADABLE: (1, ("locked",))}


def test_a_few_examples_are_kept_of_many(tmp_path: Path) -> None:
    for number in range(700):
        fill(tmp_path / f"{number // 100}" / f"{number}.mp4")

    (videos,) = found_in(tmp_path).passed

    assert (videos.reason, videos.n, len(videos.examples)) == (Reason.VIDEO, 700, 3)


FILES = "a.jpg b.PNG c.txt d.mp4 .e.jpg f.jpg. g h.cr2 i.jpg.part j.jpg~ Thumbs.db ._k.jpg .nomedia"
FOLDERS = """a b .hidden @eaDir #recycle $RECYCLE.BIN .Trash-1000 .thumbnails x.lrdata originals
    My.photoslibrary My.aplibrary Thumbnails resources __MACOSX .git c.jpg"""


def grow(folder: Path, chance: random.Random, depth: int = 0) -> None:
    for name in chance.sample(FILES.split(), chance.randrange(5)):
        if chance.random() < 0.1 and os.name == "posix":
            (folder / name).symlink_to(chance.choice(["a.jpg", "..", "nowhere", "."]))
        else:
            fill(folder / name, chance.choice([0, 100, MIN_SIZE_BYTES, 5000]))
    for name in chance.sample(FOLDERS.split(), chance.randrange(4) if depth < 4 else 0):
        if not os.path.lexists(folder / name):
            (folder / name).mkdir()
            grow(folder / name, chance, depth + 1)


@pytest.mark.parametrize("seed", range(25))
def test_what_is_there_is_a_photo_or_counted_once(tmp_path: Path, seed: int) -> None:
    """A folder that is passed over counts as one. Hidden files are worth a word where they have the
    name of a photo, or mark a folder."""
    grow(tmp_path, random.Random(seed))

    found = found_in(tmp_path)

    n_there = 0
    for folder, folders, files in os.walk(tmp_path):
        relative = os.path.relpath(folder, tmp_path).replace(os.sep, "/").removeprefix(".")
        paths = {name: f"{relative}/{name}".lstrip("/") for name in folders}
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in links]
        left = [name for name in folders if paths[name] in found.passed_folders]
        folders[:] = [name for name in folders if name not in left]
        n_there += len(left)
        n_there += sum(not name.startswith(".") or name.endswith(".jpg") for name in files + links)
    assert n_there == len(found.files) + sum(found.n_passed.values())


def test_the_counts_stay_true_where_folders_are_unchanged(bench: Bench) -> None:
    """Sub-folders that hold what they held are not compared again, and are counted all the same."""
    draw(bench.folder / "a" / "stays.jpg")
    for name in ("a/private 1.jpg", "a/private 2.jpg", "b/private 3.jpg", "a/film.mp4"):
        fill(bench.folder / name)
    fill(bench.folder / "a" / "empty.jpg", 0)
    bench.rules = Rules(["private*", "*.gif"], ())

    first = bench.scan()
    kept = bench.catalog.files.list_passed_over(bench.folder_id)
    revision = bench.catalog.revision()
    again = bench.scan()

    assert {each.reason: each.n for each in kept} == {
        Reason.EMPTY: 1,
        Reason.EXCLUDED: 3,
        Reason.VIDEO: 1,
    }
    assert again.is_empty and first.matched == again.matched == 0b01
    assert bench.catalog.files.list_passed_over(bench.folder_id) == kept
    assert bench.catalog.revision() == revision, "nothing is written either"

    (bench.folder / "a" / "private 1.jpg").unlink()
    fill(bench.folder / "c" / "other.avi")
    bench.scan()

    assert {
        each.reason: each.n for each in bench.catalog.files.list_passed_over(bench.folder_id)
    } == {
        Reason.EMPTY: 1,
        Reason.EXCLUDED: 2,
        Reason.VIDEO: 2,
    }


def test_a_file_is_counted_for_one_reason(bench: Bench) -> None:
    draw(bench.folder / "stays.jpg")
    fill(bench.folder / "icon.jpg", 100)
    fill(bench.folder / "private icon.jpg", 100)
    bench.rules = Rules(["private*"], ())

    for _ in range(2):
        bench.scan()
        assert bench.catalog.files.list_passed_over(bench.folder_id) == [
            PassedOver(Reason.EXCLUDED, 1, ("private icon.jpg",)),
            PassedOver(Reason.TINY, 1, ("icon.jpg",)),
        ]


def test_a_scan_with_nothing_passed_over_leaves_nothing(bench: Bench) -> None:
    draw(bench.folder / "a.jpg")
    film = fill(bench.folder / "film.mp4")
    bench.scan()
    assert bench.catalog.files.list_passed_over(bench.folder_id) == [
        PassedOver(Reason.VIDEO, 1, ("film.mp4",))
    ]
    film.unlink()

    bench.scan()

    assert bench.catalog.files.list_passed_over(bench.folder_id) == []


@pytest.mark.parametrize("how", ["scan", "events"])
def test_a_mark_takes_a_folder_out_without_a_question_and_brings_it_back(
    bench: Bench, how: str
) -> None:
    draw(bench.folder / "stays.jpg", "blue")
    for seed in range(30):
        draw(bench.folder / "a" / "b" / f"{seed}.jpg", "red", seed)
    bench.index()
    assert bench.counts.searchable == 31
    mark = bench.folder / "a" / ".nomedia"

    mark.touch()
    bench.scan() if how == "scan" else bench.look_at("a")
    bench.embed()
    assert bench.counts.searchable == 1
    assert bench.catalog.folders.list_all()[0].doubted_since is None

    mark.unlink()
    bench.scan() if how == "scan" else bench.look_at("a")
    assert bench.embed().made.total() == 0, "what was removed just now is not embedded again"
    assert bench.counts.searchable == 31
