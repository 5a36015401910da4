"""MistakesPage: where a label and a prediction disagree, and labels that seem wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop.errors import UserError
from desktop.legible import legible
from desktop.library import (
    Condition,
    Confusion,
    Job,
    MistakeGroup,
    Pair,
    Photo,
    Progress,
    Query,
    Suspect,
)
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.parts import (
    ElidedLabel,
    EmptyState,
    ThinBar,
    keeps_focus,
    styled,
    text_label,
)
from desktop.ui.look.theme import Colours
from desktop.ui.pages.confusion import ConfusionTable
from desktop.ui.pages.example_list import ExampleList, ListedPhoto
from desktop.ui.pages.page import Page
from desktop.ui.places.place import Place, Spot

_TABLE, _ALIKE, _SUSPECTS = range(3)


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """What the page shows of one pair: read on a worker.

    Attributes:
        names: of the attributes that may be labels.
        attributes: the names of all.
    """

    names: tuple[str, ...]
    attributes: tuple[str, ...]
    confusion: Confusion | None


class MistakesPage(Page):
    """Three views: the confusion table, mistakes that are alike, and suspects.

    Signals:
        query_made(Query): this is to be asked.
        remove_wanted(str): the attribute of this name is to be forgotten.
    """

    query_made = Signal(object)
    remove_wanted = Signal(str)
    _progressed = Signal(object)

    def __init__(self, bridge: Bridge, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mistakesPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._job: Job | None = None
        self._confusion: Confusion | None = None
        self._subtitle = ElidedLabel("muted")
        self._axes = ElidedLabel("muted")
        self._said_of_axes = ""
        self.label, self.prediction = QComboBox(), QComboBox()
        self.remove_button = QPushButton("Remove")
        self.views = styled(QTabBar(), "views")
        self.table = ConfusionTable(colours)
        self.alike = ExampleList(bridge, "Mistakes that are alike")
        self.suspects = ExampleList(bridge, "Labels that seem wrong")
        self.more_button = QPushButton("More without a label")
        self.cancel_button = QPushButton("Stop")
        self._bar = ThinBar("Progress of comparing photos")
        self._doing = ElidedLabel("muted")
        self._empty = EmptyState(colours)
        self._stack = QStackedWidget()
        self._set_up()
        self._lay_out()

    def _set_up(self) -> None:
        for box, name in ((self.label, "Label"), (self.prediction, "Prediction")):
            box.setAccessibleName(name)
            box.setToolTip(f"Which attribute is the {name.lower()}")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self._compare_chosen)
        self.remove_button.setToolTip("Forget an attribute with all it says; the photos stay")
        self.remove_button.setMenu(QMenu(self))
        for words in ("What was taken for what", "Alike", "Labels that seem wrong"):
            self.views.addTab(words)
        self.views.setExpanding(False)
        self.views.setDrawBase(False)
        self.views.currentChanged.connect(self._show_view)
        self.table.cell_chosen.connect(self._ask_for_cell)
        self.alike.opened.connect(self.query_made)
        self.suspects.opened.connect(self.query_made)
        policy = self.more_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that the views stand still
        self.more_button.setSizePolicy(policy)
        self.more_button.clicked.connect(self._find_more)
        self.more_button.setToolTip("Photos that look like the chosen one and have no label yet")
        for shown in (self.alike, self.suspects):
            shown.selectionModel().selectionChanged.connect(self._allow_more)
        self.cancel_button.clicked.connect(self.stop)
        self._progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self._bridge.saved_changed.connect(self._compare_in_view)
        self._show_working(None)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(text_label("Mistakes", "title"))
        words.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 8)
        head.setSpacing(8)
        head.addLayout(words, 1)
        for widget in (self.label, self.prediction, self.remove_button):
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 8)
        row.addWidget(self.views)
        row.addWidget(self._axes, 1)
        row.addWidget(self.more_button)
        below = QHBoxLayout()
        below.setContentsMargins(16, 6, 16, 8)
        below.addWidget(self._doing, 1)
        below.addWidget(self.cancel_button)
        for page in (self.table, self.alike, self.suspects, self._empty):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(row)
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        column.addLayout(below)

    def starts_at(self) -> Sequence[QWidget]:
        return (self.views,)

    def dress(self, colours: Colours) -> None:
        self.table.cells.dress(colours)
        self._empty.dress(colours)

    def show_place(self, place: Place, spot: Spot | None) -> None:  # noqa: ARG002
        self.compare(self._pair())

    @property
    def has_photo(self) -> bool:
        return bool(self.chosen())

    def chosen(self) -> list[tuple[Photo, float | None]]:
        shown = self._stack.currentWidget()
        return (
            [(each.photo, None) for each in shown.chosen] if isinstance(shown, ExampleList) else []
        )

    @property
    def said(self) -> str:
        return self._subtitle.text()

    # comparing

    def _pair(self) -> Pair | None:
        label, prediction = self.label.currentText(), self.prediction.currentText()
        return Pair(label, prediction) if label and prediction else None

    @Slot()
    def _compare_chosen(self, _: int = 0) -> None:
        self.compare(self._pair())

    @Slot()
    def _compare_in_view(self) -> None:
        if self.isVisible():
            self._compare_chosen()

    def compare(self, pair: Pair | None) -> None:
        """Show where these disagree; None for the most probable pair."""
        self.stop()
        work = partial(self._read, pair)
        self._bridge.do(Lane.READ, work, self, self._show, self._refuse, key=self)

    def _read(self, pair: Pair | None) -> ComparedPair:
        """On a worker's thread."""
        mistakes = self._bridge.library.mistakes
        names = tuple(each.name for each in mistakes.labels())
        attributes = tuple(each.name for each in self._bridge.library.attributes.list())
        if pair is None or not {pair.label, pair.prediction} <= set(names):
            pair = mistakes.guess_pair()
        confusion = mistakes.compare(pair.label, pair.prediction) if pair is not None else None
        return ComparedPair(names, attributes, confusion)

    def _show(self, compared: ComparedPair) -> None:
        confusion = self._confusion = compared.confusion
        pair = confusion.pair if confusion is not None else None
        self._fill(self.label, compared.names, pair.label if pair else "")
        self._fill(self.prediction, compared.names, pair.prediction if pair else "")
        self._offer_to_remove(compared.attributes)
        self.table.cells.show(confusion)
        for shown in (self.alike, self.suspects):
            shown.show_examples(("Photo",), ())
        self._said_of_axes = _axes_of(pair) if pair is not None else ""
        if confusion is None:
            words = "Only one attribute may be a label" if compared.names else ""
            self._subtitle.setText(words)
        else:
            n = len(confusion.mistaken)
            said = f"{confusion.pair.label} and {confusion.pair.prediction} disagree on {n:,} of "
            self._subtitle.setText(legible(said + wording.count_photos(confusion.n_photos)))
        self._show_view()

    def _refuse(self, error: UserError) -> None:
        self._subtitle.setText(f"{error.message} {error.hint}".strip())
        self.table.cells.show(None)

    def _fill(self, box: QComboBox, names: Sequence[str], current: str) -> None:
        box.clear()
        box.addItems(list(names))
        box.setCurrentText(current)
        box.setVisible(bool(names))

    def _offer_to_remove(self, attributes: Sequence[str]) -> None:
        menu = self.remove_button.menu()
        menu.clear()
        for name in attributes:
            words = legible(name).replace("&", "&&")
            menu.addAction(f"{words}…", partial(self.remove_wanted.emit, name))
        self.remove_button.setVisible(bool(attributes))

    # the views

    @Slot()
    def _show_view(self, _: int = 0) -> None:
        self.stop()
        view = self.views.currentIndex()
        confusion = self._confusion
        self.more_button.setVisible(view != _TABLE)
        self._allow_more()
        self._axes.setText(self._said_of_axes if view == _TABLE else "")
        if view != _SUSPECTS and (confusion is None or not len(confusion.mistaken)):
            self._empty.say(
                "check" if confusion is not None else "mistakes",
                "They agree everywhere."
                if confusion is not None
                else "There is no prediction yet.",
                "" if confusion is not None else "Menu, Import attributes… brings one.",
            )
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentIndex(view)
        mistakes = self._bridge.library.mistakes
        if view == _ALIKE and confusion is not None and not self.alike.rows.examples:
            self._work(lambda job: self._groups(mistakes.groups(confusion, job)), self._show_alike)
        elif view == _SUSPECTS and not self.suspects.rows.examples:
            label = self.label.currentText()
            self._work(
                lambda job: self._suspects(label, mistakes.suspects(label, job)),
                self._show_suspects,
            )

    @Slot()
    def _allow_more(self) -> None:
        self.more_button.setEnabled(bool(self.chosen()))

    def _groups(self, groups: Sequence[MistakeGroup]) -> list[ListedPhoto]:
        """On a worker's thread: the most typical photo of each group."""
        confusion = self._confusion
        photos = self._photos([group.photo_ids[0] for group in groups])
        if confusion is None:
            return []
        return [
            ListedPhoto(
                photos[group.photo_ids[0]],
                (
                    legible(f"{group.label} taken for {group.prediction} ({group.n_of_it:,})"),
                    f"{len(group.photo_ids):,}",
                ),
                _like(photos[group.photo_ids[0]], confusion.pair, group.label, group.prediction),
            )
            for group in groups
            if group.photo_ids[0] in photos
        ]

    def _suspects(self, label: str, suspects: Sequence[Suspect]) -> list[ListedPhoto]:
        """On a worker's thread."""
        photos = self._photos([each.photo_id for each in suspects])
        any_label = str(Condition(label, "*", is_attribute=True))
        return [
            ListedPhoto(
                photos[each.photo_id],
                (
                    legible(each.label),
                    legible(each.likelier),
                    f"{each.agree} of {each.n_nearest}",
                ),
                _resembling(photos[each.photo_id], any_label),
            )
            for each in suspects
            if each.photo_id in photos
        ]

    def _photos(self, photo_ids: Sequence[int]) -> dict[int, Photo]:
        return {photo.photo_id: photo for photo in self._bridge.library.photos.get(photo_ids)}

    def _show_alike(self, examples: list[ListedPhoto]) -> None:
        self.alike.show_examples(("The most typical", "Mostly", "Alike"), examples)

    def _show_suspects(self, examples: list[ListedPhoto]) -> None:
        headings = ("Photo", "Its label", "Likelier", "Neighbours that agree")
        self.suspects.show_examples(headings, examples)
        if not examples:
            self._empty.say("check", "No label seems wrong beside its neighbours.")
            self._stack.setCurrentWidget(self._empty)

    # long work

    def _work(
        self, work: Callable[[Job], list[ListedPhoto]], then: Callable[[list[ListedPhoto]], None]
    ) -> None:
        job = Job(self._progressed.emit)
        self._show_working(job)

        def done(examples: list[ListedPhoto]) -> None:
            self._show_working(None)
            then(examples)

        def refused(error: UserError) -> None:
            self._show_working(None)
            self._refuse(error)

        self._bridge.do(Lane.LONG, partial(work, job), self, done, refused, key=(self, "long"))

    @Slot()
    def stop(self) -> None:
        """Call off what is being computed; the view asks for it again when it is shown."""
        if self._job is not None:
            self._job.cancel()
            self._bridge.forget((self, "long"))
        self._show_working(None)

    def _show_working(self, job: Job | None) -> None:
        self._job = job
        self._doing.setText("")
        self._bar.show_share(0, 0)
        with keeps_focus(self, self.views):
            for widget in (self._bar, self._doing, self.cancel_button):
                widget.setVisible(job is not None)

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._job is not None:
            self._bar.show_share(now.done if now.total else 0, now.total)
            self._doing.setText(wording.progress(now))

    # going on

    @Slot(str, str)
    def _ask_for_cell(self, label: str, prediction: str) -> None:
        if self._confusion is not None:
            text = _both(self._confusion.pair, label, prediction)
            self.query_made.emit(Query(text=text))

    @Slot()
    def _find_more(self) -> None:
        label = self.label.currentText()
        for photo, _ in self.chosen()[:1]:
            unlabelled = Condition(label, "*", is_unwanted=True, is_attribute=True)
            self.query_made.emit(_resembling(photo, str(unlabelled)))


def _axes_of(pair: Pair) -> str:
    """What rows and columns of the table are, and that it can be clicked."""
    return legible(f"Down: {pair.label}. Across: {pair.prediction}. A click shows the photos.")


def _both(pair: Pair, label: str, prediction: str) -> str:
    one = Condition(pair.label, label, is_attribute=True)
    return f"{one} {Condition(pair.prediction, prediction, is_attribute=True)}"


def _like(photo: Photo, pair: Pair, label: str, prediction: str) -> Query:
    """What resembles this photo among the same mistakes."""
    return _resembling(photo, _both(pair, label, prediction))


def _resembling(photo: Photo, text: str) -> Query:
    return Query(text=text, like_photo_id=photo.photo_id, like_path=photo.path)
