"""Themes: finds groups of photos that look alike, and keeps what people make of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import LISTED, Catalog, InTheme, PhotoTheme, ThemePhotos, ThemeRun, folded
from desktop.errors import NameUnusable, TooFewPhotos
from desktop.grouping import NONE, GroupingTask, Groups, Way
from desktop.jobs import Job, held
from desktop.library.answering.spaces import Spaces
from desktop.library.asking.saved import usable_name
from desktop.library.reports import Change, Event, PhotosChanged, ThemesChanged
from desktop.library.themes.grouping_run import GroupingRun
from desktop.library.themes.naming import ThemeWords, mean_by_group, names_for, typical
from desktop.search import Purpose

LEAST_PHOTOS = 8
"""Fewer fall into no groups that could be told."""

GROWN = 1.5
"""Where the library has grown so much since their number was found, there may be more themes."""

_ROWS = 5_000
_WHAT = "A theme"

IdArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ThemesSeen:
    """The themes as they are.

    Attributes:
        themes: the largest first; hidden ones last.
        rest: the photos that belong to none, as a theme without an id; None where there are none.
        n_new: photos that have come since they were grouped.
        n_ready: photos that could be grouped now.
        way: how they were grouped last; None if they never were.
    """

    themes: tuple[PhotoTheme, ...] = ()
    rest: PhotoTheme | None = None
    n_new: int = 0
    n_ready: int = 0
    way: Way | None = None


class Themes:
    """Not on Qt's main thread. Photos are grouped in a process of their own, by the embeddings of
    the model for likeness; names come from the model for words."""

    def __init__(
        self,
        catalog: Catalog,
        spaces: Spaces,
        cache_path: Path,
        publish: Callable[[Event], None],
    ) -> None:
        """cache_path: a folder for what can be made again."""
        self._catalog = catalog
        self._spaces = spaces
        self._publish = publish
        self._words = ThemeWords(cache_path)
        self._running = threading.Lock()

    def see(self) -> ThemesSeen:
        """100,000 photos in half a second."""
        themes = [each for each in self._catalog.themes.list_all() if each.n_photos]
        run = self._catalog.themes.last_run()
        ready = self._ready()
        put = self._catalog.themes.list_photos()
        n_new = int((~np.isin(ready, put.photo_ids)).sum()) if run is not None else len(ready)
        return ThemesSeen(
            tuple(sorted(themes, key=lambda theme: theme.is_hidden)),
            self._rest() if run is not None else None,
            n_new,
            len(ready),
            None if run is None else Way(run.way),
        )

    def names(self) -> dict[int, str]:
        """By theme_id."""
        return {each.theme_id: each.name for each in self._catalog.themes.list_all()}

    def find(self, name: str) -> PhotoTheme:
        """By its name, whatever case and accents. Raises NameUnusable."""
        themes = self._catalog.themes.list_all()
        wanted = folded(name.strip())
        found = next((each for each in themes if folded(each.name) == wanted), None)
        if found is None:
            raise NameUnusable(
                f"No theme is called “{name}”.", "`likeness themes` lists those there are."
            )
        return found

    def list_photos(self, theme_id: int | None) -> IdArray:
        """The LISTED photos of a theme, the most typical first; None for those that belong to
        none."""
        put = self._catalog.themes.list_photos()
        rows = np.flatnonzero(put.theme_ids == (theme_id or 0))
        photo_ids = put.photo_ids[rows[np.argsort(-put.closeness[rows], kind="stable")]]
        listed: IdArray = photo_ids[np.isin(photo_ids, self._catalog.photos.list_ids(LISTED))]
        return listed

    # finding them

    def make(
        self, job: Job, way: Way | None = None, k: int | None = None, anew: bool = False
    ) -> None:
        """Group all photos, or only those that have come since, where that is enough. Seconds to
        minutes; what it finds is kept at its end, all at once.

        way: as the last time, where None. k: so many themes, with those that people have changed.
        Raises TooFewPhotos, Cancelled, ModelUnavailable.
        """
        with held(self._running, job):
            photo_ids = self._ready()
            if len(photo_ids) < LEAST_PHOTOS:
                raise TooFewPhotos(
                    f"Themes take {LEAST_PHOTOS} photos that have been read; there are "
                    f"{len(photo_ids)}.",
                    "Add a folder, or wait until more have been read.",
                )
            run = self._catalog.themes.last_run()
            way = way or (Way(run.way) if run is not None else Way.EVEN)
            seen = self._catalog.themes.list_photos()
            anew = anew or k is not None or run is None or run.way != way
            grows = run is not None and len(photo_ids) >= GROWN * run.n_photos
            if not anew and np.isin(photo_ids, seen.photo_ids).all():
                return
            before = _Before.of(photo_ids, seen, self._kept())
            asked = GroupingTask(way, before.labels, before.is_new, before.kept, k, anew, grows)
            with GroupingRun.started(job) as grouping:
                grouping.give(photo_ids, self._reader(Purpose.LIKENESS))
                groups = grouping.group(asked)
            if anew or grows or run is None:
                run = ThemeRun(way.value, time.time(), len(photo_ids))
            self._save(job, photo_ids, groups, before, seen, run)
        self._tell()

    def _save(
        self,
        job: Job,
        photo_ids: IdArray,
        groups: Groups,
        before: _Before,
        seen: ThemePhotos,
        run: ThemeRun,
    ) -> None:
        numbers = [each for each in np.unique(groups.labels).tolist() if each != NONE]
        new = [each for each in numbers if each >= len(before.groups)]
        stay = [name for id_, name in self.names().items() if id_ in before.theme_ids(numbers)]
        labels = typical(groups.labels, groups.closeness)
        found = self._name(job, photo_ids, labels, new, stay)
        names = {-1 - number: name for number, name in zip(new, found, strict=True)}
        places = {NONE: (0, 0)} | {number: (-1 - number, 0) for number in new}
        places |= dict(enumerate(before.groups))
        put = np.array([places[label] for label in groups.labels.tolist()], np.int64)
        photos = ThemePhotos(photo_ids, put[:, 0], put[:, 1], groups.closeness)
        self._catalog.themes.save(run, photos, names, seen)

    def _name(
        self,
        job: Job,
        photo_ids: IdArray,
        labels: NDArray[np.int32],
        numbers: Sequence[int],
        taken: Sequence[str],
    ) -> list[str]:
        """Names for these groups of photos."""
        if not numbers:
            return []
        words = self._words.embedded(self._spaces.answering(Purpose.WORDS), job)
        read = self._reader(Purpose.WORDS)
        sums: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(photo_ids), _ROWS):
            job.check()
            ids, vectors = read.known(photo_ids[start : start + _ROWS])
            there = np.isin(photo_ids[start : start + _ROWS], ids)
            mean_by_group(labels[start : start + _ROWS][there].tolist(), vectors, sums)
        zero = np.zeros(words.shape[1], np.float32)
        total: NDArray[np.float32] = np.sum([zero, *sums.values()], axis=0, dtype=np.float32)
        sizes = {number: max(1, int((labels == number).sum())) for number in numbers}
        means = [sums.get(number, zero) / sizes[number] for number in numbers]
        centres = np.stack(means).astype(np.float32)
        whole = total / np.float32(max(1, len(photo_ids)))
        return names_for(centres, whole.astype(np.float32), words, taken)

    # what people make of them

    def rename(self, theme_id: int, name: str) -> None:
        """Raises NameUnusable for a name that is empty or in use."""
        self._catalog.themes.rename(theme_id, usable_name(name, _WHAT))
        self._tell()

    def hide(self, theme_ids: Sequence[int], is_hidden: bool = True) -> None:
        """Its photos stay where they are; False shows it again."""
        self._catalog.themes.hide(theme_ids, is_hidden)
        self._tell()

    def merge(self, into_id: int, theme_ids: Sequence[int]) -> None:
        """Let the photos of all these be in the first one, which keeps its name."""
        self._catalog.themes.merge(into_id, theme_ids)
        self._tell()

    def split(self, job: Job, theme_id: int) -> None:
        """Part a theme in two: the larger half keeps its name. One that was merged falls into what
        it was merged of. Raises TooFewPhotos, Cancelled, ModelUnavailable."""
        with held(self._running, job):
            put = self._catalog.themes.list_photos()
            here = (put.theme_ids == theme_id) & np.isin(put.photo_ids, self._ready())
            photo_ids, labels = put.photo_ids[here], put.parts[here].astype(np.int32)
            if len(photo_ids) < LEAST_PHOTOS:
                raise TooFewPhotos(
                    f"A theme of {len(photo_ids)} photos is too small to be split.",
                    f"It takes {LEAST_PHOTOS}.",
                )
            if len(np.unique(labels)) == 1:
                with GroupingRun.started(job) as grouping:
                    grouping.give(photo_ids, self._reader(Purpose.LIKENESS))
                    labels = grouping.split(2)
            sizes = {int(part): int((labels == part).sum()) for part in np.unique(labels)}
            parts = sorted(sizes, key=lambda part: (-sizes[part], part))[1:]
            names = self._name(job, photo_ids, labels, parts, list(self.names().values()))
            made = [
                (name, photo_ids[labels == part].tolist())
                for part, name in zip(parts, names, strict=True)
            ]
            self._catalog.themes.split(theme_id, made)
        self._tell()

    # parts of these

    def _ready(self) -> IdArray:
        """The LISTED photos that have an embedding, by photo_id."""
        made = self._catalog.made.list_ids(self._spaces.answering(Purpose.LIKENESS).model_id)
        ready: IdArray = made[np.isin(made, self._catalog.photos.list_ids(LISTED))]
        return ready

    def _reader(self, purpose: Purpose) -> _EmbeddingReader:
        return _EmbeddingReader(self._catalog, self._spaces.answering(purpose).model_id)

    def _kept(self) -> frozenset[int]:
        themes = self._catalog.themes.list_all()
        return frozenset(each.theme_id for each in themes if each.is_kept)

    def _rest(self) -> PhotoTheme | None:
        which = LISTED & InTheme()
        n_photos = self._catalog.photos.count(which)
        if not n_photos:
            return None
        covers = self._catalog.photos.list_ids(which)[:4].tolist()
        return PhotoTheme(0, "None of these", n_photos, tuple(covers))

    def _tell(self) -> None:
        self._publish(ThemesChanged())
        self._publish(PhotosChanged(what=Change.THERE | Change.FOUND))


@dataclass(frozen=True, slots=True)
class _EmbeddingReader:
    """Reads embeddings of one model."""

    catalog: Catalog
    model_id: str

    def __call__(self, photo_ids: IdArray) -> NDArray[np.float32]:
        return self.known(photo_ids)[1]

    def known(self, photo_ids: IdArray) -> tuple[IdArray, NDArray[np.float32]]:
        """Of those of the photos that have one, in order."""
        return self.catalog.made.get_vectors(photo_ids.tolist(), self.model_id)


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """The groups as they were, with numbers from 0 on.

    Attributes:
        groups: of each, its theme_id and which part of it.
        labels, is_new: see `GroupingTask`, for the photos that are grouped.
        kept: numbers of the groups whose theme people have changed.
    """

    groups: tuple[tuple[int, int], ...]
    labels: NDArray[np.int32]
    is_new: NDArray[np.bool_]
    kept: frozenset[int]

    @classmethod
    def of(cls, photo_ids: IdArray, seen: ThemePhotos, kept: frozenset[int]) -> _Before:
        at = np.searchsorted(seen.photo_ids, photo_ids)
        at = np.minimum(at, max(0, len(seen.photo_ids) - 1))
        is_known = (
            seen.photo_ids[at] == photo_ids
            if len(seen.photo_ids)
            else np.zeros(len(photo_ids), np.bool_)
        )
        labels = np.full(len(photo_ids), NONE, np.int32)
        places = np.stack([seen.theme_ids, seen.parts], axis=1)[at[is_known]]
        groups, numbers = np.unique(places.reshape(-1, 2), axis=0, return_inverse=True)
        real = groups[:, 0] > 0
        renumbered = np.where(real, np.cumsum(real) - 1, NONE).astype(np.int32)
        labels[is_known] = renumbered[numbers.reshape(-1)]
        pairs = tuple((int(theme_id), int(part)) for theme_id, part in groups[real])
        stays = frozenset(at for at, (theme_id, _) in enumerate(pairs) if theme_id in kept)
        return cls(pairs, labels, ~is_known, stays)

    def theme_ids(self, numbers: Sequence[int]) -> set[int]:
        """The themes of those of the numbers that are groups of before."""
        return {self.groups[each][0] for each in numbers if each < len(self.groups)}
