"""PhotoCommands: what can be done with the photos that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from desktop.library import Photo, PhotoPart, Query
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look.pixels import Pixels, to_pil, to_pixels
from desktop.ui.system.desktop_actions import DesktopActions, file_url, quoted
from desktop.ui.viewer.details import PropertiesDialog

MOST_ADDED = 5
"""So many photos are added to a search at once; what more of them have in common, few photos have.
"""

COPY_PX = 4096
"""A photo that is copied as an image has at most this many pixels a side."""


class PhotoCommands(QObject):
    """Acts on the photos that `chosen` names: the viewer's, or the grid's selection. Main thread.

    Signals:
        query_made(Query): find what resembles a photo.
        clauses_made(list[Clause]): ask for these photos, too.
    """

    query_made = Signal(object)
    clauses_made = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        desktop: DesktopActions,
        chosen: Callable[[], list[tuple[Photo, float | None]]],
        why: Callable[[int], list[str]],
        window: QWidget,
    ) -> None:
        """chosen: photos with their score, the current one first. why: one of them was found, by
        photo_id; see `ResultsModel.why_at`."""
        super().__init__(window)
        self._bridge = bridge
        self._desktop = desktop
        self._chosen = chosen
        self._why = why
        self._window = window

    # likeness

    @Slot()
    def find_similar(self) -> None:
        for photo, _ in self._chosen()[:1]:
            self.find_similar_to(photo)

    @Slot(object)
    def find_similar_to(self, photo: Photo) -> None:
        self.query_made.emit(Query(like_photo_id=photo.photo_id, like_path=photo.path))

    @Slot(object, object)
    def find_part(self, whole: Query, part: PhotoPart) -> None:
        """Find what resembles a part of the photo or image that `whole` is about."""
        path = whole.like_path
        work = (
            partial(whole.of_part, part)
            if path is None
            else partial(self._bridge.library.open_image, path, part)
        )
        self._bridge.do(Lane.QUERY, work, self, self.query_made.emit, key="outside image")

    @Slot(object)
    def find_similar_to_file(self, path: Path) -> None:
        """Find what resembles an image file, which need not be in the library."""
        work = partial(self._bridge.library.open_image, path)
        self._bridge.do(Lane.QUERY, work, self, self.query_made.emit, key="outside image")

    @Slot(object)
    def find_similar_to_image(self, image: QImage) -> None:
        """Find what resembles pixels that were pasted or dropped."""
        self.query_made.emit(Query(like_image=to_pil(image)))

    @Slot()
    def add_to_search(self) -> None:
        """Ask for what resembles the chosen photos beside what is asked already."""
        self.add_files_to_search([photo.path for photo, _ in self._chosen()])

    @Slot(object)
    def add_files_to_search(self, paths: Sequence[Path]) -> None:
        clause_for = self._bridge.library.meanings.clause_for
        self._bridge.do(
            Lane.READ,
            lambda: [clause_for(path) for path in paths[:MOST_ADDED]],
            self,
            self.clauses_made.emit,
        )

    # the desktop

    @Slot()
    def open(self) -> None:
        for photo, _ in self._chosen()[:1]:
            self._desktop.open(photo.path)

    @Slot()
    def show_in_folder(self) -> None:
        for photo, _ in self._chosen()[:1]:
            self._desktop.show_in_folder(photo.path)

    # the clipboard

    @Slot()
    def copy(self) -> None:
        """Copy the files; of a single photo also its pixels, which can be pasted into a mail."""
        photos = [photo for photo, _ in self._chosen()]
        if not photos:
            return
        QGuiApplication.clipboard().setMimeData(_files(photos))
        if len(photos) == 1:
            self._bridge.do(
                Lane.IMAGE,
                partial(self._read, photos[0]),
                self,
                partial(self._add_pixels, photos),
                lambda _: None,  # the file itself is on the clipboard already
                key="copy",
            )

    def _read(self, photo: Photo) -> Pixels:
        """On a worker's thread."""
        return to_pixels(self._bridge.library.pictures.load(photo.path, COPY_PX).image)

    def _add_pixels(self, photos: list[Photo], pixels: Pixels) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard.text() != _files(photos).text():
            return  # something else was copied meanwhile
        mime = _files(photos)
        mime.setImageData(pixels.to_qimage())
        clipboard.setMimeData(mime)

    @Slot()
    def copy_path(self) -> None:
        paths = "\n".join(quoted(photo.path) for photo, _ in self._chosen())
        if paths:
            QGuiApplication.clipboard().setText(paths)

    @Slot()
    def properties(self) -> None:
        for photo, score in self._chosen()[:1]:
            why = self._why(photo.photo_id)
            dialog = PropertiesDialog(self._bridge, photo, score, why, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()


def _files(photos: list[Photo]) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([file_url(photo.path) for photo in photos])
    mime.setText("\n".join(quoted(photo.path) for photo in photos))
    return mime
