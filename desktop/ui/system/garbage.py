"""Cyclic garbage is collected on the main thread alone.

Python collects it on whichever thread happens to allocate, and what it deletes there may be a
widget or a model of the window. Qt's objects belong to the thread that made them: deleted on
another one while the window uses them, they take the program along.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 250


class GarbageCollector(QObject):
    """From now on Python's collector runs here, at its own thresholds. Main thread.

    What was there when the event loop began is looked through no more: the modules alone take 40 ms
    each time, in which nothing is drawn.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._has_begun = False
        timer = QTimer(self)
        timer.timeout.connect(self._collect)
        timer.start(EVERY_MS)

    def _collect(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            gc.freeze()
        thresholds, counts = gc.get_threshold(), gc.get_count()
        due = [generation for generation in range(3) if counts[generation] > thresholds[generation]]
        if due:
            gc.collect(due[-1])
