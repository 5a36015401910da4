"""ListedBursts: keeps known which photos of lists by date look alike, while anybody wants that."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.library import NO_GROUPS, AlikeGroups, Change, PhotosChanged
from desktop.ui.bridge import Bridge, Lane

REST_MS = 3_000
"""While photos come and go, they are looked at at most this often."""


class ListedBursts(QObject):
    """Main thread. Nothing is looked at while it is switched off.

    Signals: changed: `groups` may be others now.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._is_on = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._update)
        bridge.photos_changed.connect(self._on_photos_changed)
        bridge.model_changed.connect(self._update)

    @property
    def groups(self) -> AlikeGroups:
        return self._bridge.library.bursts.known if self._is_on else NO_GROUPS

    def switch(self, is_on: bool) -> None:
        """Put look-alikes together in lists by date, or show each by itself."""
        if is_on != self._is_on:
            self._is_on = is_on
            self.changed.emit()
            self._update()

    @Slot()
    def _update(self) -> None:
        if self._is_on:
            work = self._bridge.library.bursts.update
            self._bridge.do(Lane.COUNT, work, self, self._on_updated, key=self)

    def _on_updated(self, has_changed: bool) -> None:
        if has_changed:
            self.changed.emit()

    @Slot(object)
    def _on_photos_changed(self, event: PhotosChanged) -> None:
        if self._is_on and event.what & (Change.THERE | Change.FOUND) and not self._rest.isActive():
            self._rest.start()
