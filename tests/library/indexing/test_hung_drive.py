"""A network folder that hangs, for real: calls into it wait in the kernel."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop.errors import Cancelled
from desktop.ingest import patience
from desktop.jobs import Job, wait
from desktop.library import Library, Places, Query
from tests.colour_registry import ColourRegistry
from tests.hung_drive import hung
from tests.library.indexing.test_losses import n_embedded
from tests.library.test_library import Listener, names
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.8)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """With three photos on a network drive and three that are here."""
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    for seed in range(3):
        draw(tmp_path / "network" / "sub" / f"red{seed}.jpg", "red", seed)
        draw(tmp_path / "here" / f"blue{seed}.jpg", "blue", seed)
    library.folders.add(tmp_path / "network")
    library.folders.add(tmp_path / "here")
    library.index(Job())
    yield library
    library.close()


@pytest.mark.parametrize("place", ["network", "network/sub"])
def test_other_folders_are_indexed_while_one_hangs(
    library: Library, tmp_path: Path, place: str
) -> None:
    """At its root, or deep inside where the walk meets it."""
    draw(tmp_path / "here" / "green.jpg", "green")
    with hung(tmp_path / place):
        assert library.index(Job()).embedded == 1

        network, here = library.folders.list_all()
        assert (network.is_missing, here.is_missing) == (True, False)
        assert names(library, Query(text="green", n=1)) == ["green.jpg"]
        assert len(library.photos.list_ids()) == 7, "its photos stay"
        assert library.status().doubts == ()

        begun_s = time.monotonic()
        library.index(Job())
        assert time.monotonic() - begun_s < 5, "the second time it is known"

    library.index(Job())
    assert not library.folders.list_all()[0].is_missing
    assert library.status().counts.searchable == n_embedded(library) == 7


def test_the_window_goes_on_and_closes_while_a_drive_hangs(
    library: Library, tmp_path: Path
) -> None:
    listener = Listener()
    library.listen(listener)
    library.start()
    listener.wait_until(lambda: library.indexing._job is None and bool(listener.events))
    with hung(tmp_path / "network"):
        listener.wait_until(lambda: library.folders.list_all()[0].is_missing)

        draw(tmp_path / "here" / "green.jpg", "green")

        listener.wait_until(
            lambda: library.folders.find_photo(tmp_path / "here" / "green.jpg") is not None
        )
        listener.wait_until(lambda: names(library, Query(text="green", n=1)) == ["green.jpg"])
        troubles = library.doctor().troubles
        assert any(str(tmp_path / "network") in trouble for trouble in troubles)
        begun_s = time.monotonic()
        library.close()
        assert time.monotonic() - begun_s < 6


def test_a_drive_that_answers_again_is_noticed(library: Library, tmp_path: Path) -> None:
    listener = Listener()
    library.listen(listener)
    library.start()
    with hung(tmp_path / "network"):
        listener.wait_until(lambda: library.folders.list_all()[0].is_missing)

    listener.wait_until(lambda: not library.folders.list_all()[0].is_missing)
    draw(tmp_path / "network" / "green.jpg", "green")
    listener.wait_until(lambda: library.status().counts.searchable == 7)


def test_a_pause_is_not_taken_for_silence(tmp_path: Path) -> None:
    """The walk waits with the job, longer than a drive may be silent."""
    job = Job()
    job.pause()
    drives = patience.Drives()

    def work(_: object) -> str:
        job.check()
        return "done"

    threading.Timer(2.0, job.resume).start()
    assert drives.ask(tmp_path, work, job) == "done"


@pytest.mark.usefixtures("library")
def test_closing_waits_for_no_drive(tmp_path: Path) -> None:
    drives, ended = patience.Drives(), threading.Event()

    def ask() -> None:
        with pytest.raises(Cancelled):
            drives.is_away(tmp_path / "network", has_photos=True)
        ended.set()

    with hung(tmp_path / "network"), ThreadPoolExecutor(1) as pool:
        pool.submit(ask)
        assert not ended.wait(0.3)
        drives.close()
        assert ended.wait(patience.PATIENCE_S / 2)


def test_what_is_raised_when_nobody_waits_any_more_is_reported(
    tmp_path: Path, bugs: list[BaseException]
) -> None:
    drives, go_on = patience.Drives(), threading.Event()

    def work(_: object) -> None:
        go_on.wait(20)
        raise ZeroDivisionError("a bug")

    with pytest.raises(patience.NoAnswer):
        drives.ask(tmp_path, work)
    assert not bugs
    go_on.set()
    assert wait(lambda timeout_s: bool(bugs) or threading.Event().wait(timeout_s), 20)


def test_who_waits_for_a_picture_is_let_go_when_the_library_closes(
    library: Library, tmp_path: Path
) -> None:
    photo = library.folders.find_photo(tmp_path / "network" / "sub" / "red0.jpg")
    assert photo is not None
    with hung(tmp_path / "network"), ThreadPoolExecutor(1) as pool:
        shown = pool.submit(library.pictures.load, photo.path)
        with pytest.raises(TimeoutError):
            shown.result(0.5)
        library.pictures.stop()
        assert isinstance(shown.exception(5), Cancelled)
