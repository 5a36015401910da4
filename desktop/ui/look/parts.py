"""Small parts that pages are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.look.icons import drawing
from desktop.ui.look.theme import Colours

W = TypeVar("W", bound=QWidget)

AnyIndex = QModelIndex | QPersistentModelIndex
"""What Qt gives to the methods of a model."""

_TITLE_BAR_PX = 40
"""What the desktop puts around a window; how much is known only once the window is there."""


def size_for_screen(window: QWidget, width: int, height: int) -> None:
    """Open a window at this size, or as large as its screen allows. Its content must still be
    usable then: a laptop of 1366 x 768 pixels that shows everything twice as large has room for 683
    x 344."""
    room = window.screen().availableSize() - QSize(0, _TITLE_BAR_PX)
    window.setMinimumSize(window.minimumSize().boundedTo(room))
    window.resize(QSize(width, height).boundedTo(room))


@contextmanager
def keeps_focus(page: QWidget, *instead: QWidget) -> Iterator[None]:
    """While a page changes what it shows. Where what had the focus goes, the first of these that is
    there gets it; Qt would take whatever comes next in the window, and the keys would do there what
    nobody meant."""
    had_focus = page.window().focusWidget()
    was_here = had_focus is not None and page.isAncestorOf(had_focus)
    yield
    if was_here and had_focus is not None and not _can_be_used(had_focus):
        for each in filter(_can_be_used, instead):
            each.setFocus()
            break


def tab_through(before: QWidget, *widgets: QWidget) -> None:
    """Let the Tab key come to these, with all that is in them, behind `before`. What is made later
    than the rest of a window comes last otherwise, wherever it stands."""
    start = before
    while not _takes_keys(before):  # Qt puts nothing behind what takes no keys
        earlier = before.previousInFocusChain()
        if earlier is None or earlier is start:  # it is a ring
            return
        before = earlier
    for each in widgets:
        for one in filter(_takes_keys, (each, *each.findChildren(QWidget))):
            QWidget.setTabOrder(before, one)
            before = one


def _takes_keys(widget: QWidget) -> bool:
    return widget.focusPolicy() is not Qt.FocusPolicy.NoFocus


def _can_be_used(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled()


def scrolled(page: QWidget) -> QScrollArea:
    """The page, with scroll bars where there is no room for all of it."""
    area = styled(QScrollArea(), "plainPage")
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


def scrolled_column(column: QVBoxLayout) -> QScrollArea:
    """What stands in the column from the top down, such as cards, with scroll bars where there is
    no room for all of it."""
    inner = styled(QWidget(), "plainPage")
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    inside = QVBoxLayout(inner)
    inside.setContentsMargins(0, 0, 0, 0)
    inside.addLayout(column)
    inside.addStretch(1)
    return scrolled(inner)


class ElidedLabel(QLabel):
    """One line that does not push its neighbours away: where it is too long, it is told in fewer
    words, or ends in "…".

    Attributes: in_short: the fewer words; "" for none.
    """

    def __init__(self, style: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setObjectName(style)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._mode = mode
        self.in_short = ""

    @property
    def shown(self) -> str:
        """What there is room for."""
        metrics, width_px = self.fontMetrics(), self.contentsRect().width()
        fits = metrics.horizontalAdvance(self.text()) <= width_px
        text = self.text() if fits else self.in_short or self.text()
        return metrics.elidedText(text, self._mode, width_px)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        room = self.contentsRect()
        self.style().drawItemText(
            painter, room, self.alignment(), self.palette(), self.isEnabled(), self.shown,
            self.foregroundRole(),
        )  # fmt: skip


class ThinBar(QProgressBar):
    """Progress without words.

    Qt's own bar is painted within `setValue`, and with it whatever else in the window waits to be
    painted, the grid as a rule. This one is painted when the event loop comes to it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("thin")
        self.setAccessibleName(name)
        self.setTextVisible(False)
        self.setFixedHeight(4)

    def show_share(self, done: int, total: int) -> None:
        """0 of 0 means that it is not known how much there is."""
        if (done, total) == (self.value(), self.maximum()):
            return
        self.setUpdatesEnabled(False)
        self.setRange(0, total)
        self.setValue(done)
        self.setUpdatesEnabled(True)


def styled(widget: W, name: str) -> W:
    """Give a widget the name that resources/style/likeness.qss knows it by."""
    widget.setObjectName(name)
    return widget


def text_label(text: str, style: str, wraps: bool = False) -> QLabel:
    """A label of plain text in one of the style sheet's kinds: title, heading, muted, ..."""
    label = styled(QLabel(text), style)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    return label


def plain_tip(text: str) -> str:
    """A tool tip that shows this text as it is: Qt takes a name such as "<b>.jpg" for HTML."""
    if "<" not in text:
        return text
    return f"<span>{escape(text)}</span>".replace("\n", "<br>")


def icon_button(text: str, style: str = "") -> QPushButton:
    """A button whose words stand clear of its icon (Qt leaves 4 px, and no style changes that)."""
    button = styled(QPushButton(), style)
    set_text(button, text)
    return button


def set_text(button: QPushButton, text: str) -> None:
    """Give an `icon_button` other words."""
    button.setText(f" {text}")
    button.setAccessibleName(text)


def form_label(text: str) -> QLabel:
    """What a row of a form is about, in the middle of the row."""
    label = text_label(text, "formLabel")
    label.setMinimumHeight(34)
    return label


class ChoiceBox(QComboBox):
    """A combo box that the wheel passes over: who scrolls a page does not mean to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()


def choices(entries: Sequence[tuple[object, str]], current: object, name: str) -> QComboBox:
    """A combo box of (value, words); its currentData() is the value.

    A current value that is in no list, from a settings file say, is offered as it is.
    """
    box = ChoiceBox()
    box.setAccessibleName(name)
    for value, shown in entries:
        box.addItem(shown, value)
    choose(box, current)
    return box


def choose(box: QComboBox, value: object) -> None:
    """Let a box of `choices` show another value."""
    if box.findData(value) < 0:
        box.addItem(str(value), value)
    box.setCurrentIndex(box.findData(value))


class EmptyState(QWidget):
    """Says what there is not, and what to do about it."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._icon_name = "photos"
        self._sign = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._message = styled(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), "heading")
        self._hint = styled(QLabel(alignment=Qt.AlignmentFlag.AlignCenter), "muted")
        for label in (self._message, self._hint):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 0, 48, 0)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._sign)
        column.addSpacing(8)
        column.addWidget(self._message)
        column.addWidget(self._hint)
        column.addStretch(3)

    def say(self, icon_name: str, message: str, hint: str = "") -> None:
        self._icon_name = icon_name
        self._message.setText(message)
        self._hint.setText(hint)
        self.dress(self._colours)

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        scale = self.devicePixelRatioF()
        self._sign.setPixmap(drawing(self._icon_name, colours.unlikely, 48, scale))
