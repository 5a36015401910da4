"""The map: photos in two dimensions by likeness; drawn when asked for, kept, and told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import LISTED, Catalog
from desktop.embedding import Embedder
from desktop.errors import MapUndrawn
from desktop.grouping import LEAST_DRAWN, draw_apart
from desktop.jobs import Job
from desktop.library.answering.spaces import Spaces
from desktop.library.maps.groups import GroupBy, by_folder, by_year
from desktop.library.maps.kept import KeptMap, load_map, save_map
from desktop.library.reports import Event, MapChanged
from desktop.search import Purpose

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

_BLOCK = 5_000


@dataclass(frozen=True, slots=True)
class PhotoMap:
    """Where photos are.

    Attributes:
        photo_ids: (n,) int64, rising.
        points: (n, 2) float32, about from -1 to 1; y grows downwards.
        n_waiting: so many photos can be searched, and have no place yet.
        is_outdated: another model answers now, so nothing new finds its place here.
    """

    photo_ids: IdArray
    points: FloatArray
    n_waiting: int = 0
    is_outdated: bool = False


@dataclass(frozen=True, slots=True)
class MapLabel:
    """Words that stand at a place of the map; of two that would overlap, the heavier one stays."""

    x: float
    y: float
    text: str
    weight: float


class MapKeeper:
    """The one map of a library. Not on Qt's main thread.

    Attributes:
        groupings: by what photos can be coloured, by the name that is shown; others add theirs.
        attribute_groupings: the same for what tables say of photos, as it is now. Instant.
        labels: what gives the words on a map.
    """

    def __init__(
        self, catalog: Catalog, path: Path, spaces: Spaces, publish: Callable[[Event], None]
    ) -> None:
        self._catalog = catalog
        self._path = path
        self._spaces = spaces
        self._publish = publish
        self._lock = threading.Lock()
        self.groupings: dict[str, GroupBy] = {
            "Year": partial(by_year, catalog),
            "Folder": partial(by_folder, catalog),
        }
        self.attribute_groupings: Callable[[], Mapping[str, GroupBy]] = dict
        self.labels: Callable[[PhotoMap], Sequence[MapLabel]] = lambda _: ()

    @property
    def all_groupings(self) -> Mapping[str, GroupBy]:
        """By all of it; of one name, the first. Instant."""
        return {**self.attribute_groupings(), **self.groupings}

    def find(self) -> PhotoMap | None:
        """The map that was drawn, without photos that are gone; None if there is none. 0.4 s for
        100,000 photos."""
        with self._lock:
            kept = load_map(self._path)
        return self._told(kept) if kept is not None else None

    def place_new(self) -> PhotoMap | None:
        """The same, once photos that are new or have changed since have found their place. A second
        for 10,000 of them. Raises DiskFull."""
        with self._lock:
            kept = load_map(self._path)
            if kept is not None and kept.model_id == self._model.model_id:
                placed = self._placed(kept)
                if placed is not kept:
                    save_map(self._path, placed)
                    kept = placed
        return self._told(kept) if kept is not None else None

    def draw(self, job: Job) -> PhotoMap:
        """Draw it anew, from all photos that can be searched; minutes for 100,000. It begins from
        the one before, so that what a person knows stays where it was, more or less.

        Raises MapUndrawn where there are too few photos, Cancelled, or DiskFull.
        """
        model_id, revision = self._model.model_id, self._catalog.revision()
        ids = self._drawable(model_id)
        if len(ids) < LEAST_DRAWN:
            raise MapUndrawn(
                "There are too few photos that can be searched for a map.",
                "`likeness index` makes the photos of watched folders searchable.",
            )
        before = load_map(self._path)
        known = before.ground if before is not None and before.model_id == model_id else None
        found: list[IdArray] = []

        def blocks() -> Iterator[FloatArray]:
            for block_ids, vectors in self._vectors(ids, model_id):
                found.append(block_ids)
                yield vectors

        try:
            drawing = draw_apart(blocks(), len(ids), job, known)
        except OSError as error:
            raise MapUndrawn("The map could not be drawn.", f"{error.strerror}.") from error
        kept = KeptMap(model_id, revision, np.concatenate(found), drawing.points, drawing.ground)
        with self._lock:
            save_map(self._path, kept)
        self._publish(MapChanged())
        return self._told(kept)

    @property
    def _model(self) -> Embedder:
        return self._spaces.answering(Purpose.LIKENESS)

    def _drawable(self, model_id: str) -> IdArray:
        """Photos that are listed and have an embedding, by rising photo_id."""
        listed = self._catalog.photos.list_ids(LISTED)
        return np.intersect1d(listed, self._catalog.made.list_ids(model_id))

    def _vectors(self, ids: IdArray, model_id: str) -> Iterator[tuple[IdArray, FloatArray]]:
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK].tolist()
            yield self._catalog.made.get_vectors(block, model_id)

    def _told(self, kept: KeptMap) -> PhotoMap:
        is_outdated = kept.model_id != self._model.model_id
        # What the model before has made may be forgotten by now; its map stays.
        drawable = (
            self._catalog.photos.list_ids(LISTED) if is_outdated else self._drawable(kept.model_id)
        )
        there = np.isin(kept.photo_ids, drawable, assume_unique=True)
        ids, points = kept.photo_ids[there], kept.points[there]
        n_waiting = 0 if is_outdated else len(drawable) - len(ids)
        return PhotoMap(ids, points, n_waiting, is_outdated)

    def _placed(self, kept: KeptMap) -> KeptMap:
        """The same object where there is nothing to place."""
        revision = self._catalog.revision()
        if revision == kept.revision:
            return kept
        drawable = self._drawable(kept.model_id)
        changed = self._catalog.made.list_ids(kept.model_id, kept.revision)
        lacking = np.setdiff1d(drawable, kept.photo_ids, assume_unique=True)
        wanted = np.union1d(lacking, np.intersect1d(changed, drawable))
        stays = np.isin(kept.photo_ids, drawable) & ~np.isin(kept.photo_ids, wanted)
        if not len(wanted) and stays.all():
            return kept
        ids, points = [kept.photo_ids[stays]], [kept.points[stays]]
        for block_ids, vectors in self._vectors(wanted, kept.model_id):
            ids.append(block_ids)
            points.append(kept.ground.place(vectors))
        together = np.concatenate(ids)
        order = np.argsort(together)
        return replace(
            kept,
            revision=revision,
            photo_ids=together[order],
            points=np.concatenate(points)[order],
        )
