"""Viewer: one photo over the whole window, the neighbours an arrow key away."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import Photo, Query
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.grid.results_model import PAGE, ResultsModel
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, styled, text_label
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.look.theme import DARK
from desktop.ui.viewer.box import BoxBar
from desktop.ui.viewer.canvas import ImageCanvas
from desktop.ui.viewer.details import DetailsPanel

_STEP = 1.25
N_READY = 6
"""Images that stay decoded: those just left and the next one."""


_Content = tuple[int, int, int]
"""Which photo, and which state of its file."""


class Viewer(QWidget):
    """Always dark, as photos look best.

    Signals:
        left(row): the person goes back to the grid, having looked at this row last; -1 for none.
        similar_wanted(Photo)
        part_wanted(Query, PhotoPart): find what resembles this part of what the Query is about.
    """

    left = Signal(int)
    similar_wanted = Signal(object)
    part_wanted = Signal(object, object)

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
        self._ready: OrderedDict[_Content, Pixels] = OrderedDict()
        self._step = 1
        self._name = ElidedLabel("viewerName", Qt.TextElideMode.ElideMiddle)
        self._position = text_label("", "viewerMuted")
        self._zoom = text_label("", "viewerMuted")
        self.canvas = ImageCanvas()
        self.box_bar = BoxBar(self.canvas)
        self.details = DetailsPanel()
        self.details_button = self._button("details", "Details (I)", self._toggle_details)
        self.similar_button = self._button("similar", "Find similar (S)", self._find_similar)
        self.part_button = self._button("find-part", "Find a part of it (B)", self._toggle_box)
        self.details_button.setCheckable(True)
        self.part_button.setCheckable(True)
        self._lay_out()
        self.canvas.scale_changed.connect(self._on_scale)
        self.canvas.detail_wanted.connect(self._load_full)
        self.canvas.box_changed.connect(self._on_box)
        self.box_bar.find_wanted.connect(self._find_part)
        self.box_bar.cancel_wanted.connect(self.canvas.end_box)
        model.dataChanged.connect(self._on_data)
        model.modelReset.connect(self._on_reset)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 8)
        bar.setSpacing(4)
        bar.addWidget(self._button("back", "Back to the photos (Esc)", self.leave))
        bar.addSpacing(8)
        bar.addWidget(self._name, 1)  # it asks for no room, and would get none
        bar.addSpacing(12)
        bar.addWidget(self._position)
        bar.addSpacing(12)
        bar.addWidget(self._zoom)
        bar.addSpacing(8)
        bar.addWidget(self._button("zoom-out", "Further (−)", self._further))  # noqa: RUF001
        bar.addWidget(self._button("zoom-in", "Closer (+)", self._closer))
        bar.addWidget(self._button("fit", "Whole photo (0)", self.canvas.fit))
        bar.addSpacing(16)
        bar.addWidget(self.part_button)
        bar.addWidget(self.similar_button)
        bar.addWidget(self.details_button)
        top = styled(QFrame(), "viewerBar")
        top.setLayout(bar)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.canvas, 1)
        body.addWidget(self.details)
        self.details.setFixedWidth(304)
        self.details.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addLayout(body, 1)
        self.setFocusProxy(self.canvas)

    def _button(self, name: str, words: str, slot: object) -> QToolButton:
        button = styled(QToolButton(), "viewerButton")
        button.setIcon(icon(name, DARK.text, DARK.unlikely))
        button.setIconSize(QSize(20, 20))
        button.setToolTip(words)
        button.setAccessibleName(words.split(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button

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
        self._likeness = None
        self.details_button.setEnabled(True)
        self._last_row = row
        self._shown = None
        start = max(row - PAGE // 2, 0)
        self._model.show_rows(range(start, min(row + PAGE // 2, len(ids))), self._thumbnail_px())
        self._show_record(row)

    def view_likeness(self, query: Query) -> None:
        """Show the picture that others shall resemble, which need not be in the library; the part
        that is meant is in a box."""
        self._photo_id = self._shown = None
        self._likeness = query
        self._name.setText(wording.name(query.like_path) if query.like_path else "Copied image")
        self._position.setText("searched with this")
        self.canvas.setAccessibleName(f"{self._name.text()}, which others resemble")
        self.similar_button.setEnabled(False)
        self.details_button.setEnabled(False)
        self.details_button.setChecked(False)
        self.details.hide()
        self.canvas.show_photo(QSize(), None)
        self._load_likeness(query, self._screen_px())

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
        self._bridge.forget("viewer")
        self.canvas.end_box()
        if self.shows_likeness:
            self._likeness = None
            self.left.emit(-1)
            return
        self._ready.clear()
        last = min(self._last_row, self._model.rowCount() - 1)
        self.left.emit(self.row if self.row >= 0 else last)

    def _thumbnail_px(self) -> int:
        return round(192 * self.devicePixelRatioF())

    def _show_record(self, row: int) -> None:
        photo = self._model.photo_at(row)
        self._position.setText(f"{row + 1:,} of {self._model.rowCount():,}")
        self.similar_button.setEnabled(photo is not None)
        if photo is None:
            self._name.setText("")
            return
        self._show_facts(photo, row)
        facts = photo.metadata
        full = QSize(facts.width_px, facts.height_px) if facts is not None else QSize()
        self.canvas.show_photo(full, self._model.shown_at(row).pixmap)
        self.canvas.show_frame(self._model.part_at(row))
        ready = self._ready.get(_content_of(photo))
        if ready is not None:
            self.canvas.show_image(ready.to_qimage())
            self._prepare_next()
        else:
            self._load(photo, self._screen_px())

    def _show_facts(self, photo: Photo, row: int) -> None:
        """Show what is known of the photo, which is at this row of the model."""
        self._shown = photo
        self._name.setText(wording.name(photo.path))
        self.details.show_photo(photo, self._model.score_at(row), self._model.why_at(row))
        words = self._model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
        self.canvas.setAccessibleName(str(words))

    def _load(self, photo: Photo, max_side_px: int | None) -> None:
        work = partial(self._read, photo, max_side_px)
        then = partial(self._on_image, photo, max_side_px)
        refuse = partial(self._on_refused, photo.photo_id)
        self._bridge.do(Lane.IMAGE, work, self, then, refuse, key="viewer")

    def _read(self, photo: Photo, max_side_px: int | None) -> Pixels:
        """On a worker's thread."""
        return to_pixels(self._bridge.library.pictures.load(photo.path, max_side_px).image)

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
        """Decode the photo that the person is most likely to turn to."""
        photo = self._model.photo_at(self.row + self._step)
        if photo is None or _content_of(photo) in self._ready:
            return
        work = partial(self._read, photo, self._screen_px())
        then = partial(self._keep, photo)
        self._bridge.do(Lane.IMAGE, work, self, then, _ignore, key="next photo")

    def _keep(self, photo: Photo, pixels: Pixels) -> None:
        self._ready[_content_of(photo)] = pixels
        while len(self._ready) > N_READY:
            self._ready.popitem(last=False)

    def _on_image(self, photo: Photo, max_side_px: int | None, pixels: Pixels) -> None:
        if photo.photo_id != self._photo_id:
            return
        self.canvas.show_image(pixels.to_qimage())
        if max_side_px is not None:
            self._keep(photo, pixels)
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
        if shown is None or (photo is not None and _content_of(photo) != _content_of(shown)):
            self._show_record(row)
        elif photo is not None and photo != shown:
            self._show_facts(photo, row)

    @Slot()
    def _on_reset(self) -> None:
        if not self.isVisible() or self._photo_id is None:
            return
        if self.row >= 0:
            self._last_row = self.row
            self._position.setText(f"{self.row + 1:,} of {self._model.rowCount():,}")
            return
        self._position.setText("")
        work = partial(self._bridge.library.photos.get, [self._photo_id])
        then = partial(self._on_left_list, self._photo_id)
        self._bridge.do(Lane.READ, work, self, then, key="viewed photo")

    def _on_left_list(self, photo_id: int, photos: list[Photo]) -> None:
        """The photo in view is in the list no more: its file has gone, or does not answer any
        more."""
        if photo_id != self._photo_id or self.row >= 0:
            return
        if not photos:
            self._position.setText("no longer in the library")
            return
        self._shown = photos[0]
        self.details.show_photo(photos[0])
        if photos[0].is_missing:
            self._position.setText("the file is not where it was")

    def _turn(self, step: int) -> None:
        """Go on by so many photos; from one that is in the list no more, to its old neighbour."""
        row = self.row
        if self.shows_likeness:
            return
        if row < 0:
            row = self._last_row - (1 if step > 0 else 0)
        self.view(row + step)

    @Slot(float)
    def _on_scale(self, scale: float) -> None:
        self._zoom.setText(f"{scale * self.devicePixelRatioF() * 100:.0f} %")

    @Slot()
    def _toggle_details(self) -> None:
        self.details.setVisible(self.details.isHidden())
        self.details_button.setChecked(not self.details.isHidden())

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
        self.part_button.setChecked(is_drawn)
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


def _content_of(photo: Photo) -> _Content:
    return photo.photo_id, photo.size_bytes, photo.mtime_ns


def _ignore(_: UserError) -> None:
    """What is wrong with the next photo is told when the person turns to it."""
