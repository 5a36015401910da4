"""MapDrawing: what is said where there is no map, and how far the drawing of one is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.library import Job, PhotoMap, Progress
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import ElidedLabel, EmptyState, ThinBar, keeps_focus, styled
from desktop.ui.look.theme import Colours

_NO_MAP = "There is no map yet."
_WHY = (
    "On a map, photos that look alike are near each other. To draw one takes a few minutes for a "
    "large library; go on with whatever you like meanwhile."
)


class MapDrawing(QWidget):
    """Draws on the LONG lane. Main thread.

    Attributes: is_on: whether a map is being drawn.

    Signals: drawn: there is a new one. changed: drawing has begun or ended.
    """

    drawn = Signal()
    changed = Signal()
    _progressed = Signal(object)

    def __init__(self, bridge: Bridge, colours: Colours, view: QWidget) -> None:
        """view: gets the keys where there is nothing to press here."""
        super().__init__()
        self._view = view
        self._bridge = bridge
        self._job: Job | None = None
        self._has_map = False
        self.empty = EmptyState(colours)
        self.draw_button = styled(QPushButton("Draw the map"), "primary")
        self.cancel_button = QPushButton("Cancel")
        self.doing = ElidedLabel("muted")
        self._bar = ThinBar("Drawing the map")
        self._progress = QWidget()
        self.draw_button.clicked.connect(self.start)
        self.cancel_button.clicked.connect(self.cancel)
        self._progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self.empty.say("map", _NO_MAP, _WHY)
        self._lay_out()
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        column = QVBoxLayout()
        column.addWidget(self.doing)
        column.addWidget(self._bar)
        row.addLayout(column, 1)
        row.addWidget(self.cancel_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self.empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        above, below = QWidget(), QWidget()
        whole.addWidget(self._progress)
        whole.addWidget(above, 2)
        whole.addWidget(self.empty)
        whole.addSpacing(16)
        whole.addWidget(self.draw_button, 0, Qt.AlignmentFlag.AlignHCenter)
        whole.addWidget(below, 3)
        self._room = (above, below)

    @property
    def is_on(self) -> bool:
        return self._job is not None

    def dress(self, colours: Colours) -> None:
        self.empty.dress(colours)

    def show_state(self, has_map: bool) -> None:
        self._has_map = has_map
        self._show()
        self.setVisible(self.is_on or not has_map)

    @Slot()
    def start(self) -> None:
        if self._job is not None:
            return
        self._job = Job(self._progressed.emit)
        self._bar.show_share(0, 0)
        self.doing.setText("Beginning…")
        self.empty.say("map", _NO_MAP, _WHY)
        self._show()
        self.changed.emit()
        work = partial(self._bridge.library.map.draw, self._job)
        self._bridge.do(Lane.LONG, work, self, self._on_drawn, self._on_refused)

    @Slot()
    def cancel(self) -> None:
        """Stop at once; the map that is there stays."""
        if self._job is not None:
            self._job.cancel()
            self._end()

    def stop(self) -> None:
        """The same where the window closes, and nothing is shown any more. Any thread."""
        job = self._job
        if job is not None:
            job.cancel()

    def _end(self) -> None:
        self._job = None
        self._show()
        self.changed.emit()

    def _on_drawn(self, _: PhotoMap) -> None:
        self._end()
        self.drawn.emit()

    def _on_refused(self, error: UserError) -> None:
        self._end()
        if self._has_map:
            self._bridge.failed.emit(error)
        else:
            self.empty.say("map", error.message, error.hint)

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._job is None:
            return
        self._bar.show_share(now.done, now.total)
        left = f" · {wording.time_left(now.left_s)}" if now.left_s is not None else ""
        share = f": {100 * now.done // now.total} %" if now.total else ""
        self.doing.setText(f"{now.label}{share}{left}")

    def _show(self) -> None:
        with keeps_focus(self, self.cancel_button, self.draw_button, self._view):
            self._progress.setVisible(self.is_on)
            for part in (self.empty, *self._room):
                part.setVisible(not self._has_map)
            self.draw_button.setVisible(not self._has_map and not self.is_on)
        policy = QSizePolicy.Policy
        vertical = policy.Fixed if self._has_map else policy.Expanding
        self.setSizePolicy(policy.Preferred, vertical)
