"""ComparePage: models on a sample of the person's photos, before one of them is chosen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.library import Job, ModelInfo, Photo, Progress
from desktop.library.comparing import Answers, Trial
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.comparing.blind import BlindVote, words_of
from desktop.ui.comparing.rows import ModelRows
from desktop.ui.comparing.strip import SIDE_PX, Strip
from desktop.ui.look import wording
from desktop.ui.look.flow import Flow
from desktop.ui.look.parts import (
    ElidedLabel,
    EmptyState,
    ThinBar,
    keeps_focus,
    scrolled,
    styled,
    text_label,
)
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.look.theme import Colours
from desktop.ui.pages.page import Page
from desktop.ui.places.place import Place, Spot

N_NEIGHBOURS = 8
N_SEARCHES = 20
_ASKED_PX = 1024


class ComparePage(Page):
    """Signals: used: a model was chosen; it reads all photos in the background."""

    used = Signal()
    _progressed = Signal(object)

    def __init__(
        self, bridge: Bridge, recent: Callable[[], Sequence[str]], colours: Colours
    ) -> None:
        """recent: the person's last searches, newest first."""
        super().__init__()
        self.setObjectName("comparePage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._bridge = bridge
        self._recent = recent
        self.trial: Trial | None = None
        self._job: Job | None = None
        self.boxes: dict[str, QCheckBox] = {}
        self.begin = styled(QPushButton("Compare"), "primary")
        self.cancel = QPushButton("Cancel")
        self.bar = ThinBar("Progress of the comparison")
        self.doing = ElidedLabel("muted")
        self.rows = ModelRows()
        self.asked = Strip()
        self.blind = BlindVote()
        self.other = QPushButton("Another photo")
        self.open = QPushButton("Open a photo…")
        self.turn = QPushButton("Vote blind on your last searches")
        self.empty = EmptyState(colours)
        self._asked_about = text_label("", "muted")
        self._models = QWidget()
        self._models_flow = Flow(self._models)
        self._stack = QStackedWidget()
        self._modes = QStackedWidget()
        self._set_up()
        self._lay_out()

    def _set_up(self) -> None:
        self._models_flow.setContentsMargins(0, 0, 0, 0)
        self.begin.clicked.connect(self.compare)
        self.cancel.clicked.connect(self.stop)
        self.other.clicked.connect(self.ask_by_lot)
        self.open.clicked.connect(self._choose_file)
        self.turn.clicked.connect(self._turn)
        self.rows.chosen.connect(self.ask_photo)
        self.rows.use_wanted.connect(self._use)
        self.blind.asked.connect(self._show_blind_pictures)
        self._progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self.empty.say(
            "compare",
            "Which model sees as you do?",
            "Choose two or more. Each reads 500 of your photos; your library stays as it is. Then "
            "see what each finds, and vote without knowing which is which.",
        )
        self._show_work(None)

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(8)
        head.addWidget(text_label("Compare models", "title"))
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(self._models, 1)
        choice.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTop)
        choice.addWidget(self.begin, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(choice)
        head.addWidget(self.bar)
        head.addWidget(self.doing)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scrolled(self._result()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    def _result(self) -> QWidget:
        one = QWidget()
        inside = QVBoxLayout(one)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.asked)
        inside.addWidget(self._asked_about)
        inside.addSpacing(8)
        inside.addWidget(self.rows)
        inside.addStretch(1)
        self._modes.addWidget(one)
        self._modes.addWidget(self.blind)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.other, self.open, self.turn):
            buttons.addWidget(button)
        buttons.addStretch(1)
        result = styled(QWidget(), "plainPage")
        column = QVBoxLayout(result)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(12)
        column.addLayout(buttons)
        column.addWidget(self._modes, 1)
        return result

    def starts_at(self) -> Sequence[QWidget]:
        return (self.begin,)

    def dress(self, colours: Colours) -> None:
        self.empty.dress(colours)

    def show_place(self, place: Place, spot: Spot | None) -> None:  # noqa: ARG002
        work = self._bridge.library.models.list_all
        self._bridge.do(Lane.READ, work, self, self._on_models, key="compare models")

    def _on_models(self, models: list[ModelInfo]) -> None:
        """Those at hand; the first two are chosen to begin with."""
        usable = [model for model in models if model.is_available]
        if list(self.boxes) != [model.name for model in usable]:
            for box in self.boxes.values():
                self._models_flow.removeWidget(box)
                box.deleteLater()
            self.boxes = {}
            for at, model in enumerate(usable):
                box = self.boxes[model.name] = QCheckBox(model.title)
                box.setChecked(at < 2)
                box.toggled.connect(self._allow)
                self._models_flow.addWidget(box)
        self._allow()

    @property
    def chosen_models(self) -> list[str]:
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def _title(self, name: str) -> str:
        """What this model is called beside its box."""
        return self.boxes[name].text() if name in self.boxes else name

    @Slot()
    def _allow(self) -> None:
        self.begin.setEnabled(self._job is None and bool(self.chosen_models))

    # reading the sample

    @Slot()
    def compare(self) -> None:
        """Read a sample by the models that are chosen."""
        names, texts = self.chosen_models, words_of(self._recent(), N_SEARCHES)
        job = Job(self._progressed.emit)
        self._show_work(job)
        work = partial(self._bridge.library.comparing.try_models, names, job, texts)
        self._bridge.do(Lane.LONG, work, self, self._on_tried, self._on_failed)

    @Slot()
    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._show_work(None)

    def _show_work(self, job: Job | None) -> None:
        self._job = job
        with keeps_focus(self, self.cancel, self.begin):
            for widget in (self.bar, self.doing, self.cancel):
                widget.setVisible(job is not None)
            self._allow()
        self.bar.show_share(0, 0)
        self.doing.setText("Starting…")

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._job is not None:
            self.bar.show_share(now.done, now.total)
            name, colon, does = now.label.partition(": ")
            label = f"{self._title(name)}{colon}{does}"
            self.doing.setText(wording.progress(replace(now, label=label)))

    def _on_failed(self, error: UserError) -> None:
        """Also when it was cancelled, which needs no words."""
        was_wanted = self._job is not None
        self._show_work(None)
        if was_wanted:
            self._bridge.failed.emit(error)

    def _on_tried(self, trial: Trial) -> None:
        if self._job is None:
            self._bridge.do(Lane.LONG, trial.close, self, lambda _: None)
            return
        if self.trial is not None:
            self._bridge.do(Lane.LONG, self.trial.close, self, lambda _: None)
        self.trial = trial
        self._show_work(None)
        self.rows.show_models(trial, {name: self._title(name) for name in trial.names})
        self.blind.begin(trial, random.Random())
        self._stack.setCurrentIndex(1)
        self.ask_by_lot()

    # one photo

    @Slot()
    def ask_by_lot(self) -> None:
        """What resembles some photo of the sample."""
        if self.trial is not None:
            self.ask_photo(random.choice(self.trial.photos))

    @Slot(object)
    def ask_photo(self, photo: Photo) -> None:
        """What resembles this photo of the sample."""
        trial = self.trial
        if trial is None:
            return
        self._modes.setCurrentIndex(0)
        self._say_asked(photo.path)
        work = partial(trial.nearest_to, photo.photo_id, N_NEIGHBOURS)
        then = partial(self._on_answers, [photo])
        self._bridge.do(Lane.READ, work, self, then, key="compare one")

    def ask_file(self, path: Path) -> None:
        """What resembles any image file."""
        trial = self.trial
        if trial is None:
            return
        self._modes.setCurrentIndex(0)
        self._say_asked(path)
        pictures = self._bridge.library.pictures

        def work() -> Answers:
            return trial.nearest_to_image(pictures.load(path, _ASKED_PX).image, N_NEIGHBOURS)

        then = partial(self._on_answers, [])
        self._bridge.do(Lane.LONG, work, self, then, key="compare one")

    def _say_asked(self, path: Path) -> None:
        about = f"What resembles {wording.name(path)}."
        if self.trial is not None and len(self.trial.names) > 1:
            about += " What all models show has a green frame."
        self._asked_about.setText(about)

    def _on_answers(self, asked: Sequence[Photo], answers: Answers) -> None:
        with keeps_focus(self, self.other):  # what was pressed goes
            self.asked.show_photos(asked)
            self.asked.setVisible(bool(asked))
            self.rows.show_answers(answers)
        hits = [hit.photo for row in answers.values() for hit in row]
        self._load([*asked, *hits], self._on_pictures, key="compare pictures")

    def _on_pictures(self, pictures: Mapping[int, Pixels]) -> None:
        self.asked.show_pictures(pictures)
        self.rows.show_pictures(pictures)

    def _load(
        self,
        photos: Iterable[Photo],
        then: Callable[[Mapping[int, Pixels]], None],
        key: str,
    ) -> None:
        load = self._bridge.library.pictures.load_thumbnail
        work = partial(load_pictures, load, list(photos))
        self._bridge.do(Lane.IMAGE, work, self, then, key=key)

    @Slot()
    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a photo")
        if name:
            self.ask_file(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if self.trial is not None and _file_in(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        path = _file_in(event)
        if path is not None:
            event.acceptProposedAction()
            self.ask_file(path)

    # the vote

    @Slot()
    def _turn(self) -> None:
        is_blind = self._modes.currentIndex() == 0
        self._modes.setCurrentIndex(int(is_blind))
        self.turn.setText("Back to one photo" if is_blind else "Vote blind on your last searches")
        if is_blind:
            self.blind.setFocus()

    @Slot()
    def _show_blind_pictures(self) -> None:
        if self.trial is not None:
            shown = set(self.blind.photo_ids)
            photos = [photo for photo in self.trial.photos if photo.photo_id in shown]
            self._load(photos, self._on_blind_pictures, key="vote pictures")

    def _on_blind_pictures(self, pictures: Mapping[int, Pixels]) -> None:
        for strip in self.blind.strips:
            strip.show_pictures(pictures)

    @Slot(str)
    def _use(self, name: str) -> None:
        work = partial(self._bridge.library.models.use, name)
        self._bridge.do(Lane.QUERY, work, self, lambda _: self.used.emit())


def load_pictures(
    load: Callable[[Photo, int], Image.Image | None], photos: Iterable[Photo]
) -> Mapping[int, Pixels]:
    """Not on the main thread."""
    found = {}
    for photo in photos:
        image = load(photo, SIDE_PX * 2)
        if image is not None:
            found[photo.photo_id] = to_pixels(image)
    return found


def _file_in(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
