"""ModelsPage: which model answers, and getting another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.library import Job, ModelInfo, Progress, Purpose, Status
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import (
    ThinBar,
    choices,
    form_label,
    keeps_focus,
    scrolled_column,
    tab_through,
    text_label,
)
from desktop.ui.settings.model_card import ModelCard

_DEVICES = (
    ("auto", "Automatic (GPU where there is one)"),
    ("cpu", "CPU"),
    ("cuda", "NVIDIA GPU (CUDA)"),
    ("mps", "Apple GPU (MPS)"),
)


class ModelsPage(QWidget):
    """Lists the models; downloads and converts on the LONG lane with progress and cancel."""

    _progressed = Signal(object)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._status: Status | None = None
        self._models: list[ModelInfo] = []
        self._job: Job | None = None
        self._in_bytes = False
        self._shown: object = None
        self.device = choices(_DEVICES, bridge.library.settings.device, "Device")
        self.cards = QVBoxLayout()
        self.another = QLineEdit()
        self.add = QPushButton("Add")
        self.undo = QPushButton()
        self.cancel = QPushButton("Cancel")
        self._bar = ThinBar("Progress of the download")
        self._doing = text_label("", "muted")
        self.error = text_label("", "error")
        self._set_up()
        self._lay_out()

    def _set_up(self) -> None:
        self.error.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.another.setAccessibleName("Another model, by its name or folder")
        self.another.setPlaceholderText(
            "Another model: its folder, or owner/name from Hugging Face"
        )
        self.another.setToolTip("“cnn:” or “simclr:” before a path reads a network of that kind")
        self.another.textChanged.connect(self._on_named)
        self.another.returnPressed.connect(self._add)
        self.add.setAccessibleName("Add this model to the list")
        self.add.setEnabled(False)
        self.add.clicked.connect(self._add)
        self.cancel.setAccessibleName("Cancel the download")
        self.cancel.clicked.connect(self.cancel_download)
        self.undo.setAccessibleName("Go back to the model before")
        self.undo.clicked.connect(self._undo)
        self._progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        for widget in (self._bar, self._doing, self.error, self.cancel, self.undo):
            widget.hide()

    def _lay_out(self) -> None:
        hint = text_label(
            "The model turns words and photos into something comparable; one may answer words and "
            "another find what resembles a photo. A new one reads all photos in the background "
            "while the old one goes on answering.",
            "muted",
        )
        hint.setWordWrap(True)
        named = QHBoxLayout()
        named.addWidget(self.another, 1)
        named.addWidget(self.add)
        below = QHBoxLayout()
        below.addWidget(self._doing, 1)
        below.addWidget(self.cancel)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.addRow(form_label("Compute on"), self.device)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(text_label("Models", "title"))
        column.addWidget(hint)
        column.addSpacing(8)
        column.addWidget(scrolled_column(self.cards), 1)
        column.addLayout(named)
        column.addWidget(self._bar)
        column.addLayout(below)
        column.addWidget(self.error)
        column.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(form)

    @Slot(object)
    def show_status(self, status: Status) -> None:
        self._status = status
        coming, previous = status.coming_model, status.previous_model
        if status.reads_anew:  # there is nothing else that it could stay with
            coming = previous = None
        self.undo.setVisible(coming is not None or previous is not None)
        if coming is not None:
            self.undo.setText(f"Stop the change to {coming.title}")
        elif previous is not None:
            self.undo.setText(f"Go back to {previous.title}")
        self._show_cards()

    @Slot()
    def refresh(self) -> None:
        work = self._bridge.library.models.list_all
        self._bridge.do(Lane.READ, work, self, self._on_models, key="models")

    def _on_models(self, models: list[ModelInfo]) -> None:
        self._models = models
        self._show_cards()

    def _show_cards(self) -> None:
        """Make the cards anew if they would differ, so that a button keeps the focus if not."""
        cards = [(model, *self._state(model)) for model in self._models]
        shown = (cards, self._job is None)
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self.cards.takeAt(0)) is not None:
            card = item.widget()
            if card is not None:
                card.hide()
                card.deleteLater()
        made = []
        for model, answers, comes in cards:
            card = ModelCard(model, answers, comes, self)
            card.use_wanted.connect(self._use)
            card.download_wanted.connect(self._download)
            card.convert_wanted.connect(self._convert)
            card.setEnabled(self._job is None)
            self.cards.addWidget(card)
            made.append(card)
        tab_through(self, *made)

    def _state(self, model: ModelInfo) -> tuple[tuple[Purpose, ...], bool]:
        """What it answers now, and whether it is on its way."""
        status = self._status
        if status is None or model.model_id is None:
            return (), False
        coming = status.coming_model
        comes = coming is not None and coming.model_id == model.model_id
        return status.answered_by(model), comes

    @Slot(str, object)
    def _use(self, name: str, purpose: Purpose | None) -> None:
        work = partial(self._bridge.library.models.use, name, purpose)
        self._bridge.do(Lane.QUERY, work, self, self._on_used, self._on_refused)

    @Slot(str)
    def _on_named(self, text: str) -> None:
        self.add.setEnabled(bool(text.strip()))

    @Slot()
    def _add(self) -> None:
        name = self.another.text().strip()
        if name:
            work = partial(self._bridge.library.models.add, name)
            self._bridge.do(Lane.QUERY, work, self, self._on_added, self._on_refused)

    def _on_added(self, _: ModelInfo) -> None:
        self.another.clear()
        self.error.hide()
        self.refresh()

    @Slot()
    def _undo(self) -> None:
        work = self._bridge.library.models.undo_change
        self._bridge.do(Lane.QUERY, work, self, self._on_used, self._on_refused)

    def _on_used(self, _: None) -> None:
        self.error.hide()
        self._bridge.refresh_status()
        self.refresh()

    @Slot(str)
    def _download(self, name: str) -> None:
        work = partial(self._bridge.library.models.download, name)
        self._work_long(work, "Connecting…", "Cancel the download", in_bytes=True)

    @Slot(str)
    def _convert(self, name: str) -> None:
        work = partial(self._bridge.library.converting.convert, name)
        self._work_long(work, "Making the model faster…", "Cancel making it faster")

    def _work_long(
        self, work: Callable[[Job], object], doing: str, cancel: str, in_bytes: bool = False
    ) -> None:
        """Do what takes minutes; one such thing at a time."""
        job = self._job = Job(self._progressed.emit)
        self._in_bytes = in_bytes
        self.error.hide()
        self._bar.show_share(0, 0)
        self._doing.setText(doing)
        self.cancel.setAccessibleName(cancel)
        self._show_working(True)
        self._bridge.do(Lane.LONG, partial(work, job), self, self._on_done, self._on_refused)

    def cancel_download(self) -> None:
        """Stop what takes long; what has arrived of a download is kept for the next time."""
        if self._job is not None:
            self._job.cancel()
            self._show_working(False)

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._job is None:
            return
        thousandths = round(1000 * now.done / now.total) if now.total else 0
        self._bar.show_share(thousandths, 1000 if now.total else 0)
        left = f", {wording.time_left(now.left_s)}" if now.left_s is not None else ""
        if not self._in_bytes:
            of = f": {now.done:,} of {now.total:,}" if now.total else ""
            self._doing.setText(f"{now.label}{of}{left}")
            return
        size = f"{wording.in_bytes(now.done)} of {wording.in_bytes(now.total)}"
        self._doing.setText(f"Downloading: {size}{left}")

    def _on_done(self, _: object) -> None:
        self._show_working(False)
        self._bridge.refresh_status()
        self.refresh()

    def _on_refused(self, error: UserError) -> None:
        self._show_working(False)
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()

    def _show_working(self, is_working: bool) -> None:
        if not is_working:
            self._job = None
        with keeps_focus(self, self.cancel, self.another):
            for widget in (self._bar, self._doing, self.cancel):
                widget.setVisible(is_working)
            self._show_cards()
