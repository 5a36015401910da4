"""Strip: a row of thumbnails, best hit first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from desktop.library import Photo
from desktop.library.comparing import TrialHit
from desktop.ui.look import wording
from desktop.ui.look.flow import Flow
from desktop.ui.look.parts import plain_tip, styled
from desktop.ui.look.pixels import Pixels

SIDE_PX = 104


class Strip(QWidget):
    """Pictures come with `show_pictures`; until then their places are empty.

    Signals: chosen(Photo): one was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[int, QToolButton] = {}
        self._flow = Flow(self)
        self._flow.setContentsMargins(0, 0, 0, 0)

    @property
    def photo_ids(self) -> list[int]:
        return list(self._buttons)

    @property
    def n_pictures(self) -> int:
        """How many are there already."""
        return sum(not button.icon().isNull() for button in self._buttons.values())

    @property
    def tips(self) -> list[str]:
        """What is told of each."""
        return [button.toolTip() for button in self._buttons.values()]

    def show_hits(self, hits: Sequence[TrialHit], n_models: int) -> None:
        """n_models: of how many models; 0 where the score and who agrees stay hidden."""
        self._clear()
        for hit in hits:
            agreed = n_models > 1 and hit.n_models == n_models
            self._add(hit.photo, _words(hit, n_models), agreed)

    def show_photos(self, photos: Sequence[Photo]) -> None:
        self._clear()
        for photo in photos:
            self._add(photo, wording.name(photo.path), False)

    def _clear(self) -> None:
        for button in self._buttons.values():
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {}

    def _add(self, photo: Photo, words: str, agreed: bool) -> None:
        button = styled(QToolButton(), "picture")
        button.setFixedSize(SIDE_PX + 6, SIDE_PX + 6)
        button.setIconSize(QSize(SIDE_PX, SIDE_PX))
        button.setToolTip(plain_tip(words))
        button.setAccessibleName(words.replace("\n", ", "))
        button.setProperty("agreed", agreed)
        button.clicked.connect(partial(self._choose, photo))
        self._buttons[photo.photo_id] = button
        self._flow.addWidget(button)

    def show_pictures(self, pictures: Mapping[int, Pixels]) -> None:
        """By photo_id."""
        for photo_id, button in self._buttons.items():
            pixels = pictures.get(photo_id)
            if pixels is not None:
                button.setIcon(square(pixels))

    def _choose(self, photo: Photo, _: bool = False) -> None:
        self.chosen.emit(photo)


def square(pixels: Pixels) -> QIcon:
    """The middle of a picture."""
    image = pixels.to_qimage().scaled(
        SIDE_PX,
        SIDE_PX,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (image.width() - SIDE_PX) // 2, (image.height() - SIDE_PX) // 2
    return QIcon(QPixmap.fromImage(image.copy(left, top, SIDE_PX, SIDE_PX)))


def _words(hit: TrialHit, n_models: int) -> str:
    name = wording.name(hit.photo.path)
    if n_models == 0:
        return name
    seen = f"\nshown by {hit.n_models} of {n_models} models" if n_models > 1 else ""
    return f"{name}\nscore {hit.score:.2f}{seen}"
