import dataclasses
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from desktop.errors import Cancelled, FolderUnusable, LibraryBusy, ModelUnavailable
from desktop.library import (
    Change,
    Event,
    FoldersChanged,
    Job,
    Library,
    PhotosChanged,
    Places,
    ProgressChanged,
    Query,
    Settings,
)
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS


class Listener:
    """Collects events, and lets a test wait until something is true after one of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            for _ in range(150):  # not everything that can be waited for has an event
                if self._changed.wait_for(holds, timeout=0.2):
                    return
            raise AssertionError(self.events[-5:])

    @property
    def waits_because(self) -> str:
        """Why indexing waits, as last told; "" if it does not."""
        told = [event for event in self.events if isinstance(event, ProgressChanged)]
        return told[-1].waits_because if told else ""

    def heard(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.events)


def open_library(data: Path, settings: Settings | None = None) -> Library:
    return Library.open(Places.under(data), settings, ColourRegistry, DECODERS)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_nine(tmp_path / "photos")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def names(library: Library, query: Query) -> list[str]:
    hits = library.search(query).hits
    return [photo.path.name for photo in library.photos.get([hit.photo_id for hit in hits])]


def test_words_and_likeness_find_photos_after_indexing(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    summary = library.index(Job())

    assert (summary.photos, summary.new, summary.embedded, summary.problems) == (9, 9, 9, 0)
    assert {name[:-5] for name in names(library, Query(text="blue", n=3))} == {"blue"}
    like = library.open_image(photos / "green0.jpg")
    assert like.like_photo_id is not None
    assert sorted(names(library, Query(like_photo_id=like.like_photo_id, n=2))) == [
        "green1.jpg",
        "green2.jpg",
    ]


def test_an_image_from_outside_the_library_can_be_asked_with(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    library.folders.add(photos)
    library.index(Job())

    query = library.open_image(draw(tmp_path / "outside.png", "red", seed=77))

    assert query.like_image is not None
    assert names(library, query)[0].startswith("red")


def test_what_was_indexed_is_there_after_opening_again(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    library.folders.add(photos)
    library.index(Job())
    library.close()

    again = open_library(tmp_path / "data")
    try:
        assert again.status().counts.searchable == 9
        assert names(again, Query(text="red", n=1))[0].startswith("red")
        assert again.index(Job()).embedded == 0
    finally:
        again.close()


def test_removing_a_folder_forgets_its_photos_and_leaves_the_files(
    library: Library, photos: Path
) -> None:
    folder = library.folders.add(photos)
    library.index(Job())

    library.folders.remove(folder.folder_id)

    assert library.folders.list_all() == []
    assert library.status().counts.photos == 0
    assert library.search(Query(text="red")).hits == ()
    assert len(list(photos.iterdir())) == 9


@pytest.mark.parametrize("inside", ["absent", "red0.jpg", "sub"])
def test_a_folder_that_cannot_be_watched_is_refused_with_a_sentence(
    library: Library, photos: Path, inside: str
) -> None:
    (photos / "sub").mkdir()
    if inside == "sub":
        library.folders.add(photos)

    with pytest.raises(FolderUnusable) as refused:
        library.folders.add(photos / inside)

    assert refused.value.message.endswith(".")
    assert refused.value.hint.endswith(".")


def test_our_own_data_folder_cannot_be_watched(library: Library) -> None:
    for own in library.places.own_folders:
        with pytest.raises(FolderUnusable):
            library.folders.add(own)


def test_adding_a_folder_twice_gives_the_same_folder(library: Library, photos: Path) -> None:
    assert library.folders.add(photos) == library.folders.add(photos)


def test_only_one_process_indexes_at_a_time(library: Library, photos: Path, tmp_path: Path) -> None:
    library.folders.add(photos)
    other = open_library(tmp_path / "data")
    refused: list[LibraryBusy] = []

    def try_the_other(_: object) -> None:
        if not refused:
            with pytest.raises(LibraryBusy) as busy:
                other.index(Job())
            refused.append(busy.value)

    library.index(Job(try_the_other))
    assert refused
    other.index(Job())
    other.close()


def test_a_cancelled_index_goes_on_next_time(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        library.index(job)

    assert library.index(Job()).photos == 9


def test_another_model_embeds_in_the_background_while_the_old_one_answers(
    library: Library, photos: Path
) -> None:
    library.folders.add(photos)
    library.index(Job())

    library.models.use("colours-2")

    status = library.status()
    assert status.model.name == "colours"
    assert status.coming_model is not None and status.coming_model.name == "colours-2"
    assert status.coming_waiting == 9
    assert library.search(Query(text="red", n=1)).model_id == "colours@1"

    library.index(Job())

    status = library.status()
    assert (status.model.name, status.coming_model) == ("colours-2", None)
    assert library.search(Query(text="red", n=1)).model_id == "colours-2@7"
    assert library.settings.model == "colours-2"


def test_a_model_change_can_be_taken_back_at_once(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    library.index(Job())
    library.models.use("colours-2")
    library.index(Job())

    library.models.undo_change()

    assert library.status().model.name == "colours"
    assert library.index(Job()).embedded == 0
    assert names(library, Query(text="blue", n=1))[0].startswith("blue")


def test_choosing_the_first_model_again_before_the_change_is_complete_needs_no_embedding(
    library: Library, photos: Path
) -> None:
    library.folders.add(photos)
    library.index(Job())
    library.models.use("colours-2")
    library.models.use("colours")

    assert library.status().coming_model is None
    assert library.index(Job()).embedded == 0


def test_the_model_change_goes_on_after_opening_again(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    library.folders.add(photos)
    library.index(Job())
    library.models.use("colours-2")
    library.close()

    again = open_library(tmp_path / "data")
    try:
        status = again.status()
        assert (status.model.name, status.coming_waiting) == ("colours", 9)
    finally:
        again.close()


def test_a_model_that_is_not_there_is_refused_and_nothing_changes(library: Library) -> None:
    with pytest.raises(ModelUnavailable):
        library.models.use("no-such-model")
    assert library.settings.model == "auto"


def test_a_chosen_model_that_has_gone_leaves_a_notice_and_the_best_one_answers(
    tmp_path: Path,
) -> None:
    library = open_library(tmp_path / "data", Settings(model="no-such-model"))
    try:
        assert isinstance(library.notice, ModelUnavailable)
        assert library.status().model.name == "colours"
    finally:
        library.close()


def test_an_image_is_loaded_upright_and_not_larger_than_asked(
    library: Library, photos: Path
) -> None:
    draw(photos / "large.jpg", size=(2000, 1000))
    library.folders.add(photos)
    library.index(Job())
    photo = library.folders.find_photo(photos / "large.jpg")
    assert photo is not None

    assert library.pictures.load(photo.path, max_side_px=500).image.size == (500, 250)
    assert library.pictures.load(photo.path).image.size == (2000, 1000)


def test_retry_reads_a_mended_photo_again(library: Library, photos: Path) -> None:
    broken = photos / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    library.folders.add(photos)
    assert library.index(Job()).problems == 1
    (problem,) = library.photos.list_problems()

    library.retry([problem.photo.photo_id])

    assert library.status().counts.waiting == 1
    assert library.index(Job()).problems == 1


def test_the_doctor_finds_a_healthy_library_healthy(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    library.index(Job())

    report = library.doctor()

    assert report.healthy, report.troubles
    assert report.facts["catalog"]["integrity"] == "ok"
    assert report.facts["searchable"] == 9
    index = report.facts["index"]
    assert (index["border"], index["border_is"]) == (300_000, "usual")
    assert index["first_ms"] is None, "so few photos are always compared one by one"


def test_the_doctor_shows_how_fast_both_ways_answer(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 1)
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 1)
    library.folders.add(photos)
    library.index(Job())

    index = library.doctor().facts["index"]

    assert index["border_is"] == "measured"
    assert index["border"] > 9
    assert index["exact_ms"] > 0 < index["first_ms"]
    assert index["recall_at_50"] == 1.0

    library.change_settings(dataclasses.replace(library.settings, exact_search_limit=1_000))
    index = library.doctor().facts["index"]
    assert (index["border"], index["border_is"]) == (1_000, "set")


def test_the_doctor_names_a_folder_that_is_away(library: Library, photos: Path) -> None:
    library.folders.add(photos)
    library.index(Job())
    photos.rename(photos.with_name(".unplugged"))

    report = library.doctor()

    assert not report.healthy
    assert str(photos) in report.troubles[0]


class TestInTheBackground:
    """The window's way: the library watches and indexes by itself."""

    @pytest.fixture
    def listener(self, library: Library) -> Listener:
        listener = Listener()
        library.listen(listener)
        return listener

    def searchable(self, library: Library, n: int) -> Callable[[], bool]:
        return lambda: library.status().counts.searchable == n

    def test_a_folder_is_indexed_as_soon_as_it_is_added(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.start()
        library.folders.add(photos)

        listener.wait_until(self.searchable(library, 9))
        assert listener.heard(FoldersChanged)
        assert listener.heard(PhotosChanged)
        assert listener.heard(ProgressChanged)

    def test_events_say_which_photos_changed(
        self,
        library: Library,
        photos: Path,
        listener: Listener,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("desktop.library.indexing.announcing.PUBLISH_EVERY_S", 0.0)
        library.folders.add(photos)
        library.start()

        def named() -> set[int]:
            told = [event for event in listener.events if isinstance(event, PhotosChanged)]
            return {photo_id for event in told for photo_id in event.photo_ids or ()}

        listener.wait_until(lambda: named() == set(range(1, 10)))
        library.retry([1, 2])
        what = Change.THERE | Change.LOOKS | Change.WAITING
        assert PhotosChanged(frozenset({1, 2}), what) in listener.events

    def test_a_scan_that_finds_nothing_new_tells_of_no_change(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        def n_heard(kind: type) -> int:
            return sum(isinstance(event, kind) for event in listener.events)

        def is_done() -> bool:
            return library.indexing._job is None and n_heard(ProgressChanged) > n_before

        library.folders.add(photos)
        n_before = n_heard(ProgressChanged)
        library.start()
        listener.wait_until(self.searchable(library, 9))
        listener.wait_until(is_done)
        n_changes, n_before = n_heard(PhotosChanged), n_heard(ProgressChanged)

        library.indexing.rescan()
        listener.wait_until(is_done)

        assert n_heard(PhotosChanged) == n_changes > 0

    def test_a_photo_that_is_copied_in_can_be_found(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))
        assert not names(library, Query(text="yellow", n=1))[0].startswith("yellow")

        draw(photos / "new" / "yellow.jpg", "yellow")

        listener.wait_until(lambda: names(library, Query(text="yellow", n=1)) == ["yellow.jpg"])

    def test_a_renamed_folder_ends_up_right(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        draw(photos / "old" / "a.jpg", "black")
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 10))
        before = library.folders.find_photo(photos / "old" / "a.jpg")

        (photos / "old").rename(photos / "new")

        assert before is not None

        def is_known_in_its_new_place() -> bool:
            after = library.folders.find_photo(photos / "new" / "a.jpg")
            return after is not None and after.photo_id == before.photo_id

        listener.wait_until(is_known_in_its_new_place)
        listener.wait_until(lambda: library.status().counts.missing == 0)

    def test_a_date_beside_a_photo_and_a_corrected_file_time_are_taken_over(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))

        def taken(name: str) -> datetime | None:
            photo = library.folders.find_photo(photos / name)
            return photo.metadata.taken_at if photo and photo.metadata else None

        (photos / "red0.jpg.json").write_text('{"photoTakenTime": {"timestamp": "1234567890"}}')
        os.utime(photos / "red1.jpg", (1_000_000_000, 1_000_000_000))

        listener.wait_until(lambda: taken("red0.jpg") == datetime.fromtimestamp(1_234_567_890))
        listener.wait_until(lambda: taken("red1.jpg") == datetime.fromtimestamp(1_000_000_000))

    def test_a_deleted_photo_is_found_no_more(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))

        (photos / "red0.jpg").unlink()

        listener.wait_until(self.searchable(library, 8))
        assert "red0.jpg" not in names(library, Query(text="red", n=9))

    def test_pause_holds_indexing_and_resume_lets_it_go_on(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.start()
        library.indexing.pause()
        library.folders.add(photos)
        assert library.indexing.is_paused
        assert library.status().counts.searchable == 0

        library.indexing.resume()

        listener.wait_until(self.searchable(library, 9))

    def test_closing_while_it_works_ends_every_thread(self, tmp_path: Path, photos: Path) -> None:
        before = set(threading.enumerate())
        library = open_library(tmp_path / "other data")
        library.start()
        library.folders.add(photos)

        library.close()

        assert set(threading.enumerate()) == before

    def test_an_unplugged_folder_is_noticed_and_comes_back_by_itself(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))

        photos.rename(photos.with_name(".unplugged"))
        listener.wait_until(lambda: library.folders.list_all()[0].is_missing)
        assert library.status().counts.missing == 9
        assert len(library.photos.list_ids()) == 9

        photos.with_name(".unplugged").rename(photos)
        listener.wait_until(self.searchable(library, 9))

    def test_a_model_change_completes_in_the_background(
        self, library: Library, photos: Path, listener: Listener
    ) -> None:
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))

        library.models.use("colours-2")

        listener.wait_until(lambda: library.status().model.name == "colours-2")
        assert library.status().coming_model is None

    def test_a_folder_that_another_process_adds_is_indexed(
        self, library: Library, photos: Path, listener: Listener, tmp_path: Path
    ) -> None:
        library.start()
        other = open_library(tmp_path / "data")
        other.folders.add(photos)
        other.close()

        listener.wait_until(self.searchable(library, 9))

    def test_how_fast_photos_are_compared_is_measured_when_it_is_quiet(
        self, library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 1)
        monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 1)
        monkeypatch.setattr("desktop.library.indexing.check_up.HEED_EVERY_S", 0.05)
        monkeypatch.setattr("desktop.library.indexing.check_up.CHECK_UP_EVERY", 1)
        listener = Listener()
        library.listen(listener)
        library.folders.add(photos)
        library.start()

        listener.wait_until(lambda: library._spaces.take().index.snapshot.speed.is_measured)

    def test_a_model_that_idles_leaves_memory_and_comes_back_when_asked(
        self, tmp_path: Path, photos: Path
    ) -> None:
        library = open_library(tmp_path / "other data", Settings(idle_unload_s=1))
        listener = Listener()
        library.listen(listener)
        library.folders.add(photos)
        library.start()
        listener.wait_until(self.searchable(library, 9))
        library.search(Query(text="red"))

        listener.wait_until(lambda: not library._spaces.answering().is_loaded)

        assert names(library, Query(text="red", n=1))[0].startswith("red")
        assert not library._spaces.answering().is_loaded, "words that were asked are known"
        assert names(library, Query(text="blue", n=1))[0].startswith("blue")
        assert library._spaces.answering().is_loaded
        library.close()
