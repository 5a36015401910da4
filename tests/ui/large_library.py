"""A library of 100,000 photos that costs nothing to make: a few pictures, and many records of them.

It answers what the window asks of a Library and of its parts, with the delays of the real one
where they matter, so that a stall of the main thread can be told from slow work elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.background import Worker
from desktop.library import (
    LISTED,
    AlikeIds,
    Band,
    Counts,
    Coverage,
    Event,
    Filter,
    Folder,
    Hit,
    Metadata,
    ModelInfo,
    Month,
    NamesInUse,
    Photo,
    PhotosByDate,
    PhotosChanged,
    Places,
    Problem,
    Purpose,
    Query,
    Results,
    Settings,
    Status,
    TakenFrom,
)
from desktop.media import Thumbnails
from tests.pictures import draw

N_PICTURES = 40
FIRST_TAKEN, MINUTES_BETWEEN = datetime(2010, 1, 1), 7


class LargeLibrary:
    def __init__(self, data: Path, n_photos: int = 100_000) -> None:
        self.places = Places.under(data)
        self.places.create()
        self.settings = Settings()
        self.notice = None
        self.is_paused = False
        self.n_photos = n_photos
        self.photos = self.pictures = self.indexing = self.folders = self
        self.saved = self.concepts = self.arranging = self.suggesting = self
        self.attributes = self.converting = self.spelling = self
        self.names = frozenset[str]()
        self.server = ""
        self.folder = Folder(1, data / "Pictures", 0.0, None)
        self._listeners: list[Callable[[Event], None]] = []
        self._worker = Worker("query")
        self._thumbnails = Thumbnails(self.places.thumbnails_path)
        colours = ("red", "green", "blue", "yellow", "white", "black")
        for number in range(N_PICTURES):
            colour = colours[number % len(colours)]
            draw(self._thumbnails.path(self._picture(number)), colour, number, (512, 384))

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        return self._worker.submit(work)

    def submit_latest(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        return self._worker.submit_latest(key, work)

    def listen(self, listener: Callable[[Event], None]) -> None:
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        self._worker.stop()

    def note_all(self, texts: Sequence[str]) -> None:
        pass

    def meant(self, _: Query) -> None:
        return None

    def rescan(self) -> None:
        self.publish(PhotosChanged())

    def suggest(self) -> Path | None:
        return None

    def list_problems(self) -> list[Problem]:
        return []

    def list_ids(self, which: Filter = LISTED) -> NDArray[np.int64]:
        return np.arange(self.n_photos, 0, -1, dtype=np.int64)

    def names_in_use(self) -> NamesInUse:
        return NamesInUse()

    def list_by_date(self, which: Filter = LISTED) -> PhotosByDate:
        photo_ids = self.list_ids()
        taken = np.datetime64(FIRST_TAKEN) + photo_ids * np.timedelta64(MINUTES_BETWEEN, "m")
        months, n_photos = np.unique(taken.astype("datetime64[M]"), return_counts=True)
        counted = [
            Month(month.year, month.month, n)
            for month, n in zip(months.astype(object), n_photos.tolist(), strict=True)
        ]
        return PhotosByDate(photo_ids, tuple(counted[::-1]))

    def count_by_month(self, which: Filter = LISTED) -> tuple[Month, ...]:
        return self.list_by_date(which).months

    def count_by_sub_folder(self, folder_id: int) -> dict[str, int]:
        return {"": self.n_photos}

    def list_all(self) -> list[Folder]:
        return [self.folder]

    def get(self, photo_ids: Sequence[int]) -> list[Photo]:
        return [self._photo(photo_id) for photo_id in photo_ids]

    def warm_up(self, purpose: Purpose) -> None:
        """There is no model to wake."""

    def search(self, query: Query, exact: bool = True) -> Results:
        ids = np.random.default_rng(len(query.text)).permutation(self.n_photos)[: query.n] + 1
        hits = tuple(Hit(int(pid), 0.4 - at / 10_000, Band.MAYBE) for at, pid in enumerate(ids))
        return Results(query, "none@1", hits, self.n_photos, self.n_photos, 10.0)

    def vary(self, results: Results, variety: float) -> Results:
        return results

    def find_alike(self, results: Results) -> AlikeIds:
        return ()

    def list(self) -> tuple[()]:
        """No saved searches, concepts or suggestions."""
        return ()

    def coverage(self, results: Results) -> Coverage:
        return Coverage(results.searched, results.total, 0, 0, ())

    def coverage_of(self, _: Filter) -> Coverage:
        return Coverage(self.n_photos, self.n_photos, 0, 0, ())

    def load_thumbnail(self, photo: Photo, side_px: int) -> Image.Image | None:
        return self._thumbnails.load(self._picture(photo.photo_id % N_PICTURES), side_px)

    def status(self) -> Status:
        model = ModelInfo("none", "None", "Answers anything.", "none@1", Path(), False, 0)
        counts = Counts(self.n_photos, self.n_photos, 0, 0, 0)
        return Status(
            counts, (self.folder,), {1: self.n_photos}, model, model, None, None, None, "cpu"
        )

    def _picture(self, number: int) -> str:
        return f"{number:064x}"

    def _photo(self, photo_id: int) -> Photo:
        taken = FIRST_TAKEN + timedelta(minutes=photo_id * MINUTES_BETWEEN)
        facts = Metadata(512, 384, 1, taken, TakenFrom.EXIF, None, None, None, None, "JPEG")
        name = f"IMG_{photo_id:06}.jpg"
        return Photo(
            photo_id, 1, self.folder.path / name, name, 40_000, 0,
            f"{photo_id:064x}", facts, None, 0.0, None, False,
        )  # fmt: skip


class HeldLibrary(LargeLibrary):
    """Answers that can be held back.

    Attributes: go_on: what `wait` waits for; set in the beginning.
    """

    def __init__(self, data: Path, n_photos: int = 100) -> None:
        super().__init__(data, n_photos)
        self.go_on = threading.Event()
        self.go_on.set()

    def wait(self) -> None:
        assert self.go_on.wait(10)

    def close(self) -> None:
        self.go_on.set()
        super().close()
