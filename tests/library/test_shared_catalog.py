"""One catalog on a PostgreSQL server, and several machines that use it: each is a Library with a
data folder of its own."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import FolderUnusable, LibraryBusy, UserError
from desktop.library import (
    FoldersChanged,
    Job,
    Library,
    PhotosChanged,
    Places,
    Query,
    SavedChanged,
    load_settings,
    refuse_remote,
)
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw, draw_nine
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.catalog() as url:
        yield url


Machine = Callable[[str], Library]


@pytest.fixture
def machine(url: str, tmp_path: Path) -> Iterator[Machine]:
    """Opens the library on a machine of this name."""
    opened: list[Library] = []

    def open_one(name: str) -> Library:
        places = places_of(tmp_path / name, url)
        opened.append(Library.open(places, None, ColourRegistry, DECODERS))
        return opened[-1]

    yield open_one
    for library in opened:
        library.close()


def places_of(data: Path, url: str) -> Places:
    return dataclasses.replace(Places.under(data), catalog_url=url)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    draw_nine(folder)
    return folder


def found(library: Library, words: str = "red") -> list[Path]:
    hits = library.search(Query(text=words)).hits
    return [photo.path for photo in library.photos.get([hit.photo_id for hit in hits])]


def test_what_one_machine_indexes_all_find(machine: Machine, photos: Path) -> None:
    one = machine("one")
    one.folders.add(photos)
    assert one.index(Job()).embedded == 9

    other = machine("other")

    assert found(other) == found(one) and len(found(other)) == 9
    assert not Path(other.places.catalog_path).exists(), "the catalog is on the server alone"
    assert other.doctor().troubles == ()


def test_a_folder_is_where_each_machine_has_it(
    machine: Machine, photos: Path, tmp_path: Path
) -> None:
    one = machine("one")
    one.folders.add(photos)
    one.index(Job())
    mounted = Path(shutil.copytree(photos, tmp_path / "mnt" / "nas"))
    other = machine("other")
    assert {path.parent for path in found(other)} == {photos}, "it does not know better yet"

    folder = other.folders.add(mounted)

    assert [each.path for each in other.folders.list_all()] == [mounted]
    assert folder.folder_id == one.folders.list_all()[0].folder_id
    assert {path.parent for path in found(other)} == {mounted}
    assert {path.parent for path in found(one)} == {photos}
    assert other.folders.add(mounted) == folder
    summary = other.index(Job())
    assert (summary.embedded, summary.missing, summary.photos) == (0, 0, 9)
    saved = load_settings(other.places.settings_path)
    assert saved.mounts == {str(photos): str(mounted)}


def test_a_machine_that_has_no_folder_changes_nothing(
    machine: Machine, photos: Path, tmp_path: Path
) -> None:
    one = machine("one")
    one.folders.add(photos)
    one.index(Job())
    photos.rename(tmp_path / "elsewhere")  # as if it had never been on the other machine

    summary = machine("other").index(Job())

    assert (summary.photos, summary.missing) == (9, 0)


def test_another_folder_of_the_same_path_is_not_taken_for_it(
    machine: Machine, photos: Path
) -> None:
    one = machine("one")
    one.folders.add(photos)
    one.index(Job())
    shutil.rmtree(photos)
    draw_nine(photos)  # the same names, other times

    other = machine("other")

    with pytest.raises(FolderUnusable, match="Another machine watches"):
        other.folders.add(photos)
    assert other.index(Job()).missing == 0


def test_one_machine_indexes_a_folder_until_it_ends_or_dies(
    machine: Machine, photos: Path, url: str
) -> None:
    one = machine("one")
    one.folders.add(photos)
    one.index(Job())
    code = (
        "import sys; from pathlib import Path; from desktop.catalog import Catalog, Mounts\n"
        "catalog = Catalog.open(sys.argv[1], mounts=Mounts({sys.argv[2]: sys.argv[2]}))\n"
        "(folder,) = catalog.folders.list_all()\n"
        "print(catalog.claims.take(folder), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, url, str(photos)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "True\n"
        with pytest.raises(LibraryBusy, match="Another machine is indexing"):
            one.index(Job())
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    wait_until(lambda: is_free(one))
    assert one.index(Job()).photos == 9


def wait_until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    until_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.05)


def is_free(library: Library) -> bool:
    try:
        library.index(Job())
    except LibraryBusy:
        return False
    return True


def test_what_another_machine_indexes_is_no_rename(
    machine: Machine, photos: Path, tmp_path: Path
) -> None:
    one = machine("one")
    one.folders.add(photos)
    one.index(Job())
    copies = Path(shutil.copytree(photos, tmp_path / "copies", copy_function=shutil.copy))
    photos.rename(tmp_path / "elsewhere")  # it is not on the other machine
    other = machine("other")
    other.folders.add(copies)

    summary = other.index(Job())

    assert (summary.photos, summary.renamed, summary.embedded) == (18, 0, 0)


def test_nothing_is_restored_over_a_server(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="keeps no backups"):
        refuse_remote(places_of(tmp_path, url))


WRITER = """
import sys
from desktop.library import Job, Library, Places, Query
from dataclasses import replace
from pathlib import Path
from tests.colour_registry import ColourRegistry
places = replace(Places.under(Path(sys.argv[1])), catalog_url=sys.argv[2])
library = Library.open(places, None, ColourRegistry)
for line in sys.stdin:
    what, _, rest = line.strip().partition(" ")
    if what == "add":
        library.folders.add(Path(rest))
        library.index(Job())
    elif what == "save":
        library.saved.save(rest, Query(text=rest))
    print("done", flush=True)
library.close()
"""


def test_what_another_process_writes_is_seen_by_one_that_is_open(
    machine: Machine, photos: Path, url: str, tmp_path: Path
) -> None:
    here = machine("here")
    listener = Listener()
    here.listen(listener)
    here.start()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "there"), url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as there:

        def tell(line: str) -> None:
            assert there.stdin is not None and there.stdout is not None
            print(line, file=there.stdin, flush=True)
            assert there.stdout.readline() == "done\n"

        tell(f"add {photos}")
        listener.wait_until(lambda: len(found(here)) == 9)
        listener.wait_until(
            lambda: listener.heard(PhotosChanged) and listener.heard(FoldersChanged)
        )
        tell("save red")
        listener.wait_until(lambda: listener.heard(SavedChanged))
        assert [saved.name for saved in here.saved.list()] == ["red"]
        draw(photos / "red9.jpg", "red", seed=9)
        tell(f"add {photos}")
        listener.wait_until(lambda: len(found(here)) == 10)
        assert there.stdin is not None
        there.stdin.close()
