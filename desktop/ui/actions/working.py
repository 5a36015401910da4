"""Working: something that takes long, with its progress and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import Job, Progress
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import ElidedLabel, ThinBar

_SHOWN_AFTER_MS = 400


class Working(QDialog):
    """Over the window, which waits; shown where the work is not done at once. Main thread."""

    _progressed = Signal(object)

    def __init__(self, bridge: Bridge, title: str, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setModal(True)
        self._bridge = bridge
        self._job = Job(self._progressed.emit)
        self._said = ElidedLabel("muted")
        self._said.setMinimumWidth(380)
        self._bar = ThinBar(title)
        self._bar.show_share(0, 0)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        for widget in (self._said, self._bar, self._buttons):
            column.addWidget(widget)
        self._progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self._soon = QTimer(self, singleShot=True, interval=_SHOWN_AFTER_MS)
        self._soon.timeout.connect(self.open)

    def run(self, work: Callable[[Job], Any], then: Callable[[Any], None]) -> None:
        """Do it on the thread of long work. then: with what came of it; a sentence, where it could
        not be done, is shown as others are. Once."""
        self._soon.start()
        done = partial(self._on_done, then)
        self._bridge.do(Lane.LONG, partial(work, self._job), self, done, self._on_failed)

    @property
    def said(self) -> str:
        return self._said.text()

    @Slot()
    def reject(self) -> None:
        """Stop; the work leaves things whole by itself."""
        self._soon.stop()
        self._job.cancel()
        super().reject()
        self.deleteLater()

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        self._bar.show_share(now.done if now.total else 0, now.total)
        self._said.setText(wording.progress(now))

    def _on_done(self, then: Callable[[Any], None], result: Any) -> None:
        self._end()
        then(result)

    def _on_failed(self, error: UserError) -> None:
        self._end()
        self._bridge.failed.emit(error)

    def _end(self) -> None:
        self._soon.stop()
        self.accept()
        self.deleteLater()
