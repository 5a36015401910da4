"""StatusBar: what is being done, and which model answers."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from desktop.library import ProgressChanged, Restraint, Status
from desktop.ui.look import wording
from desktop.ui.look.icons import icon, pause_icons
from desktop.ui.look.parts import ElidedLabel, ThinBar, icon_button, plain_tip, set_text, styled
from desktop.ui.look.theme import Colours


class StatusBar(QFrame):
    """Signals:
    pause_wanted: the person pressed pause or resume.
    models_wanted, engines_wanted: the person wants to see them.
    """

    pause_wanted = Signal()
    models_wanted = Signal()
    engines_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusBar")
        self.setFixedHeight(40)
        self._pause_icons: dict[bool, QIcon] = {}
        self._is_paused = False
        self._has_progress = False
        self._waits_because = ""
        self._restraint = Restraint.NONE
        self._status: Status | None = None
        self._pause = styled(QToolButton(), "plain")
        self._bar = ThinBar("Progress of reading photos")
        self._doing = ElidedLabel("muted")
        self._better = icon_button("", "link")
        self._better_words = ("", "")
        self._model = icon_button("", "quiet")
        self._set_up()
        self.dress(colours)
        self._show_doing("")
        self._show_pause()

    def _set_up(self) -> None:
        self._bar.setFixedWidth(120)
        self._doing.setAccessibleName("What is being done")
        self._pause.clicked.connect(self.pause_wanted)
        self._better.clicked.connect(self._on_better)
        self._model.clicked.connect(self.models_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._pause)
        row.addWidget(self._bar)
        row.addWidget(self._doing, 1)
        for widget in (self._better, self._model):
            row.addWidget(widget)
            widget.hide()

    def dress(self, colours: Colours) -> None:
        self._pause_icons = pause_icons(colours.text)
        self._better.setIcon(icon("sparkle", colours.accent))
        self._model.setIcon(icon("device", colours.muted))
        self._dress_pause()

    @Slot(object)
    def show_progress(self, event: ProgressChanged) -> None:
        if event.paused != self._is_paused:
            self._is_paused = event.paused
            self._dress_pause()
        self._waits_because = event.waits_because
        self._restraint = event.restraint
        now = event.progress
        self._has_progress = now is not None
        self._bar.setVisible(self._has_progress)
        if now is not None:
            self._bar.show_share(now.done, now.total)
        if event.paused:
            self._show_doing("Paused")
        elif now is not None:
            in_short = f"{now.done:,} of {now.total:,}" if now.total else ""
            self._show_doing(wording.progress(now, event.restraint), in_short)
        else:
            self._show_doing("")
        self._show_pause()

    @Slot(object)
    def show_status(self, status: Status) -> None:
        self._status = status
        self._model.show()
        set_text(self._model, f"{status.model.title}{_device(status.device)}")
        self._model.setToolTip(f"{_who_answers(status)}\n{status.model.description}")
        self._model.setAccessibleName(f"{status.model.title} answers: show models")
        self._show_better(status)
        if not self._has_progress and not self._is_paused:
            self._show_doing("")
        self._show_pause()

    def _show_better(self, status: Status) -> None:
        coming = status.coming_model
        better = status.better_model if status.folders else None  # no photos, nothing to find
        engine = status.coming_engine
        self._better.setVisible(any(each is not None for each in (coming, better, engine)))
        if coming is not None:
            n_waiting = f"{status.coming_waiting:,}"
            happens = "reads photos anew" if status.reads_anew else "is coming"
            self._better_words = (
                f"{coming.title} {happens}: {n_waiting} photos to go",
                f"{coming.title}: {n_waiting} to go",
            )
        elif engine is not None:
            self._better_words = (f"{engine} is coming", engine)
        elif better is not None:
            self._better_words = (f"Find more with {better.title}", "Find more")
        is_better = coming is None and engine is None
        tip = better.description if is_better and better is not None else ""
        if status.reads_anew:
            tip = "It sees more in this version; until then it answers by what it saw before."
        self._better.setToolTip("\n".join(filter(None, (self._better_words[0], tip))))

    @Slot()
    def _on_better(self) -> None:
        status = self._status
        if status is not None and status.coming_engine is not None and status.coming_model is None:
            self.engines_wanted.emit()
        else:
            self.models_wanted.emit()

    def _fit(self) -> None:
        """Say of a better model as much as there is room for; the sign alone if there is none."""
        row, words = self.layout(), self._better_words[0]
        for each in (*self._better_words, ""):
            self._better.setText(f" {each}" if each else "")
            if row is None or row.minimumSize().width() <= self.width():
                break
        self._better.setAccessibleName(words or "Models")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _show_doing(self, text: str, in_short: str = "") -> None:
        status = self._status
        text = text or self._waits_because
        if not text and status is not None:
            text = self._waiting(status)
        if not text and status is not None:
            text, in_short = _rest(status), wording.count_photos(status.counts.searchable)
        self._doing.in_short = in_short
        self._doing.setText(text)
        self._doing.setToolTip(plain_tip(text))
        self._bar.setVisible(self._has_progress)

    def _waiting(self, status: Status) -> str:
        """What photos wait for; one thing at a time, that which matters most."""
        waiting = status.counts.waiting
        if self._restraint is Restraint.UNTIL_IDLE and (waiting or status.coming_waiting):
            n_photos = wording.count_photos(waiting or status.coming_waiting)
            return f"Waiting until the computer is idle, {n_photos} to go"
        if waiting or not status.others_waiting:
            return f"{wording.count_photos(waiting)} waiting" if waiting else ""
        other = status.others_waiting[0]
        return f"{other.name}: {wording.count_photos(other.waiting)} waiting"

    def _show_pause(self) -> None:
        self._pause.setVisible(self._has_progress or self._is_paused)
        self._fit()

    def _dress_pause(self) -> None:
        words = "Resume reading photos" if self._is_paused else "Pause reading photos"
        self._pause.setIcon(self._pause_icons[self._is_paused])
        self._pause.setToolTip(words)
        self._pause.setAccessibleName(words)


def _rest(status: Status) -> str:
    counts = status.counts
    if not status.folders:
        return ""
    missing = f", {counts.missing:,} missing" if counts.missing else ""
    return f"{wording.count_photos(counts.searchable)} can be searched{missing}"


def _device(device: str) -> str:
    """ " · GPU"; "" before the model was used, as it is not known where it will run."""
    shown = {"cpu": "CPU", "cuda": "GPU", "mps": "GPU", "auto": ""}.get(device, device)
    return f" · {shown}" if shown else ""


def _who_answers(status: Status) -> str:
    if status.model == status.likeness_model:
        return f"{status.model.title} answers."
    return (
        f"{status.model.title} answers words, {status.likeness_model.title} finds what resembles "
        "a photo."
    )
