"""EnginesPage: by what the nearest photos are found, choosing another, and trying it out."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import EngineCheck, EngineInfo, ProgressChanged, Status
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import ThinBar, scrolled_column, tab_through, text_label
from desktop.ui.settings.engine_card import EngineCard

_ABOUT = (
    "An engine finds the photos that are nearest to a question. The usual one suits up to a "
    "million photos; another is filled in the background while the one before goes on answering."
)


class EnginesPage(QWidget):
    """Lists the engines. Other programs may have to be asked, so all is done on the DESKTOP lane.

    Attributes: cards: by the name of the engine.
    """

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._engines: list[EngineInfo] = []
        self._status: Status | None = None
        self.cards: dict[str, EngineCard] = {}
        self._column = QVBoxLayout()
        self.check = QPushButton("Check")
        self.undo = QPushButton("Stop the change")
        self._bar = ThinBar("Progress of the change")
        self.said = text_label("", "muted", wraps=True)
        self.error = text_label("", "error", wraps=True)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.check)
        buttons.addWidget(self.undo)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Engine", "title"))
        column.addWidget(text_label(_ABOUT, "muted", wraps=True))
        column.addSpacing(8)
        column.addWidget(scrolled_column(self._column), 1)
        for widget in (self._bar, self.said, self.error):
            widget.hide()
            column.addWidget(widget)
        column.addLayout(buttons)

    def _connect(self) -> None:
        for label in (self.said, self.error):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.check.setToolTip("Ask the engine what it holds, and try how good first answers are")
        self.check.setAccessibleName("Check the engine that answers")
        self.check.setAutoDefault(False)
        self.undo.setAutoDefault(False)
        self.undo.setAccessibleName("Stop the change of the engine")
        self.undo.hide()
        self.check.clicked.connect(self._check)
        self.undo.clicked.connect(self._undo)
        self._bridge.engine_changed.connect(self.refresh)
        self._bridge.progress_changed.connect(self.show_progress)

    @Slot()
    def refresh(self) -> None:
        """Ask the library which engines there are."""
        engines = self._bridge.library.engines
        self._bridge.do(
            Lane.DESKTOP,
            lambda: (engines.list_all(), engines.notice),
            self,
            self._on_engines,
            key="engines",
        )

    @Slot(object)
    def show_status(self, status: Status) -> None:
        self._status = status
        coming = status.coming_engine
        self.undo.setVisible(coming is not None)
        self.undo.setText(f"Stop the change to {coming}")
        if coming is None and self._bar.isVisibleTo(self):
            self._bar.hide()
            self._say("")

    @Slot(object)
    def show_progress(self, event: ProgressChanged) -> None:
        """A change of the engine is shown here, too, and not only in the status bar."""
        is_change = self._status is not None and self._status.coming_engine is not None
        now = event.progress
        was_shown = self._bar.isVisibleTo(self)
        self._bar.setVisible(is_change and now is not None)
        if is_change and now is not None:
            self._bar.show_share(now.done, now.total)
            self._say("Paused" if event.paused else wording.progress(now, event.restraint))
        elif was_shown:
            self._say("")

    def _on_engines(self, found: tuple[list[EngineInfo], str]) -> None:
        """Make cards anew where they differ; one in which somebody types stays as it is."""
        engines, notice = found
        if notice:
            self._show_error(notice)
        before = {each.name: each for each in self._engines}
        self._engines = engines
        for row, engine in enumerate(engines):
            if before.get(engine.name) == engine:
                continue
            old = self.cards.get(engine.name)
            card = EngineCard(engine, self)
            card.use_wanted.connect(self._use)
            self.cards[engine.name] = card
            self._column.insertWidget(row, card)
            if old is not None:
                self._column.removeWidget(old)
                old.deleteLater()
        tab_through(self, *self.cards.values())

    @Slot(str, str)
    def _use(self, text: str, uri: str) -> None:
        self._ask("Looking whether it can be had…")
        work = partial(self._bridge.library.engines.use, text, uri)
        self._bridge.do(Lane.DESKTOP, work, self, self._on_used, self._on_refused)

    @Slot()
    def _undo(self) -> None:
        if self._status is not None:
            work = self._bridge.library.engines.take_back
            self._bridge.do(Lane.DESKTOP, work, self, self._on_used, self._on_refused)

    @Slot()
    def _check(self) -> None:
        self._ask("Trying it out…")
        work = self._bridge.library.engines.check
        self._bridge.do(Lane.DESKTOP, work, self, self._on_checked, self._on_refused)

    def _ask(self, doing: str) -> None:
        self.error.hide()
        self.check.setEnabled(False)
        self._say(doing)

    def _on_used(self, _: None) -> None:
        self._on_answer("")
        self.refresh()
        self._bridge.refresh_status()

    def _on_checked(self, checks: list[EngineCheck]) -> None:
        self._on_answer("\n\n".join(wording.engine_check(check) for check in checks))

    def _on_refused(self, error: UserError) -> None:
        self._on_answer("")
        self._show_error(f"{error.message} {error.hint}".strip())

    def _show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.show()

    def _on_answer(self, said: str) -> None:
        self.error.hide()
        self.check.setEnabled(True)
        self._say(said)

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
