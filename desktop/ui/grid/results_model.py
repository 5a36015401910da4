"""ResultsModel: photos by id, records come in pages, thumbnails as they are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QPixmap

from desktop.library import Band, Change, Hit, Photo, PhotoPart, PhotosChanged, Sameness
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.grid.picture_cache import Picture, PictureCache
from desktop.ui.grid.thumbnail_loader import LoadedThumbnail, ThumbnailLoader, WantedThumbnail
from desktop.ui.look import wording
from desktop.ui.look.parts import AnyIndex, plain_tip
from desktop.ui.places.answers import Stack
from desktop.ui.system.desktop_actions import file_url

PAGE = 200
MAX_RECORDS = 12_000
REST_MS = 120_000
"""Pictures out of view leave memory when the view has not changed for this long."""
_BUCKETS_PX = (128, 192, 256, 320, 384, 512)


class Shown(NamedTuple):
    """What is to be seen of a row.

    Attributes:
        photo: None while its record is on its way.
        pixmap: None while it is loading or where there is none.
        has_no_picture: there is none.
        badge: how sure it is that the photo is meant; "" where photos are listed by date.
        band: None there.
        mark: whether a person wants more like it, or less; None for neither.
        stack: where it stands among its look-alikes; None without such.
        part: the part by which it was found; None where it was the whole.
    """

    photo: Photo | None
    pixmap: QPixmap | None
    has_no_picture: bool
    badge: str
    band: Band | None
    mark: bool | None = None
    stack: Stack | None = None
    part: PhotoPart | None = None

    @property
    def is_missing(self) -> bool:
        return self.photo is not None and self.photo.is_missing


class _Record(NamedTuple):
    """What the catalog said of a photo: nothing, if it does not know it any more.

    Attributes:
        age: how often the library had told of changes when it was asked.
    """

    age: int
    photo: Photo | None


class ResultsModel(QAbstractListModel):
    """Rows are photo ids in a numpy array, so that a million of them cost 8 MB and no objects.

    Records and pictures arrive for the rows that `show_rows` names; `data` only looks at what is
    there and never waits. A record is read again when the library has told of changes since, and
    the old one is shown until then.

    Attributes:
        is_likeness: whether the hits are called by how similar they are.
    """

    _loaded = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._ids: NDArray[np.int64] = np.zeros(0, np.int64)
        self._hits: tuple[Hit, ...] = ()
        self.is_likeness = False
        self._marks: Mapping[int, bool] = {}
        self._stacks: Mapping[int, Stack] = {}
        self._records: OrderedDict[int, _Record] = OrderedDict()
        self._age = 0
        self._changed: dict[int, int] = {}
        self._all_changed = 0
        self._pictures = PictureCache()
        self._shown = range(0)
        self._side_px = 256
        self._loader = ThumbnailLoader(bridge.library, self._loaded.emit)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._let_go_of_unseen)
        self._loaded.connect(self._on_loaded, Qt.ConnectionType.QueuedConnection)
        bridge.photos_changed.connect(self._on_changed)
        bridge.folders_changed.connect(self._on_all_changed)

    # what is shown

    @property
    def photo_ids(self) -> NDArray[np.int64]:
        return self._ids

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The hits behind the rows; () when photos are listed by date."""
        return self._hits

    def set_photos(
        self,
        photo_ids: NDArray[np.int64],
        hits: tuple[Hit, ...] = (),
        marks: Mapping[int, bool] | None = None,
        stacks: Mapping[int, Stack] | None = None,
    ) -> None:
        """Show these photos. The same ids in the same order leave views as they are. marks, stacks:
        as in `Shown`, by photo_id."""
        marks, stacks = marks or {}, stacks or {}
        if np.array_equal(photo_ids, self._ids):
            before = self._hits, self._marks, self._stacks
            has_changed = (hits, marks, stacks) != before
            self._hits, self._marks, self._stacks = hits, marks, stacks
            self._fetch()
            if has_changed:
                self._tell_changed(range(len(self._ids)))
            return
        self.beginResetModel()
        self._ids, self._hits = photo_ids, hits
        self._marks, self._stacks = marks, stacks
        self._shown = range(0)
        self.endResetModel()

    def row_of(self, photo_id: int) -> int | None:
        found = np.flatnonzero(self._ids == photo_id)
        return int(found[0]) if len(found) else None

    def photo_at(self, row: int) -> Photo | None:
        """The record, None while it is on its way."""
        if not 0 <= row < len(self._ids):
            return None
        record = self._records.get(int(self._ids[row]))
        return record.photo if record is not None else None

    def score_at(self, row: int) -> float | None:
        """The cosine; None where photos are listed by date, or there is no such row."""
        return self._hits[row].score if 0 <= row < len(self._hits) else None

    @property
    def scores(self) -> dict[int, float]:
        """photo_id -> cosine, of photos that were found; {} where photos are listed by date."""
        return {hit.photo_id: hit.score for hit in self._hits}

    def why_at(self, row: int) -> list[str]:
        """How sure it is that the photo is meant, and why it was found, in words; [] where photos
        are listed by date."""
        if not 0 <= row < len(self._hits):
            return []
        hit = self._hits[row]
        return [wording.how_sure(hit, self.is_likeness), *wording.why(hit)]

    def why_of(self, photo_id: int) -> list[str]:
        """The same of a photo; [] where it is not shown."""
        row = self.row_of(photo_id)
        return self.why_at(row) if row is not None else []

    def part_at(self, row: int) -> PhotoPart | None:
        """The part of the photo by which it was found; None where it was the whole."""
        return self._hits[row].part if 0 <= row < len(self._hits) else None

    def shown_at(self, row: int) -> Shown:
        """What a view paints of a row, as far as it is there now."""
        photo, picture = self.photo_at(row), self._pictures.find(int(self._ids[row]))
        pixmap = picture.pixmap if picture is not None else None
        has_no_picture = photo is not None and (
            photo.problem is not None or (picture is not None and pixmap is None)
        )
        hit = self._hits[row] if self._hits else None
        badge, band = (wording.badge(hit), hit.band) if hit is not None else ("", None)
        mark = self._marks.get(int(self._ids[row])) if self._marks else None
        part = hit.part if hit is not None else None
        return Shown(photo, pixmap, has_no_picture, badge, band, mark, self.stack_at(row), part)

    def stack_at(self, row: int) -> Stack | None:
        """Where the photo stands among its look-alikes; None without such, or without a row."""
        if not self._stacks or not 0 <= row < len(self._ids):
            return None
        return self._stacks.get(int(self._ids[row]))

    def has_pictures_of(self, rows: range) -> bool:
        """Whether nothing is on its way for these rows."""
        photos = [self.photo_at(row) for row in rows]
        return all(
            photo is not None
            and (photo.problem is not None or self._pictures.find(photo.photo_id) is not None)
            for photo in photos
        )

    def show_rows(self, rows: range, side_px: int) -> None:
        """Bring records and pictures for these rows, which are (nearly) in view.

        side_px: short side of a picture in device pixels.
        """
        self._shown = rows
        self._side_px = next((px for px in _BUCKETS_PX if px >= side_px), _BUCKETS_PX[-1])
        self._rest.start()
        self._fetch()
        self._want_pictures()

    def stop(self) -> None:
        """End the threads that load pictures. Waits for the one in hand."""
        self._loader.stop()

    # Qt's side

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if not 0 <= row < len(self._ids):
            return None
        return self._words(row, self.photo_at(row), role)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flag = Qt.ItemFlag
        return (
            flag.ItemIsEnabled
            | flag.ItemIsSelectable
            | flag.ItemIsDragEnabled
            | flag.ItemNeverHasChildren
        )

    def mimeTypes(self) -> list[str]:  # noqa: N802
        return ["text/uri-list"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        """Photos that are dragged out go as files."""
        photos = [self.photo_at(index.row()) for index in indexes]
        mime = QMimeData()
        mime.setUrls([file_url(photo.path) for photo in photos if photo is not None])
        return mime

    def _words(self, row: int, photo: Photo | None, role: int) -> str | None:
        if photo is None:
            waiting = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole)
            return "Loading" if role in waiting else None
        if role == Qt.ItemDataRole.DisplayRole:
            return wording.name(photo.path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            hit = self._hits[row] if self._hits else None
            said = wording.spoken(photo, hit, self.is_likeness)
            mark, stack = self._marks.get(photo.photo_id), self.stack_at(row)
            behind = f"{stack.at + 1} of {stack.n} look-alikes" if stack is not None else ""
            marked = wording.mark(mark).lower() if mark is not None else ""
            return ", ".join(filter(None, (said, behind, marked)))
        if role == Qt.ItemDataRole.ToolTipRole:
            taken = f"\n{wording.day(photo.metadata.taken_at)}" if photo.metadata else ""
            problem = f"\n{photo.problem}" if photo.problem else ""
            stack = self.stack_at(row)
            alike = f"\n{wording.stack(stack.n, stack.is_open)}" if stack is not None else ""
            why = "".join(f"\n{each}" for each in self.why_at(row))
            score = self.score_at(row)
            scored = f"\nscore {wording.score(score)}" if score is not None else ""
            return plain_tip(f"{wording.name(photo.path)}{taken}{problem}{alike}{why}{scored}")
        return None

    # records

    @Slot(object)
    def _on_changed(self, event: PhotosChanged) -> None:
        """Read those records again that are in view; of many, when the list has come again."""
        if not event.what & (Change.LOOKS | Change.THERE):
            return
        if event.photo_ids is None or len(self._changed) > MAX_RECORDS:
            self._on_all_changed()
            return
        self._age += 1
        self._changed |= dict.fromkeys(event.photo_ids, self._age)
        self._fetch()

    @Slot()
    def _on_all_changed(self) -> None:
        self._age += 1
        self._all_changed = self._age
        self._changed.clear()

    def _is_old(self, photo_id: int, record: _Record) -> bool:
        return record.age < max(self._all_changed, self._changed.get(photo_id, 0))

    def _fetch(self) -> None:
        """Ask for the records around what is in view that are not there, or may have changed."""
        if not len(self._shown):
            return
        start = self._shown.start // PAGE * PAGE
        stop = min(((self._shown.stop - 1) // PAGE + 1) * PAGE, len(self._ids))
        wanted = []
        for photo_id in self._ids[start:stop].tolist():
            record = self._records.get(photo_id)
            if record is not None:
                self._records.move_to_end(photo_id)
            if record is None or self._is_old(photo_id, record):
                wanted.append(photo_id)
        if not wanted:
            return
        rows = range(start, stop)
        then = partial(self._on_records, wanted, self._age, rows, self._ids)
        work = partial(self._bridge.library.photos.get, wanted)
        self._bridge.do(Lane.READ, work, self, then, key=self)

    def _on_records(
        self,
        wanted: list[int],
        age: int,
        rows: range,
        ids: NDArray[np.int64],
        photos: list[Photo],
    ) -> None:
        by_id = {photo.photo_id: photo for photo in photos}
        changed = set()
        for photo_id in wanted:
            before = self._records.get(photo_id)
            record = _Record(age, by_id.get(photo_id))
            if before is None or before.photo != record.photo:
                changed.add(photo_id)
            self._records[photo_id] = record
            self._records.move_to_end(photo_id)
        while len(self._records) > MAX_RECORDS:
            self._records.popitem(last=False)
        if ids is not self._ids:
            return
        told = [row for row in rows if int(ids[row]) in changed]
        if told:
            self._tell_changed(range(told[0], told[-1] + 1))
        self._want_pictures()

    def _tell_changed(self, rows: range) -> None:
        if len(rows):
            self.dataChanged.emit(self.index(rows[0]), self.index(rows[-1]))

    # pictures

    def _want_pictures(self) -> None:
        wishes = []
        for row in self._shown:
            photo = self.photo_at(row)
            if photo is None or photo.problem is not None:
                continue
            picture = self._pictures.find(photo.photo_id)
            if picture is None or _is_outdated(picture, photo, self._side_px):
                wishes.append(WantedThumbnail(photo, self._side_px))
        self._loader.want(wishes)

    @Slot(object)
    def _on_loaded(self, loaded: LoadedThumbnail) -> None:
        photo = loaded.wanted.photo
        pixels = loaded.pixels
        pixmap = QPixmap.fromImage(pixels.to_qimage()) if pixels is not None else None
        picture = Picture(pixmap, photo.content_hash, loaded.wanted.side_px)
        self._pictures.put(photo.photo_id, picture)
        shown = self._ids[self._shown.start : self._shown.stop]
        for offset in np.flatnonzero(shown == photo.photo_id).tolist():
            row = self._shown.start + offset
            self._tell_changed(range(row, row + 1))

    @Slot()
    def _let_go_of_unseen(self) -> None:
        """Nobody has scrolled for a while: pictures out of view are quickly read again."""
        seen = self._ids[self._shown.start : self._shown.stop]
        self._pictures.keep_only(set(seen.tolist()))


def _is_outdated(picture: Picture, photo: Photo, side_px: int) -> bool:
    return picture.content_hash != photo.content_hash or picture.side_px < side_px


def runs_in(hits: Sequence[Hit]) -> list[tuple[Sameness | Band, int]]:
    """Runs of hits of one section, in order: [(Sameness.PHOTO, 1), (Band.LIKELY, 12)]."""
    sections = (hit.section for hit in hits)
    return [(section, sum(1 for _ in run)) for section, run in groupby(sections)]
