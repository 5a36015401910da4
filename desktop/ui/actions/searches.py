"""SearchCommands: what can be done with saved searches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from desktop.errors import UserError
from desktop.legible import legible
from desktop.library import SavedSearch
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.places.place import Place


class SearchCommands(QObject):
    """Main thread.

    Signals: told(str, str): something to be said, and a hint.
    """

    told = Signal(str, str)

    def __init__(
        self,
        bridge: Bridge,
        here: Callable[[], Place],
        find: Callable[[Place], SavedSearch | None],
        window: QWidget,
    ) -> None:
        """here: where the person is. find: the saved search that leads to a place."""
        super().__init__(window)
        self._bridge = bridge
        self._here = here
        self._find = find
        self._window = window

    def can_save(self) -> bool:
        """Words and conditions can be saved; of a photo that others shall resemble, nothing."""
        query = self._here().query
        return query is not None and bool(query.text) and not query.has_likeness

    def is_saved(self) -> bool:
        return self._find(self._here()) is not None

    @Slot()
    def save(self) -> None:
        """Ask for a name, and save what is searched for here under it."""
        place = self._here()
        if place.query is None or not self.can_save():
            return
        known = self._find(place)
        if known is not None:
            self.told.emit(f"This is saved as “{legible(known.name)}”.", "It is in the sidebar.")
            return
        save = partial(self._save, place.query.text, place)
        self._ask_name("Save this search", place.query.text, save)

    @Slot(object)
    def rename(self, saved: SavedSearch) -> None:
        rename = partial(self._bridge.library.saved.rename, saved.search_id)
        self._ask_name("Rename saved search", saved.name, partial(self._do_named, rename))

    @Slot(object)
    def forget(self, saved: SavedSearch) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Delete saved search")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Delete the saved search “{legible(saved.name)}”?")
        box.setInformativeText("The photos that it finds stay where they are.")
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        forget = partial(self._bridge.library.saved.forget, saved.search_id)
        delete.clicked.connect(partial(self._do, forget))
        box.open()

    @Slot(object, int)
    def move(self, saved: SavedSearch, step: int) -> None:
        self._do(partial(self._bridge.library.saved.move, saved.search_id, step))

    def _save(self, text: str, place: Place, name: str) -> None:
        library = self._bridge.library
        self._do_named(lambda as_name: library.saved.save(as_name, text, place.filter), name)

    def _do_named(self, work: Callable[[str], object], name: str) -> None:
        """Do it; where the name is refused, say why and ask for another."""

        def ask_again(error: UserError) -> None:
            self._ask_name(error.message, name, partial(self._do_named, work))

        self._bridge.do(Lane.QUERY, partial(work, name), self, _done, ask_again)

    def _do(self, work: Callable[[], object], _: bool = False) -> None:
        self._bridge.do(Lane.QUERY, work, self, _done)

    def _ask_name(self, title: str, name: str, then: Callable[[str], None]) -> None:
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Saved search")
        dialog.setLabelText(title)
        dialog.setTextValue(name)
        dialog.resize(380, dialog.sizeHint().height())
        dialog.textValueSelected.connect(then)
        dialog.open()


def _done(_: object) -> None:
    """The list of saved searches follows by itself."""
