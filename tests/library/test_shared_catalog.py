"""One catalog on a PostgreSQL server, and several machines that use it: each is a Library with a
data folder of its own."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import CatalogAway, DiskFull, FolderUnusable, LibraryBusy, UserError
from desktop.library import (
    Failed,
    FoldersChanged,
    Job,
    Library,
    PhotosChanged,
    Places,
    Query,
    Reason,
    SavedChanged,
    load_settings,
    refuse_remote,
)
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw, draw_nine
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS
from tests.small_disk import small_disk

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


def test_a_folder_that_was_unplugged_counts_as_away_until_a_machine_that_has_it_looks(
    machine: Machine, photos: Path, tmp_path: Path
) -> None:
    one, other = machine("one"), machine("other")
    one.folders.add(photos)
    one.index(Job())
    mounted = Path(shutil.copytree(photos, tmp_path / "mnt" / "nas"))
    other.folders.add(mounted)

    def is_away() -> bool:
        return one.folders.list_all()[0].is_missing

    shutil.rmtree(tmp_path / "mnt")
    assert other.index(Job()).missing == 9 and is_away()
    assert found(other) == found(one) == []
    one.index(Job())
    assert not is_away() and len(found(one)) == 9

    one.start()  # as a window does, which keeps the folder
    wait_until(lambda: one._catalog.claims.mine() != frozenset())
    other.index(Job())
    assert not is_away()


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


def test_what_others_write_before_the_first_look_is_told_too(
    machine: Machine, photos: Path
) -> None:
    here, there = machine("here"), machine("there")
    listener = Listener()
    here.listen(listener)
    there.folders.add(photos)
    there.index(Job())
    there.saved.save("red", Query(text="red"))
    here.start()
    listener.wait_until(lambda: listener.heard(FoldersChanged) and listener.heard(SavedChanged))


N_MANY = 20


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    for number in range(N_MANY):
        draw(folder / f"red{number}.jpg", "red", seed=number)
    return folder


def n_searchable(library: Library) -> int:
    return library.status().counts.searchable


def test_a_server_that_is_started_anew_interrupts_indexing_and_no_more(
    machine: Machine, many: Path, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    here, listener = machine("here"), Listener()
    here.listen(listener)
    here.start()
    here.folders.add(many)
    wait_until(lambda: n_searchable(here) == N_MANY)
    here.indexing.pause()
    for number in range(N_MANY):
        draw(many / f"blue{number}.jpg", "blue", seed=number)
    caplog.clear()

    with postgres.stopped():
        here.indexing.resume()
        listener.wait_until(lambda: listener.heard(Failed))
        with pytest.raises(CatalogAway):
            here.status()
        wait_until(lambda: "check-up" in caplog.text)
        time.sleep(2.5)  # it looks every second
    told = [each.getMessage() for each in caplog.records if "does not answer" in each.getMessage()]
    assert sorted(each.partition(":")[0] for each in told) == ["check-up", "stopped"]

    wait_until(lambda: n_searchable(here) == 2 * N_MANY)
    assert here.doctor().troubles == ()
    draw(many / "another.jpg", "red", seed=99)
    wait_until(lambda: n_searchable(here) == 2 * N_MANY + 1)


def test_a_wrong_password_is_a_sentence(
    url: str, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.run("CREATE ROLE locked SUPERUSER LOGIN PASSWORD 'open-sesame'")
    places = places_of(tmp_path / "data", url.replace("likeness@", "locked@"))

    def opens() -> None:
        Library.open(places, None, ColourRegistry, DECODERS).close()

    with postgres.asking_for_passwords("locked"):
        for password in ("", "wrong-guess"):
            monkeypatch.setenv("PGPASSWORD", password)
            wait_until(lambda: is_refused(opens))
        monkeypatch.setenv("PGPASSWORD", "open-sesame")
        opens()


def is_refused(opens: Callable[[], None]) -> bool:
    """Whether somebody is not let in; the server takes a moment to learn of new rules."""
    try:
        opens()
    except UserError as error:
        assert "did not let you into" in error.message and "~/.pgpass" in error.hint
        assert "wrong-guess" not in f"{error.message} {error.hint}"
        return True
    return False


def test_the_full_disk_of_the_server_is_a_sentence_and_nothing_is_lost(
    machine: Machine, many: Path, url: str, postgres: PostgresServer
) -> None:
    here = machine("here")
    here.folders.add(many)
    name = url.partition("@/")[2].partition("?")[0]
    with small_disk(Path(tempfile.mkdtemp(prefix="likeness-space-")) / "disk") as disk:
        os.chmod(disk.path.parent, 0o755)
        os.chown(disk.path, postgres.account.get("user", 0), postgres.account.get("group", 0))
        postgres.run(f"CREATE TABLESPACE small LOCATION '{disk.path}'")
        try:
            postgres.run("ALTER TABLE photo SET TABLESPACE small", name)
            disk.fill()
            with pytest.raises(DiskFull, match="disk of the server"):
                here.index(Job())
            disk.make_room()
            assert here.index(Job()).photos == N_MANY
            assert n_searchable(here) == N_MANY and here.doctor().troubles == ()
        finally:
            postgres.run("ALTER TABLE photo SET TABLESPACE pg_default", name)
            postgres.run("DROP TABLESPACE small")


def test_a_path_that_the_server_cannot_hold_is_passed_over(machine: Machine, photos: Path) -> None:
    letters = random.Random(1)

    def name(n_letters: int) -> str:
        return "".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=n_letters))

    relative = "/".join(name(240) for _ in range(10))
    deep = photos / relative
    longest = deep / f"{name(2600 - len(relative) - len('/.jpg'))}.jpg"
    draw(longest, "red", 30)
    draw(longest.with_stem(longest.stem + "x"), "red", 31)
    draw(deep / name(200) / "below.jpg", "red", 32)
    here = machine("here")
    here.folders.add(photos)

    summary = here.index(Job())

    assert summary.photos == 10 and summary.passed_over == {Reason.TOO_LONG: 2}
    assert longest in found(here)
    again = here.index(Job())
    assert again.passed_over == {Reason.TOO_LONG: 2} and again.missing == 0


def test_a_map_is_kept_before_there_is_an_index(machine: Machine, many: Path) -> None:
    here = machine("here")
    here.folders.add(many)
    here.index(Job())
    assert len(here.map.draw(Job()).photo_ids) == N_MANY
