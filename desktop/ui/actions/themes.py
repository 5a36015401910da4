"""ThemeCommands: finds themes, and does with them what a person wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.errors import UserError
from desktop.legible import legible
from desktop.library import Job, PhotoTheme, Progress, Way
from desktop.ui.actions.naming import Naming
from desktop.ui.bridge import Bridge, Lane


class ThemeCommands(QObject):
    """Main thread. One piece of work at a time; the page shows how far it is, wherever the person
    was meanwhile.

    Signals:
        told(str, str): something to be said, and a hint.
        progressed(Progress): how far it is; None when nothing is being done any more.
    """

    told = Signal(str, str)
    progressed = Signal(object)
    _reported = Signal(object)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._naming = Naming(bridge, "Theme", self)
        self._job: Job | None = None
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)

    @property
    def is_working(self) -> bool:
        return self._job is not None

    @Slot()
    def update(self) -> None:
        """Put photos that have come into their themes; find themes where there are none."""
        self._work(self._bridge.library.themes.make)

    @Slot(object)
    def find_anew(self, way: Way | None = None) -> None:
        """What people have made of themes stays."""
        self._work(partial(self._bridge.library.themes.make, way=way, anew=True))

    def split(self, theme: PhotoTheme) -> None:
        self._work(partial(self._bridge.library.themes.split, theme_id=theme.theme_id))

    @Slot()
    def cancel(self) -> None:
        """What was there before stays."""
        if self._job is not None:
            self._job.cancel()
            self._end()

    def rename(self, theme: PhotoTheme) -> None:
        rename = partial(self._bridge.library.themes.rename, theme.theme_id)
        self._naming.ask("What is this theme called?", theme.name, rename)

    def merge(self, themes: Sequence[PhotoTheme]) -> None:
        """Into the first one."""
        into, *others = themes
        ids = [each.theme_id for each in others]
        self._naming.do(partial(self._bridge.library.themes.merge, into.theme_id, ids))
        self.told.emit(f"Merged into “{legible(into.name)}”.", "“Split” parts them again.")

    def hide(self, themes: Sequence[PhotoTheme], is_hidden: bool) -> None:
        ids = [each.theme_id for each in themes]
        self._naming.do(partial(self._bridge.library.themes.hide, ids, is_hidden))
        if is_hidden:
            what = f"“{legible(themes[0].name)}” is" if len(ids) == 1 else f"{len(ids)} themes are"
            self.told.emit(f"{what} hidden.", "The menu of the page shows hidden themes.")

    def _work(self, work: Callable[[Job], None]) -> None:
        if self._job is not None:
            return
        job = self._job = Job(self._reported.emit)
        self.progressed.emit(Progress(0, 0, "Looking at what is known"))
        done = partial(self._on_done, job)
        self._bridge.do(
            Lane.GROUPING, partial(work, job), self, done, partial(self._on_failed, job)
        )

    @Slot(object)
    def _on_reported(self, progress: Progress) -> None:
        if self._job is not None:
            self.progressed.emit(progress)

    def _on_done(self, job: Job, _: None) -> None:
        if job is self._job:
            self._end()

    def _on_failed(self, job: Job, error: UserError) -> None:
        self._on_done(job, None)
        self.told.emit(error.message, error.hint)

    def _end(self) -> None:
        self._job = None
        self.progressed.emit(None)
