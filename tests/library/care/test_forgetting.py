"""Forgetting everything removes what Likeness made, and never a photo."""

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import numpy as np
import pytest

from desktop.embedding.converted import Converted
from desktop.embedding.running.memory import MemoryNotes
from desktop.embedding.running.notes import write_notes
from desktop.errors import LibraryBusy
from desktop.index import CatalogVectors, Index
from desktop.jobs import Job
from desktop.library import Library, forget_everything
from desktop.logs import start_log
from desktop.settings import Places
from desktop.settings_in_use import save_settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw

pytestmark = pytest.mark.usefixtures("log_kept")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for colour in ("red", "blue"):
        for seed in range(3):
            draw(tmp_path / "Pictures" / f"{colour}{seed}.jpg", colour, seed)
    return tmp_path / "Pictures"


@pytest.fixture
def used(places: Places, photos: Path) -> Places:
    """A data folder with everything that a long life leaves in it."""
    places.create()
    start_log(places.log_path, debug=False)
    library = Library.open(places, None, ColourRegistry)
    library.folders.add(photos)
    library.index(Job())
    library.change_settings(library.settings)
    library._catalog.backups.make_before_migration(1)
    library.close()
    places.window_path.write_text("[window]\n")
    index = Index(places.index_path, "colours@1", 64)
    ids = np.arange(1, 1201)
    vectors = np.random.default_rng(0).normal(size=(1200, 64)).astype(np.float32)
    index.load(
        CatalogVectors(lambda _: ids, lambda wanted: (np.asarray(wanted), vectors[: len(wanted)]))
    )
    index.rebuild(Job(), 1)
    leave_what_crashes_leave(places)
    return places


def leave_what_crashes_leave(places: Places) -> None:
    data = places.catalog_path.parent
    for name in ("window.lock", "catalog.sqlite-wal", "catalog.sqlite.restored", "settings.tmp"):
        (data / name).write_bytes(b"x")
    (data / "catalog-damaged-20260102-101010.sqlite").write_bytes(b"x")
    (places.log_path.parent / "likeness.log.2").write_text("old")
    thumbnail = next(places.thumbnails_path.rglob("*.jpg"))
    thumbnail.with_name(f".{thumbnail.stem[:16]}-a1b2c3_d.tmp").write_bytes(b"x")
    for folder in ("clip-ViT-B-32/0_CLIPModel", "someone--else.partial"):
        (places.models_path / folder).mkdir(parents=True)
        for name in ("model.safetensors", "config.json", "vocab.txt"):
            (places.models_path / folder / name).write_bytes(b"x")
    (places.models_path / "someone--else.lock").touch()
    converted = Converted(places.converted_path, "colours@1")
    for folder in (converted.make_folder(), converted.make_folder()):
        (folder / "int8-0.xml").write_bytes(b"x")
        (folder / "int8-0.bin").write_bytes(b"x")
    (places.converted_path / "0123456789abcdef.tmp").write_bytes(b"x")
    MemoryNotes(places.memory_path).note("colours@1", 1_000)
    for path in (places.memory_path, places.trials_path):
        path.with_suffix(".12-34.tmp").write_bytes(b"x")
    write_notes(places.trials_path, {})
    record = {"format": 1}
    (places.converted_path / "0123456789abcdef.json").write_text(json.dumps(record))


def everything_in(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nothing_of_it_is_left_and_no_photo_is_touched(used: Places, photos: Path) -> None:
    before = everything_in(photos)
    n_files = len(everything_in(used.catalog_path.parent))
    forgotten = forget_everything(used)
    assert list(used.catalog_path.parent.iterdir()) == []
    assert everything_in(photos) == before
    assert (forgotten.left, forgotten.stuck) == ((), ())
    assert forgotten.n_files == n_files - 1, "all but the lock that is held meanwhile"
    assert forgotten.n_bytes > 0


def test_the_next_start_begins_anew(used: Places) -> None:
    forget_everything(used)
    library = Library.open(used, None, ColourRegistry)
    assert library.folders.list_all() == []
    assert library.status().counts.photos == 0
    library.close()


def test_a_photo_in_the_data_folder_stays(used: Places) -> None:
    data = used.catalog_path.parent
    index = next(path for path in used.index_path.iterdir() if path.is_dir())
    thumbnails = next(path for path in used.thumbnails_path.iterdir() if path.is_dir())
    put = [
        data / "IMG_0001.jpg",
        data / "catalog.jpg",
        data / "Holiday" / "beach.jpg",
        used.thumbnails_path / "beach.jpg",
        used.thumbnails_path / f"{'ab' * 16}.jpg",  # like one of ours, in another place
        thumbnails / "beach.jpg",
        index / "beach.jpg",
        used.models_path / "clip-ViT-B-32" / "beach.jpg",
        used.models_path / "beach.jpg",
        used.backups_path / "beach.jpg",
        used.log_path.parent / "beach.jpg",
    ]
    for path in put:
        draw(path, "blue")
    before = {path: path.read_bytes() for path in put}
    forgotten = forget_everything(used)
    assert {path: path.read_bytes() for path in put} == before
    assert {path for path in data.rglob("*") if path.is_file()} == set(put)
    assert set(forgotten.left) == set(put[3:]), "what is in our own folders is named"


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX")
def test_what_links_point_to_stays(used: Places, photos: Path) -> None:
    thumbnail = next(used.thumbnails_path.rglob("*.jpg"))
    thumbnail.unlink()
    thumbnail.symlink_to(photos / "red0.jpg")
    (used.thumbnails_path / "ff").symlink_to(photos)
    model = used.models_path / "linked"
    model.symlink_to(photos)
    before = everything_in(photos)
    forgotten = forget_everything(used)
    assert everything_in(photos) == before
    assert {thumbnail, model} <= set(forgotten.left)


def test_a_library_in_use_is_refused_and_stays_whole(used: Places) -> None:
    before = everything_in(used.catalog_path.parent)
    hold = (
        "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    lock_path = used.catalog_path.with_name("indexing.lock")
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(lock_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(LibraryBusy, match="nothing was removed"):
            forget_everything(used)
        other.communicate()
    assert everything_in(used.catalog_path.parent) == before
    with filelock.FileLock(lock_path):
        pass


def test_an_empty_data_folder_is_no_trouble(places: Places) -> None:
    places.create()
    assert forget_everything(places).n_files == 2, (
        "what tells others that two of its folders are caches"
    )


def test_the_folders_of_the_platform_go_too() -> None:
    places = Places.of_platform()
    places.create()
    save_settings(places.settings_path, Library.open(places).settings)
    forget_everything(places)
    home = Path.home()
    assert not [path for path in home.rglob("likeness") if path.exists()]
    assert places.catalog_path.parent.parent.is_dir(), "what belongs to all programs stays"
