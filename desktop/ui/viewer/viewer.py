"""Viewer: one photo over the whole window, the neighbours an arrow key away."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import Photo, Query
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.grid.results_model import PAGE, ResultsModel
from desktop.ui.look import wording
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.viewer.bar import ViewerBar
from desktop.ui.viewer.box import BoxBar
from desktop.ui.viewer.canvas import ImageCanvas
from desktop.ui.viewer.details import DetailsPanel
from desktop.ui.viewer.images import Images, content_of

_STEP = 1.25


class Viewer(QWidget):
    """Always dark, as photos look best.

    Signals:
        left(row): the person goes back to the grid, having looked at this row last; -1 for none.
        similar_wanted(Photo)
        part_wanted(Query, PhotoPart): find what resembles this part of what the Query is about.
        marked(photo_id, is_more): more like the photo in view is wanted, or less.
    """

    left = Signal(int)
    similar_wanted = Signal(object)
    part_wanted = Signal(object, object)
    marked = Signal(int, bool)

    def __init__(self, bridge: Bridge, model: ResultsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._model = model
        self._photo_id: int | None = None
        self._shown: Photo | None = None
        self._likeness: Query | None = None
        self._last_row = 0
        self._images = Images(bridge, self)
        self._asked: Query | None = None
        self._stood: tuple[int, bool] | None = None
        self._step = 1
        self.bar = ViewerBar()
        self.canvas = ImageCanvas()
        self.box_bar = BoxBar(self.canvas)
        self.details = DetailsPanel(bridge)
        self._lay_out()
        self._connect_bar()
        self.canvas.scale_changed.connect(self._on_scale)
        self.canvas.detail_wanted.connect(self._load_full)
        self.canvas.box_changed.connect(self._on_box)
        self.box_bar.find_wanted.connect(self._find_part)
        self.box_bar.cancel_wanted.connect(self.canvas.end_box)
        model.dataChanged.connect(self._on_data)
        model.modelReset.connect(self._on_reset)

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.canvas, 1)
        body.addWidget(self.details)
        self.details.setFixedWidth(304)
        self.details.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(body, 1)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """A focus proxy would keep the Tab key from the bar."""
        self.canvas.setFocus(event.reason())

    def _connect_bar(self) -> None:
        bar = self.bar
        bar.back_wanted.connect(self.leave)
        bar.further_wanted.connect(self._further)
        bar.closer_wanted.connect(self._closer)
        bar.fit_wanted.connect(self.canvas.fit)
        bar.part_wanted.connect(self._toggle_box)
        bar.similar_wanted.connect(self._find_similar)
        bar.details_wanted.connect(self._toggle_details)
        bar.marked.connect(self.mark)

    @property
    def row(self) -> int:
        """Where the photo is in the grid; -1 when it is not there any more."""
        row = self._model.row_of(self._photo_id) if self._photo_id is not None else None
        return -1 if row is None else row

    @property
    def photo(self) -> Photo | None:
        """The photo in view, None while its record is on its way, or where it is none of the
        list."""
        return self._shown

    @property
    def shows_likeness(self) -> bool:
        """Whether the picture in view is the one that others shall resemble."""
        return self._likeness is not None

    def view(self, row: int) -> None:
        """Show this row of the model."""
        ids = self._model.photo_ids
        if not 0 <= row < len(ids):
            return
        self._step = -1 if row < self.row else 1
        self._photo_id = int(ids[row])
        self._likeness = self._stood = None
        self.bar.details_button.setEnabled(True)
        self._last_row = row
        self._shown = None
        self._show_marks()
        start = max(row - PAGE // 2, 0)
        self._model.show_rows(range(start, min(row + PAGE // 2, len(ids))), self._thumbnail_px())
        self._show_record(row)

    def view_likeness(self, query: Query) -> None:
        """Show the picture that others shall resemble, which need not be in the library; the part
        that is meant is in a box."""
        self._photo_id = self._shown = None
        self._likeness = query
        self.bar.name.setText(wording.name(query.like_path) if query.like_path else "Copied image")
        self.bar.position.setText("searched with this")
        self.canvas.setAccessibleName(f"{self.bar.name.text()}, which others resemble")
        self.bar.similar_button.setEnabled(False)
        self.bar.details_button.setEnabled(False)
        self._show_marks()
        self.bar.details_button.setChecked(False)
        self.details.hide()
        self.canvas.show_photo(QSize(), None)
        self._load_likeness(query, self._screen_px())

    def show_question(self, query: Query | None) -> None:
        """What is searched for with the photos in view, which may be marked; None where they are
        not searched for."""
        self._asked = query
        self._show_marks()

    def _show_marks(self) -> None:
        self.bar.show_marks(self._asked if self._likeness is None else None, self._photo_id)

    @Slot(bool)
    def mark(self, is_more: bool) -> None:
        """The photo in view goes first, or last, in the answer that follows; left and right go on
        from where it stands now."""
        if self._asked is None or self._photo_id is None:
            return
        if self._stood is None and self.row >= 0:
            self._stood = self.row, is_more
        self.marked.emit(self._photo_id, is_more)

    def _load_likeness(self, query: Query, max_side_px: int | None) -> None:
        work = partial(self._read_likeness, query, max_side_px)
        then = partial(self._on_likeness, query)
        refuse = partial(self._on_no_likeness, query)
        self._bridge.do(Lane.IMAGE, work, self, then, refuse, key="viewer")

    def _read_likeness(self, query: Query, max_side_px: int | None) -> tuple[Pixels, int, int]:
        """The image, and the size of the full one. On a worker's thread."""
        if query.like_path is None:
            assert query.like_image is not None
            return to_pixels(query.like_image), query.like_image.width, query.like_image.height
        decoded = self._bridge.library.pictures.load(query.like_path, max_side_px)
        return to_pixels(decoded.image), decoded.facts.width_px, decoded.facts.height_px

    def _on_likeness(self, query: Query, found: tuple[Pixels, int, int]) -> None:
        if query is not self._likeness:
            return
        pixels, width, height = found
        if not self.canvas.has_image:
            self.canvas.show_photo(QSize(width, height), None)
            self.canvas.show_image(pixels.to_qimage())
            if query.like_part is not None and query.like_path is not None:
                self.canvas.begin_box(query.like_part)
        else:
            self.canvas.show_image(pixels.to_qimage())

    def _on_no_likeness(self, query: Query, error: UserError) -> None:
        if query is self._likeness:
            self.canvas.show_sentence(f"{error.message} {error.hint}".strip())

    @Slot()
    def leave(self) -> None:
        self._images.clear()
        self.canvas.end_box()
        if self.shows_likeness:
            self._likeness = None
            self.left.emit(-1)
            return
        last = min(self._last_row, self._model.rowCount() - 1)
        self.left.emit(self.row if self.row >= 0 else last)

    def _thumbnail_px(self) -> int:
        return round(192 * self.devicePixelRatioF())

    def _show_record(self, row: int) -> None:
        photo = self._model.photo_at(row)
        self.bar.position.setText(f"{row + 1:,} of {self._model.rowCount():,}")
        self.bar.similar_button.setEnabled(photo is not None)
        if photo is None:
            self.bar.name.setText("")
            return
        self._show_facts(photo, row)
        facts = photo.metadata
        full = QSize(facts.width_px, facts.height_px) if facts is not None else QSize()
        self.canvas.show_photo(full, self._model.shown_at(row).pixmap)
        self.canvas.show_frame(self._model.part_at(row))
        ready = self._images.find(photo)
        if ready is not None:
            self.canvas.show_image(ready.to_qimage())
            self._prepare_next()
        else:
            self._load(photo, self._screen_px())

    def _show_facts(self, photo: Photo, row: int) -> None:
        """Show what is known of the photo, which is at this row of the model."""
        self._shown = photo
        self.bar.name.setText(wording.name(photo.path))
        self.details.show_photo(photo, self._model.score_at(row), self._model.why_at(row))
        words = self._model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
        self.canvas.setAccessibleName(str(words))

    def _load(self, photo: Photo, max_side_px: int | None) -> None:
        then = partial(self._on_image, photo, max_side_px)
        self._images.load(photo, max_side_px, then, partial(self._on_refused, photo.photo_id))

    @Slot()
    def _load_full(self) -> None:
        if self._shown is not None:
            self._load(self._shown, None)
        elif self._likeness is not None:
            self._load_likeness(self._likeness, None)

    def _screen_px(self) -> int:
        sides = (self.canvas.width(), self.canvas.height())
        return round(max(sides) * self.devicePixelRatioF())

    def _prepare_next(self) -> None:
        self._images.prepare(self._model.photo_at(self.row + self._step), self._screen_px())

    def _on_image(self, photo: Photo, max_side_px: int | None, pixels: Pixels) -> None:
        if photo.photo_id != self._photo_id:
            return
        self.canvas.show_image(pixels.to_qimage())
        if max_side_px is not None:
            self._images.keep(photo, pixels)
            self._prepare_next()

    def _on_refused(self, photo_id: int, error: UserError) -> None:
        if photo_id == self._photo_id:
            self.canvas.show_sentence(f"{error.message} {error.hint}".strip())

    @Slot()
    def _on_data(self) -> None:
        """A record has come, or come again since something was written about the photo."""
        row = self.row
        if not self.isVisible() or row < 0:
            return
        photo, shown = self._model.photo_at(row), self._shown
        if shown is None or (photo is not None and content_of(photo) != content_of(shown)):
            self._show_record(row)
        elif photo is not None and photo != shown:
            self._show_facts(photo, row)

    @Slot()
    def _on_reset(self) -> None:
        if not self.isVisible() or self._photo_id is None:
            return
        if self.row >= 0:
            self._last_row = self.row
            self.bar.position.setText(f"{self.row + 1:,} of {self._model.rowCount():,}")
            return
        self.bar.position.setText("")
        work = partial(self._bridge.library.photos.get, [self._photo_id])
        then = partial(self._on_left_list, self._photo_id)
        self._bridge.do(Lane.READ, work, self, then, key="viewed photo")

    def _on_left_list(self, photo_id: int, photos: list[Photo]) -> None:
        """The photo in view is in the list no more: its file has gone, or does not answer any
        more."""
        if photo_id != self._photo_id or self.row >= 0:
            return
        if not photos:
            self.bar.position.setText("no longer in the library")
            return
        self._shown = photos[0]
        self.details.show_photo(photos[0])
        if photos[0].is_missing:
            self.bar.position.setText("the file is not where it was")

    def _turn(self, step: int) -> None:
        """Go on by so many photos; from one that is in the list no more, to its old neighbour."""
        row = self.row
        if self.shows_likeness:
            return
        if self._stood is not None and row != self._stood[0]:  # it was marked, and has moved
            at, is_more = self._stood
            row = at if is_more is (step > 0) else at - step
        elif row < 0:
            row = self._last_row - (1 if step > 0 else 0)
        row = max(0, min(row + step, self._model.rowCount() - 1))
        if row != self.row:
            self.view(row)

    @Slot(float)
    def _on_scale(self, scale: float) -> None:
        self.bar.zoom.setText(f"{scale * self.devicePixelRatioF() * 100:.0f} %")

    @Slot()
    def _toggle_details(self) -> None:
        self.details.setVisible(self.details.isHidden())
        self.bar.details_button.setChecked(not self.details.isHidden())

    @Slot()
    def _find_similar(self) -> None:
        if self._shown is not None:
            self.similar_wanted.emit(self._shown)

    @Slot()
    def _toggle_box(self) -> None:
        if self.canvas.box_part is None:
            self.canvas.begin_box()
            self.canvas.setFocus()
        else:
            self.canvas.end_box()
        self._on_box()

    @Slot()
    def _on_box(self) -> None:
        is_drawn = self.canvas.box_part is not None
        self.bar.part_button.setChecked(is_drawn)
        self.box_bar.keep_clear(self.canvas.box_rect)
        self.box_bar.setVisible(is_drawn)

    @Slot()
    def _find_part(self) -> None:
        part, photo = self.canvas.box_part, self._shown
        whole = self._likeness
        if photo is not None:
            whole = Query(like_photo_id=photo.photo_id, like_path=photo.path)
        if part is not None and whole is not None:
            self.part_wanted.emit(whole, part)

    @Slot()
    def _closer(self) -> None:
        self.canvas.zoom_by(_STEP)

    @Slot()
    def _further(self) -> None:
        self.canvas.zoom_by(1 / _STEP)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key
        if self.canvas.box_part is not None and self._takes_for_box(event):
            return
        match event.key():
            case key.Key_Escape | key.Key_Space | key.Key_Return | key.Key_Enter:
                self.leave()
            case key.Key_Right | key.Key_Down | key.Key_PageDown:
                self._turn(1)
            case key.Key_Left | key.Key_Up | key.Key_PageUp:
                self._turn(-1)
            case key.Key_Home:
                self.view(0)
            case key.Key_End:
                self.view(self._model.rowCount() - 1)
            case key.Key_Plus | key.Key_Equal:
                self._closer()
            case key.Key_Minus:
                self._further()
            case key.Key_0:
                self.canvas.fit()
            case key.Key_1:
                self.canvas.full_size()
            case key.Key_I:
                self._toggle_details()
            case key.Key_S:
                self._find_similar()
            case key.Key_B:
                self._toggle_box()
            case key.Key_M:
                self.mark(is_more=True)
            case key.Key_L:
                self.mark(is_more=False)
            case _:
                super().keyPressEvent(event)

    def _takes_for_box(self, event: QKeyEvent) -> bool:
        """Act on keys that do something else while a box is drawn; False for the rest."""
        key = Qt.Key(event.key())
        right, down = _ARROWS.get(key, (0, 0))
        if right or down:
            is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            does = self.canvas.grow_box if is_shifted else self.canvas.move_box
            does(right, down)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._find_part()
        elif key == Qt.Key.Key_Escape:
            self.canvas.end_box()
        else:
            return False
        return True


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
