"""SearchBar: words, and the photo they are combined with."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QPixmap,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from desktop.library import ModelInfo, NamesInUse, Query, faults
from desktop.ui.look.icons import drawing, icon
from desktop.ui.look.later import Later
from desktop.ui.look.parts import styled
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import Place, likeness_name
from desktop.ui.window.completion import Completion
from desktop.ui.window.conditions_panel import ConditionsPanel

PAUSE_MS = 200
"""A search starts when nothing was typed for this long."""
N_RECENT = 20
_ENTERS = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.TabFocusReason,
)
"""Reasons for which a person enters the field to type; a list that closes gives the focus back."""
CHIP_ICON_PX = 22
CHIP_PICTURE_PX = 3 * CHIP_ICON_PX
"""As the sharpest screens show it."""
_HINT = "Describe a photo, or drop one here"
_WORDLESS_HINT = "{} knows no words: drop a photo here, or press the funnel for conditions"


class SearchBar(QFrame):
    """Signals:
    began: the first letter after a pause; there is time to get ready.
    typed(str): the words, after a pause in typing or at once on Enter or when they were cleared.
    entered: Enter was pressed, or a text chosen; the words are meant.
    likeness_dropped: the chip's photo is no longer part of the question.
    likeness_opened: the person wants to see the chip's photo.
    left: the Down key; the person wants to go on to the photos.
    names_wanted: soon it will be good to know which cameras, years, ... there are; see `offer`.
    image_pasted: Paste was pressed, and what was copied is no text.
    dropped(QMimeData): a photo was dropped here, to be asked for beside the words.
    suggestions_wanted: an empty field was entered; see `suggest`.
    save_wanted: the person wants to keep what is searched for.
    """

    began = Signal()
    typed = Signal(str)
    entered = Signal()
    likeness_dropped = Signal()
    likeness_opened = Signal()
    left = Signal()
    names_wanted = Signal()
    image_pasted = Signal()
    dropped = Signal(object)
    suggestions_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("searchBar")
        self.setFixedHeight(40)
        self.setMaximumWidth(760)
        self._recent: list[str] = []
        self._is_saved = False
        self._hint = _HINT
        self._has_words = True
        self._glass = QLabel()
        self._chip = styled(QToolButton(), "chip")
        self._drop = styled(QToolButton(), "inBar")
        self._words = styled(QLineEdit(), "words")
        self._clear = styled(QToolButton(), "inBar")
        self._save = styled(QToolButton(), "inBar")
        self._history = styled(QToolButton(), "inBar")
        self._only = styled(QToolButton(), "inBar")
        self._names = NamesInUse()
        self._panel = Later(self._make_panel)
        self._completion = Completion(self._words, self)
        self._menu = QMenu(self)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._set_up()
        self._lay_out()
        self.dress(colours)

    def _set_up(self) -> None:
        self._words.setPlaceholderText(self._hint)
        self._words.setAccessibleName("Search photos by describing them")
        self._words.setFrame(False)
        self._words.setAcceptDrops(False)  # the whole bar takes them
        self.setAcceptDrops(True)
        self._words.installEventFilter(self)
        self._words.textEdited.connect(self._on_edited)
        self._words.returnPressed.connect(self._on_entered)
        self._clear.setAccessibleName("Clear the search")
        self._clear.setToolTip("Clear the search (Esc)")
        self._clear.clicked.connect(self.clear)
        self._only.setAccessibleName("Conditions")
        self._only.setToolTip("Only some photos: years, folders, cameras, …")
        self._only.clicked.connect(self._open_panel)
        self._save.clicked.connect(self.save_wanted)
        self._save.hide()
        self._history.setAccessibleName("Recent searches")
        self._history.setToolTip("Recent searches")
        self._history.setMenu(self._menu)
        self._history.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chip.setIconSize(QSize(CHIP_ICON_PX, CHIP_ICON_PX))
        self._chip.clicked.connect(self.likeness_opened)
        self._drop.setAccessibleName("Search without this photo")
        self._drop.setToolTip("Search without this photo")
        self._drop.clicked.connect(self.likeness_dropped)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._menu.triggered.connect(self._on_recent)
        self._timer.timeout.connect(self._send)
        self._chip.hide()
        self._drop.hide()
        self._clear.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._glass)
        row.addWidget(self._chip)
        row.addWidget(self._drop)
        row.addWidget(self._words, 1)
        row.addWidget(self._clear)
        row.addWidget(self._save)
        row.addWidget(self._only)
        row.addWidget(self._history)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """A focus proxy would keep the Tab key within the bar for ever."""
        self._words.setFocus(event.reason())

    def dress(self, colours: Colours) -> None:
        """Draw the icons in these colours."""
        self._glass.setPixmap(drawing("search", colours.muted, 20, self.devicePixelRatioF()))
        self._colours = colours
        self._clear.setIcon(icon("clear", colours.muted))
        self.show_saving(self._save.isVisibleTo(self), self._is_saved)
        self._only.setIcon(icon("filter", colours.muted))
        self._history.setIcon(icon("recent", colours.muted))
        self._drop.setIcon(icon("clear", colours.muted))
        self._plain = icon("picture", colours.accent)

    @property
    def words(self) -> str:
        return self._words.text()

    @property
    def recent(self) -> list[str]:
        """Words that were meant, newest first."""
        return list(self._recent)

    def set_recent(self, recent: Sequence[str]) -> None:
        self._recent = list(recent)[:N_RECENT]
        self._history.setEnabled(bool(self._recent))

    def remember(self, words: str) -> None:
        """Put words at the head of the recent ones."""
        words = words.strip()
        if words:
            self.set_recent([words, *(known for known in self._recent if known != words)])

    def show_place(self, place: Place) -> None:
        """Show what is searched for there, unless the person is just typing it."""
        query = place.query or Query()
        if not self._timer.isActive() and self._words.text().strip() != query.text:
            self._words.setText(query.text)
        name = likeness_name(query)
        short = self._chip.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideMiddle, min(180, self.width() // 4)
        )
        self._chip.setVisible(query.has_likeness)
        self._drop.setVisible(query.has_likeness)
        self._chip.setText(f" Similar to {short}".replace("&", "&&"))
        self._chip.setAccessibleName(f"Similar to {name}: press to see it")
        self._chip.setToolTip("See it, and draw a box on it to find a part")
        self._chip.setIcon(icon_of(query) or self._plain)
        adds = "Add words, such as “at night”" if self._has_words else "Add a condition"
        self._words.setPlaceholderText(adds if query.has_likeness else self._hint)
        self._show_clear()

    def show_picture(self, pixels: Pixels | None) -> None:
        """On the chip, where it had to be read first."""
        if pixels is not None:
            self._chip.setIcon(QIcon(QPixmap.fromImage(pixels.to_qimage())))

    def show_model(self, model: ModelInfo) -> None:
        """Say in the empty bar where the model that answers words understands none."""
        self._has_words = model.has_text
        hint = _HINT if model.has_text else _WORDLESS_HINT.format(model.title)
        if hint != self._hint:
            self._hint = hint
            if self._chip.isHidden():
                self._words.setPlaceholderText(hint)

    def show_saving(self, can_save: bool, is_saved: bool) -> None:
        """Whether what is searched for can be saved, and whether it is."""
        self._is_saved = is_saved
        words = "Saved in the sidebar" if is_saved else "Save this search (Ctrl+D)"
        name, colour = ("saved-on", "accent") if is_saved else ("saved", "muted")
        self._save.setVisible(can_save)
        self._save.setIcon(icon(name, getattr(self._colours, colour)))
        self._save.setToolTip(words)
        self._save.setAccessibleName(words)

    def offer(self, names: NamesInUse) -> None:
        """What can be asked for in this library."""
        self._names = names
        self._completion.offer(names)
        if self._panel.made is not None:
            self._panel.made.offer(names)

    def suggest(self, texts: Sequence[str]) -> None:
        """What may be tried here, shown while nothing is typed."""
        panel = self._panel.made
        is_free = self._chip.isHidden() and (panel is None or panel.isHidden())
        if self._words.hasFocus() and is_free:
            self._completion.suggest(texts)

    @property
    def offered(self) -> list[str]:
        """The completions that stand under the words."""
        return self._completion.offered

    @Slot(str)
    def say(self, text: str) -> None:
        """Search for this text at once; it was chosen, and is meant."""
        self._words.setText(text)
        self._send()
        self.entered.emit()

    def x_of(self, position: int) -> int:
        """How far from the left edge of the bar the letter at this place of the text stands, or the
        edge of the field where it is out of view."""
        text = self._words.text()
        # The cursor tells how far the field is scrolled; its rectangle is in the middle of it.
        cursor_x = self._words.cursorRect().center().x()
        widths = self._words.fontMetrics().horizontalAdvance
        moved = widths(text[:position]) - widths(text[: self._words.cursorPosition()])
        inside = max(0, min(cursor_x + moved, self._words.width()))
        return self._words.x() + inside

    def stop_typing(self) -> None:
        """Do not search for what was typed last."""
        self._timer.stop()

    def type_more(self, text: str) -> None:
        """Go on with what was typed elsewhere."""
        self._words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._words.insert(text)
        self._on_edited()

    def focus_words(self) -> None:
        self._words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._words.selectAll()

    @Slot()
    def clear(self) -> None:
        """Take away words and likeness."""
        self._words.clear()
        self._words.setFocus(Qt.FocusReason.OtherFocusReason)
        self._send()
        if self._chip.isVisible():
            self.likeness_dropped.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage() or mime.hasText():
            event.acceptProposedAction()
            self._light_up(is_lit=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802, ARG002
        self._light_up(is_lit=self._words.hasFocus())

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._light_up(is_lit=self._words.hasFocus())
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage():
            self.dropped.emit(mime)
        else:
            self.type_more(mime.text())
        event.acceptProposedAction()

    def _light_up(self, is_lit: bool) -> None:
        self.setProperty("focused", is_lit)
        self.style().unpolish(self)
        self.style().polish(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is not self._words:
            return False
        if isinstance(event, QFocusEvent) and (event.gotFocus() or event.lostFocus()):
            # Under a list that opens, the field is still where the keys go.
            is_covered = event.reason() == Qt.FocusReason.PopupFocusReason
            self._light_up(is_lit=event.gotFocus() or is_covered)
            if event.gotFocus():
                self._on_focus(event.reason())
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._takes(event)
        return False

    def _on_focus(self, reason: Qt.FocusReason) -> None:
        if reason in _ENTERS and not self._words.text():
            self.suggestions_wanted.emit()

    def _takes(self, event: QKeyEvent) -> bool:
        """Act on keys that do something else here than in other text fields; False for the rest."""
        mime = QGuiApplication.clipboard().mimeData()
        at_start = not self._words.cursorPosition() and not self._words.hasSelectedText()
        if event.key() == Qt.Key.Key_Down:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Backspace and at_start and self._chip.isVisible():
            self.likeness_dropped.emit()
        elif event.matches(QKeySequence.StandardKey.Paste) and (mime.hasImage() or mime.hasUrls()):
            self.image_pasted.emit()
        else:
            return False
        return True

    @Slot()
    def _on_edited(self) -> None:
        self._show_clear()
        if self._words.text():
            if not self._timer.isActive():
                self.began.emit()
                self.names_wanted.emit()
            self._timer.start()
        else:
            self._send()
        if self._words.hasFocus():
            self._completion.look()

    @Slot()
    def _on_entered(self) -> None:
        self._send()
        if not faults(self._words.text(), self._completion.attributes):
            self.remember(self._words.text())
        self.entered.emit()

    @Slot()
    def _send(self) -> None:
        self._timer.stop()
        self._show_clear()
        self.typed.emit(self._words.text())

    @Slot()
    def _open_panel(self) -> None:
        self.names_wanted.emit()
        panel = self._panel()
        panel.show_text(self._words.text())
        below = QPoint(self._only.width(), self._only.height() + 4)
        panel.open_below(self._only.mapToGlobal(below))

    def _make_panel(self) -> ConditionsPanel:
        panel = ConditionsPanel(self)
        panel.offer(self._names)
        panel.said.connect(self.say)
        return panel

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        for words in self._recent:
            self._menu.addAction(words.replace("&", "&&")).setData(words)
        if self._recent:
            self._menu.addSeparator()
            self._menu.addAction("Forget recent searches")

    @Slot(object)
    def _on_recent(self, action: object) -> None:
        words = action.data()  # type: ignore[attr-defined]
        if words is None:
            self.set_recent([])
            return
        self._words.setText(str(words))
        self._on_entered()

    def _show_clear(self) -> None:
        self._clear.setVisible(bool(self._words.text()))


def icon_of(query: Query) -> QIcon | None:
    """The picture that others shall resemble, small; None where it has to be read first. In less
    than a millisecond, for nearly all pixels of a large one are passed over."""
    if query.like_image is None:
        return None
    scale = CHIP_PICTURE_PX / max(query.like_image.size)
    width, height = (max(1, round(px * scale)) for px in query.like_image.size)
    few = query.like_image.resize((width * 4, height * 4), Image.Resampling.NEAREST)
    small = few.resize((width, height), Image.Resampling.BOX)
    return QIcon(QPixmap.fromImage(to_pixels(small).to_qimage()))
