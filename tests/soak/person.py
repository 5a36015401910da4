"""A person at the window, who never rests for long: asks, scrolls, looks, goes back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop.library import Query
from desktop.ui.window.main_window import MainWindow

ACT_MS = 80
WORDS = ("red", "green", "blue", "yellow", "white", "a dark picture", "")


class Person(QObject):
    """Attributes: done: how often what was done."""

    def __init__(self, window: MainWindow, seed: int, models: tuple[str, ...]) -> None:
        super().__init__(window)
        self.done: Counter[str] = Counter()
        self._window = window
        self._models = models
        self._lot = random.Random(seed)
        self._timer = QTimer(self, interval=ACT_MS)
        self._timer.timeout.connect(self._act)
        often: list[Callable[[], None]] = [self.ask, self.scroll, self.find_similar, self.look]
        seldom: list[Callable[[], None]] = [self.go_back, self.rescan, self.pause, self.settings]
        self._acts = 5 * often + seldom

    def start(self) -> None:
        self._timer.start()

    def told(self) -> str:
        return ", ".join(f"{n} x {act}" for act, n in sorted(self.done.items()))

    def rest(self) -> None:
        """Stop, and leave the window as it was in the beginning."""
        self._timer.stop()
        self._window.navigation.show_all()
        self._window.preferences.close()
        if self._window.bridge.library.indexing.is_paused:
            self._window.controls.toggle_pause()

    def change_model(self) -> None:
        library, name = self._window.bridge.library, self._lot.choice(self._models)
        library.submit(lambda: library.models.use(name))
        self.done["change_model"] += 1

    def _act(self) -> None:
        act = self._lot.choice(self._acts)
        act()
        self.done[act.__name__] += 1
        if self._models and self._lot.random() < 0.01:
            self.change_model()

    def ask(self) -> None:
        self._window.navigation.ask(Query(text=self._lot.choice(WORDS)))

    def scroll(self) -> None:
        bar = self._window.grid.verticalScrollBar()
        bar.setValue(self._lot.randint(0, bar.maximum()))

    def find_similar(self) -> None:
        photo = self._window.results.model.photo_at(self._row())
        if photo is not None:
            self._window.commands.find_similar_to(photo)

    def look(self) -> None:
        if self._window.results.model.rowCount():
            self._window.navigation.view_photo_at(self._row())

    def go_back(self) -> None:
        self._window.navigation.escape()
        self._window.navigation.go_back()

    def rescan(self) -> None:
        self._window.bridge.library.indexing.rescan()

    def pause(self) -> None:
        self._window.controls.toggle_pause()

    def settings(self) -> None:
        dialog = self._window.preferences.dialog
        if dialog.isVisible():
            dialog.close()
        else:
            dialog.bring_up()

    def _row(self) -> int:
        return self._lot.randrange(max(1, self._window.results.model.rowCount()))
