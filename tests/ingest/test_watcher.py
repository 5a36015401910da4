import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from desktop.catalog import Folder
from desktop.errors import Cancelled
from desktop.ingest import Watcher
from desktop.ingest.watcher import END_WITHIN_S, is_on_network
from desktop.jobs import Job, wait
from tests.hung_drive import hung
from tests.pictures import draw


class Heard:
    """Collects what a watcher hands on, and lets a test wait for it."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.calls: list[dict[int, set[str]]] = []
        self._changed = threading.Condition()

    def __call__(self, paths: Mapping[int, set[str]]) -> None:
        with self._changed:
            self.calls.append({key: set(value) for key, value in paths.items()})
            self.paths.update(*paths.values())
            self._changed.notify_all()

    def wait_for(self, *relative_paths: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: set(relative_paths) <= self.paths, timeout=20), (
                self.paths
            )


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "photos"
    path.mkdir()
    return Folder(1, path, 0.0, None)


@pytest.fixture
def watcher(heard: Heard, folder: Folder) -> Iterator[Watcher]:
    watcher = Watcher(heard)
    watcher.watch(folder)
    yield watcher
    watcher.stop()


@pytest.mark.usefixtures("watcher")
def test_a_new_file_is_told_once_it_has_settled(folder: Folder, heard: Heard) -> None:
    draw(folder.path / "a.jpg")

    heard.wait_for("a.jpg")


@pytest.mark.usefixtures("watcher")
def test_a_file_that_is_still_growing_is_not_told(folder: Folder, heard: Heard) -> None:
    picture = draw(folder.path.parent / "b.jpg").read_bytes()
    seen_while_writing: set[str] = set()
    with (folder.path / "slow.jpg").open("wb") as file:
        for _ in range(6):
            file.write(picture)
            file.flush()
            heard_any = threading.Event()
            heard_any.wait(0.3)
            seen_while_writing |= heard.paths

    heard.wait_for("slow.jpg")
    assert "slow.jpg" not in seen_while_writing


@pytest.mark.usefixtures("watcher")
def test_both_ends_of_a_move_are_told_together(folder: Folder, heard: Heard) -> None:
    draw(folder.path / "a.jpg")
    heard.wait_for("a.jpg")
    heard.paths.clear()
    heard.calls.clear()

    (folder.path / "a.jpg").rename(folder.path / "b.jpg")

    heard.wait_for("a.jpg", "b.jpg")
    assert any({"a.jpg", "b.jpg"} <= call[1] for call in heard.calls)


@pytest.mark.usefixtures("watcher")
def test_a_folder_that_is_moved_in_is_told(folder: Folder, heard: Heard, tmp_path: Path) -> None:
    draw(tmp_path / "trip" / "a.jpg")

    (tmp_path / "trip").rename(folder.path / "trip")

    heard.wait_for("trip")


def test_folders_that_go_and_come_back_fill_no_log(
    folder: Folder, heard: Heard, tmp_path: Path
) -> None:
    """A warning for each, with all the folders that are watched, would drive out all the rest."""
    trip, elsewhere = folder.path / "trip", tmp_path / "elsewhere"
    inner = [trip / f"{number:02}" / "deep" for number in range(20)]
    for path in inner:
        path.mkdir(parents=True)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        watcher = Watcher(heard)
        watcher.watch(folder)
        trip.rename(elsewhere)
        heard.wait_for("trip")
        heard.paths.clear()
        elsewhere.rename(trip)
        heard.wait_for("trip")
        draw(inner[-1] / "late.jpg")
        heard.wait_for("trip/19/deep/late.jpg")
        watcher.stop()
    assert [str(each.message)[:60] for each in warned] == []


@pytest.mark.usefixtures("watcher")
def test_a_mark_that_hides_a_folder_is_told_as_a_change_of_the_folder(
    folder: Folder, heard: Heard
) -> None:
    draw(folder.path / "trip" / "a.jpg")
    heard.wait_for("trip")
    heard.paths.clear()

    (folder.path / "trip" / ".nomedia").touch()

    heard.wait_for("trip")


@pytest.mark.usefixtures("watcher")
def test_a_deleted_file_is_told(folder: Folder, heard: Heard) -> None:
    path = draw(folder.path / "a.jpg")
    heard.wait_for("a.jpg")
    heard.paths.clear()

    path.unlink()

    heard.wait_for("a.jpg")


def test_stopping_ends_every_thread(heard: Heard, folder: Folder) -> None:
    before = set(threading.enumerate())
    watcher = Watcher(heard)
    watcher.watch(folder)
    watcher.watch(folder)
    assert watcher.is_watching(1)

    watcher.stop()

    assert set(threading.enumerate()) == before


def test_an_ordinary_folder_is_not_on_the_network(tmp_path: Path) -> None:
    assert not is_on_network(tmp_path)


def test_a_network_drive_is_looked_at_where_events_do_not_come(
    heard: Heard, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.ingest.watcher.is_on_network", lambda _: True)
    monkeypatch.setattr("desktop.ingest.watcher.POLL_S", 0.2)
    watcher = Watcher(heard)
    watcher.watch(folder)

    draw(folder.path / "a.jpg")

    heard.wait_for("a.jpg")
    watcher.stop()


def test_a_folder_on_a_drive_that_hangs_holds_up_neither_others_nor_the_end(
    heard: Heard, folder: Folder, tmp_path: Path
) -> None:
    watcher, other = Watcher(heard), Folder(2, tmp_path / "here", 0.0, None)
    other.path.mkdir()
    watcher.watch(folder)
    watcher.watch(other)
    draw(folder.path / "a.jpg")  # an event that is looked at when its drive hangs
    with hung(folder.path):
        draw(other.path / "b.jpg")
        heard.wait_for("b.jpg")
        begun_s = time.monotonic()
        watcher.stop()
        assert time.monotonic() - begun_s < 2 * END_WITHIN_S


def test_watching_a_folder_on_a_drive_that_hangs_can_be_cancelled(
    heard: Heard, folder: Folder
) -> None:
    watcher, job = Watcher(heard), Job()
    with hung(folder.path):
        threading.Timer(0.3, job.cancel).start()
        with pytest.raises(Cancelled):
            watcher.watch(folder, job)
    has_gone = threading.Event()
    assert wait(lambda s: not watcher.is_watching(folder.folder_id) or has_gone.wait(s), 20)
    watcher.watch(folder)
    draw(folder.path / "a.jpg")
    heard.wait_for("a.jpg")
    watcher.stop()
