"""Asking for a name, and whether something that has one shall go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from desktop.errors import UserError
from desktop.ui.bridge import Bridge, Lane

Work = Callable[[str], Any]
Then = Callable[[Any], None]


class Naming:
    """Asks for a name and does something with it; where the name is refused, says why and asks for
    another. Asks whether what has one shall go. Main thread."""

    def __init__(self, bridge: Bridge, title: str, owner: QObject) -> None:
        """owner: a child of the window; what is asked goes with it."""
        self._bridge = bridge
        self._title = title
        self._owner = owner

    def ask(self, label: str, name: str, work: Work, then: Then = lambda _: None) -> None:
        """work: on the query worker, with the name; may raise UserError. then: with what it
        returned."""
        window = self._owner.parent()
        dialog = QInputDialog(window if isinstance(window, QWidget) else None)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self._title)
        dialog.setLabelText(label)
        dialog.setTextValue(name)
        dialog.resize(380, dialog.sizeHint().height())
        dialog.textValueSelected.connect(partial(self._do, work, then))
        dialog.open()

    def _do(self, work: Work, then: Then, name: str) -> None:
        def ask_again(error: UserError) -> None:
            self.ask(error.message, name, work, then)

        self._bridge.do(Lane.QUERY, partial(work, name), self._owner, then, ask_again)

    def ask_to_delete(
        self,
        title: str,
        text: str,
        reassurance: str,
        work: Callable[[], Any],
        then: Then = lambda _: None,
    ) -> None:
        """work: on the query worker, where it shall go. then: when it is gone."""
        window = self._owner.parent()
        box = QMessageBox(window if isinstance(window, QWidget) else None)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setInformativeText(reassurance)
        box.setStandardButtons(QMessageBox.StandardButton.Cancel)
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        delete.clicked.connect(lambda: self.do(work, then))
        box.open()

    def do(self, work: Callable[[], Any], then: Then = lambda _: None) -> None:
        """On the query worker; the sidebar follows by itself."""
        self._bridge.do(Lane.QUERY, work, self._owner, then)
