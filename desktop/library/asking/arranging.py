"""Arranging: what has been found is put together or in another order, by how the photos resemble
each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog, Shot, Taken
from desktop.dates import TakenFrom
from desktop.index import VectorSnapshot
from desktop.search import (
    MOMENT,
    N_COMPARED,
    Band,
    ClockTime,
    Hit,
    Purpose,
    Results,
    candidates,
    distances,
    is_near,
    look_alikes,
    spread_out,
    with_sameness,
)

_BESIDE = (TakenFrom.TAKEOUT, TakenFrom.NAME)
"""What tells a moment beside the photo, and may be a second off."""

AS_GOOD = 0.02
"""Copies of one photo in other sizes and qualities differ by no more in what they score."""

AlikeIds = tuple[tuple[int, ...], ...]
"""photo_ids of look-alikes, in each group first the one that stands for all."""


class Arranging:
    """Arranges the hits of an answer. Not on Qt's main thread: it reads their embeddings, about
    20 ms for 600."""

    def __init__(self, catalog: Catalog, snapshot_for: Callable[[Purpose], VectorSnapshot]) -> None:
        """snapshot_for: the embeddings by which the model for this purpose answers."""
        self._catalog = catalog
        self._snapshot_for = snapshot_for

    def find_alike(self, results: Results) -> AlikeIds:
        """The hits that show the same photo, see `look_alikes`; what is the same photo as the one
        asked with, or of its moment, stays apart from the rest. A copy that scores a little less
        and is in a lower band is put together with the better one.

        For each group stands its best hit; of those that score nearly the same, as copies do, the
        one with the most pixels."""
        hits, vectors = self._vectors(results)
        if len(hits) < 2:
            return ()
        far = distances(vectors, self._usual(results, vectors.mean(axis=0)))
        shots = self._catalog.photos.get_shots([hits[row].photo_id for row in candidates(far)])
        moments = [_moment(shots.get(hit.photo_id)) for hit in hits]
        found = []
        for rows in look_alikes(far, moments):
            members = sorted((hits[row] for row in rows), key=_sameness)
            for _, equally_same in groupby(members, key=_sameness):
                group = list(equally_same)
                if len(group) > 1:
                    found.append(_best_first(group, shots))
        return tuple(found)

    def tell_same(self, results: Results) -> Results:
        """The same hits, with the photo that was asked with, and its moment, told and put first.
        Few photos are read for it: those that are very near, and those of the moment."""
        asked, hits, asked_id = results.asked_with, results.hits, results.query.like_photo_id
        if asked is None or not hits:
            return results
        usual = self._usual(results, asked)
        vectors: dict[int, NDArray[np.float32]] = {}
        if is_near(hits[0].score, usual):
            nearest = [hit.photo_id for hit in hits[:N_COMPARED]]
            ids, rows = self._catalog.made.get_vectors(nearest, results.model_id)
            vectors = dict(zip(ids.tolist(), rows, strict=True))
        taken = self._moments([asked_id]).get(asked_id) if asked_id is not None else None
        moments: dict[int, ClockTime] = {}
        if taken is not None:
            then = Taken(taken.at - MOMENT, taken.at + MOMENT + timedelta(seconds=1))
            there = set(self._catalog.photos.list_ids(results.query.filter & then).tolist())
            likely = (hit.photo_id for hit in hits if hit.band is Band.LIKELY)
            moments = self._moments([each for each in likely if each in there])
        told = with_sameness(hits, asked, vectors, usual, taken, moments)
        return dataclasses.replace(results, hits=told)

    def _moments(self, photo_ids: Sequence[int]) -> dict[int, ClockTime]:
        """When these were taken, where a clock in a camera says so."""
        return {
            photo_id: ClockTime(moment, shot.taken_from not in _BESIDE)
            for photo_id, shot in self._catalog.photos.get_shots(photo_ids).items()
            if (moment := _moment(shot)) is not None
        }

    def vary(self, results: Results, variety: float) -> Results:
        """The same hits, in each section in an order that shows something else sooner. variety:
        from 0, which changes nothing, to 1."""
        if not variety:
            return results
        hits, vectors = self._vectors(results)
        if len(hits) != len(results.hits):
            return results
        varied: list[Hit] = []
        for _, in_section in groupby(range(len(hits)), key=lambda row: hits[row].section):
            rows = np.array(list(in_section))
            # Ranks, since the scores of several clauses are not in order.
            order = spread_out(vectors[rows], -np.arange(len(rows), dtype=np.float64), variety)
            varied.extend(hits[row] for row in rows[order])
        return dataclasses.replace(results, hits=tuple(varied))

    def date(self, results: Results) -> tuple[Results, dict[int, tuple[int, int]]]:
        """The same hits, newest first; and of each, by photo_id, its year and month."""
        ids = [hit.photo_id for hit in results.hits]
        shots = self._catalog.photos.get_shots(ids)
        taken = {photo_id: shot.taken_at for photo_id, shot in shots.items()}
        dated = [hit for hit in results.hits if hit.photo_id in taken]
        dated.sort(key=lambda hit: taken[hit.photo_id], reverse=True)
        months = {photo_id: (moment.year, moment.month) for photo_id, moment in taken.items()}
        return dataclasses.replace(results, hits=tuple(dated)), months

    def by_folder(self, results: Results) -> tuple[Results, dict[int, Path]]:
        """The same hits by folder and name; and of each, by photo_id, its folder."""
        hits = {hit.photo_id: hit for hit in results.hits}
        photos = self._catalog.photos.get(list(hits))
        photos = sorted(photos, key=lambda photo: (photo.path.parent, photo.path.name))
        ordered = tuple(hits[photo.photo_id] for photo in photos)
        folders = {photo.photo_id: photo.path.parent for photo in photos}
        return dataclasses.replace(results, hits=ordered), folders

    def _vectors(self, results: Results) -> tuple[Sequence[Hit], NDArray[np.float32]]:
        """The hits that have an embedding by the model that answered, and these, in order."""
        ids = [hit.photo_id for hit in results.hits]
        found, vectors = self._catalog.made.get_vectors(ids, results.model_id)
        rows = {photo_id: row for row, photo_id in enumerate(found.tolist())}
        hits = [hit for hit in results.hits if hit.photo_id in rows]
        return hits, vectors[[rows[hit.photo_id] for hit in hits]]

    def _usual(self, results: Results, vector: NDArray[np.float32]) -> float:
        """The mean cosine of a vector (d,) with any photo of the library."""
        snapshot = self._snapshot_for(results.query.purpose)
        if snapshot.model_id != results.model_id:
            return 0.0
        return snapshot.spread(vector).mean


def _moment(shot: Shot | None) -> datetime | None:
    """When a camera took it; the time of a file says only when that was copied."""
    return None if shot is None or shot.taken_from is TakenFrom.FILE else shot.taken_at


def _sameness(hit: Hit) -> str:
    return hit.sameness or ""


def _best_first(group: Sequence[Hit], shots: Mapping[int, Shot]) -> tuple[int, ...]:
    def pixels(hit: Hit) -> int:
        shot = shots.get(hit.photo_id)
        return shot.n_pixels if shot is not None else 0

    first = group[0]
    as_good = (hit for hit in group if abs(hit.score - first.score) <= AS_GOOD)
    best = max((hit for hit in as_good if hit.band is first.band), key=pixels)
    others = (hit for hit in group if hit is not best)
    return tuple(hit.photo_id for hit in (best, *others))
