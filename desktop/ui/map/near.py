"""NearItem: thumbnails on the map, where a person has come near enough to tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from desktop.library import Photo
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.grid.picture_cache import Picture, PictureCache
from desktop.ui.grid.thumbnail_loader import LoadedThumbnail, ThumbnailLoader, WantedThumbnail
from desktop.ui.look.theme import Colours
from desktop.ui.map.points import SIDE, PointsItem

_SIDES_PX = ((1_500, 0), (400, 48), (120, 72), (0, 104))
"""(points in view, the side of their thumbnails): more than the first have none."""
_GAP_PX = 8
_LOADED_PX = 128
"""Short side of what is loaded, in device pixels; it does for all sides."""


def side_px(n_in_view: int) -> int:
    """How large thumbnails are where so many points are in view; 0 for none."""
    return next(side for least, side in _SIDES_PX if n_in_view > least or least == 0)


def spread_out(xs: NDArray[np.float32], ys: NDArray[np.float32], cell: float) -> NDArray[np.int64]:
    """The first point (a row) in each square of the map of this side. Squares stand still while the
    map is moved, so the same photos keep their thumbnails."""
    columns, lines = np.floor(xs / cell).astype(np.int64), np.floor(ys / cell).astype(np.int64)
    _, first = np.unique(columns * 2_000_003 + lines, return_index=True)
    return np.sort(first)


def apart(xs: NDArray[np.float32], ys: NDArray[np.float32], side: float) -> list[int]:
    """The rows of the points around which squares of this side do not overlap, first come, first
    served."""
    kept: list[int] = []
    for row in range(len(xs)):
        far = np.maximum(np.abs(xs[kept] - xs[row]), np.abs(ys[kept] - ys[row]))
        if not len(kept) or far.min() >= side:
            kept.append(row)
    return kept


class NearPictures(QObject):
    """Brings records and pictures of photos by their ids. Main thread.

    Signals: arrived: something is there that was not.
    """

    arrived = Signal()
    _loaded = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._photos: dict[int, Photo] = {}
        self._wanted: tuple[int, ...] = ()
        self._pictures = PictureCache(48 * 1024 * 1024)
        self._loader = ThumbnailLoader(bridge.library, self._loaded.emit)
        self._loaded.connect(self._on_loaded, Qt.ConnectionType.QueuedConnection)

    def want(self, photo_ids: Sequence[int]) -> None:
        """Bring these, first ones first, and nothing else that still waits."""
        self._wanted = tuple(photo_ids)
        unknown = [photo_id for photo_id in photo_ids if photo_id not in self._photos]
        if unknown:
            work = partial(self._bridge.library.photos.get, unknown)
            self._bridge.do(Lane.READ, work, self, self._on_records, key=self)
        self._load()

    def photo(self, photo_id: int) -> Photo | None:
        return self._photos.get(photo_id)

    def pixmap(self, photo_id: int) -> QPixmap | None:
        """None while it is on its way, or where there is none."""
        picture = self._pictures.find(photo_id)
        return picture.pixmap if picture is not None else None

    def forget(self) -> None:
        """Read records again when they are wanted next: photos have changed."""
        self._photos.clear()

    def stop(self) -> None:
        """End the threads that load pictures. Waits for the one in hand."""
        self._loader.stop()

    def _on_records(self, photos: list[Photo]) -> None:
        self._photos |= {photo.photo_id: photo for photo in photos}
        self._load()
        self.arrived.emit()

    def _load(self) -> None:
        known = (self._photos.get(photo_id) for photo_id in self._wanted)
        self._loader.want(
            [
                WantedThumbnail(photo, _LOADED_PX)
                for photo in known
                if photo is not None and photo.problem is None and self._lacks(photo)
            ]
        )

    def _lacks(self, photo: Photo) -> bool:
        picture = self._pictures.find(photo.photo_id)
        return picture is None or picture.content_hash != photo.content_hash

    def _on_loaded(self, loaded: LoadedThumbnail) -> None:
        photo, pixels = loaded.wanted.photo, loaded.pixels
        pixmap = QPixmap.fromImage(pixels.to_qimage()) if pixels is not None else None
        self._pictures.put(photo.photo_id, Picture(pixmap, photo.content_hash, _LOADED_PX))
        self.arrived.emit()


class NearItem(QGraphicsItem):
    """Paints thumbnails over some of the points. Main thread.

    Attributes: rows: the points that have one now.
    """

    def __init__(self, points: PointsItem, thumbnails: NearPictures) -> None:
        super().__init__()
        self._points = points
        self._thumbnails = thumbnails
        self._photo_ids: Mapping[int, int] = {}
        self._look: Colours | None = None
        self._side_px = 0
        self.rows: tuple[int, ...] = ()
        self.chosen: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.setZValue(1)

    def dress(self, look: Colours) -> None:
        self._look = look
        self.update()

    def choose(self, area: QRectF, scale: float, photo_ids: NDArray[np.int64]) -> None:
        """Show thumbnails for what is in this part of the scene. scale: pixels for 1 of it."""
        rows = self._points.within(area)
        side = side_px(len(rows))
        self._side_px = side
        if not side or not len(rows):
            self.rows, self._photo_ids = (), {}
        else:
            level = 2.0 ** np.floor(np.log2(scale))
            places = [self._points.at(row) for row in rows.tolist()]
            xs = np.array([place.x() for place in places], np.float32)
            ys = np.array([place.y() for place in places], np.float32)
            few = spread_out(xs, ys, (side + _GAP_PX) / level)
            few = few[apart(xs[few], ys[few], (side + _GAP_PX) / scale)]
            self.rows = tuple(rows[few].tolist())
            self._photo_ids = {row: int(photo_ids[row]) for row in self.rows}
        self._thumbnails.want(list(self._photo_ids.values()))
        self.update()

    def row_at(self, place: QPointF, scale: float) -> int | None:
        """The point whose thumbnail is at a place of the scene."""
        half = self._side_px / scale / 2
        for row in reversed(self.rows):
            middle = self._points.at(row)
            is_there = self._thumbnails.pixmap(self._photo_ids[row]) is not None
            reach = max(abs(middle.x() - place.x()), abs(middle.y() - place.y()))
            if is_there and reach <= half:
                return row
        return None

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(-2 * SIDE, -2 * SIDE, 4 * SIDE, 4 * SIDE)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,
    ) -> None:
        if widget is None or self._look is None:
            return
        to, side = painter.worldTransform(), self._side_px
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        view = QRectF(widget.rect()).adjusted(-side, -side, side, side)
        for row, photo_id in self._photo_ids.items():
            pixmap = self._thumbnails.pixmap(photo_id)
            middle = to.map(self._points.at(row))
            if pixmap is not None and view.contains(middle):
                is_chosen = row < len(self.chosen) and bool(self.chosen[row])
                self._paint_one(painter, middle, pixmap, is_chosen, self._look)
        painter.restore()

    def _paint_one(
        self, painter: QPainter, middle: QPointF, pixmap: QPixmap, is_chosen: bool, look: Colours
    ) -> None:
        width, height = pixmap.width(), pixmap.height()
        longest = max(width, height)
        frame = QRectF(0, 0, self._side_px * width / longest, self._side_px * height / longest)
        frame.moveCenter(middle)
        painter.drawPixmap(frame, pixmap, QRectF(0, 0, width, height))
        painter.setPen(QPen(QColor(look.accent if is_chosen else look.surface), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
