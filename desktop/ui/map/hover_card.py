"""HoverCard: what photo is under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from desktop.ui.look import wording
from desktop.ui.look.parts import ElidedLabel, styled
from desktop.ui.map.near import NearPictures

_SIDE_PX = 160
_AWAY_PX = 16


class HoverCard(QFrame):
    """Lies over the map, beside the mouse, and lets the mouse through. Main thread."""

    def __init__(self, over: QWidget, thumbnails: NearPictures) -> None:
        super().__init__(over)
        styled(self, "hoverCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self._thumbnails = thumbnails
        self._photo_id: int | None = None
        self._at = QPoint()
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._name = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        self._day = ElidedLabel("muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for part in (self._picture, self._name, self._day):
            column.addWidget(part)
        self.setFixedWidth(_SIDE_PX + 18)
        self.hide()
        thumbnails.arrived.connect(self._refresh)

    @property
    def said(self) -> str:
        """The name it shows; "" while it shows nothing."""
        return self._name.text() if self.isVisible() else ""

    def show_photo(self, photo_id: int | None, at: QPoint) -> None:
        """None hides it. at: the mouse, in what it lies over."""
        self._at = at
        if photo_id != self._photo_id:
            self._photo_id = photo_id
            self._refresh()
        if self.isVisible():
            self._move()

    def _refresh(self) -> None:
        photo_id = self._photo_id
        photo = self._thumbnails.photo(photo_id) if photo_id is not None else None
        if photo is None or photo_id is None:
            self.hide()
            return
        pixmap = self._thumbnails.pixmap(photo_id)
        self._picture.setVisible(pixmap is not None)
        if pixmap is not None:
            ratio = self.devicePixelRatioF()
            side = round(_SIDE_PX * ratio)
            small = pixmap.scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            small.setDevicePixelRatio(ratio)
            self._picture.setPixmap(small)
        self._name.setText(wording.name(photo.path))
        self._day.setText(wording.day(photo.metadata.taken_at) if photo.metadata else "")
        self.adjustSize()
        self._move()
        self.show()
        self.raise_()

    def _move(self) -> None:
        """Beside the mouse, on the side where there is room."""
        room = self._over.rect()
        x, y = self._at.x() + _AWAY_PX, self._at.y() + _AWAY_PX
        if x + self.width() > room.right():
            x = self._at.x() - _AWAY_PX - self.width()
        if y + self.height() > room.bottom():
            y = self._at.y() - _AWAY_PX - self.height()
        self.move(max(x, 0), max(y, 0))
