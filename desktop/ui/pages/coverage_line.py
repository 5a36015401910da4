"""CoverageLine: how much an answer has searched; what was left out leads to where it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.library import Coverage
from desktop.ui.look import wording
from desktop.ui.look.theme import Colours

MOST_NAMED = 2
"""So many folders that are away are named; of more, their number is said."""
_PROBLEMS, _FOLDERS, _FOLDER, _WEAKER = "problems", "folders", "folder", "weaker"

_TAB, _BACKTAB = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason

Said = tuple[str, str]
"""Words, and what they lead to; "" for nowhere."""


class CoverageLine(QLabel):
    """One line, or two where there is no room.

    Signals:
        problems_wanted: what could not be read.
        folder_wanted(Path): a watched folder that is away.
        folders_wanted: all of them.
        weaker_wanted: what matches less well.
    """

    problems_wanted = Signal()
    folder_wanted = Signal(object)
    folders_wanted = Signal()
    weaker_wanted = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._colours = colours
        self._said: list[Said] = []
        self._missing: tuple[Path, ...] = ()
        self.setObjectName("muted")
        self.setAccessibleName("How much was searched")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        links = Qt.TextInteractionFlag
        self.setTextInteractionFlags(links.LinksAccessibleByMouse | links.LinksAccessibleByKeyboard)
        self.linkActivated.connect(self._follow)

    @property
    def said(self) -> str:
        """All of it, without what it leads to."""
        return " · ".join(words for words, _ in self._said)

    @property
    def links(self) -> list[str]:
        """The words that lead somewhere."""
        return [words for words, leads in self._said if leads]

    def say(self, words: Sequence[str], coverage: Coverage | None = None, weaker: str = "") -> None:
        """Say these words, what was left out, and which weaker matches there are."""
        self._said = [(each, "") for each in words if each]
        self._missing = coverage.missing if coverage is not None else ()
        if coverage is not None:
            self._said += _left_out(coverage)
        self._said += [(weaker, _WEAKER)] if weaker else []
        self._show()

    def follow(self, words: str) -> None:
        """Do what a click on these words does."""
        self._follow(dict(self._said)[words])

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        self._show()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """With Tab, go to the first link at once, and to the last one backwards."""
        super().focusInEvent(event)
        if event.reason() in (_TAB, _BACKTAB):
            self.focusNextPrevChild(event.reason() == _TAB)

    def _show(self) -> None:
        self.setText(" · ".join(self._as_html(*each) for each in self._said))
        self.setAccessibleDescription(self.said)
        is_link = Qt.FocusPolicy.StrongFocus if self.links else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(is_link)

    def _as_html(self, words: str, leads: str) -> str:
        if not leads:
            return escape(words)
        shown = escape(words).replace(" ", "&nbsp;")
        style = f"color: {self._colours.accent}; text-decoration: none"
        return f'<a href="{leads}" style="{style}">{shown}</a>'

    @Slot(str)
    def _follow(self, leads: str) -> None:
        what, _, number = leads.partition("/")
        if what == _PROBLEMS:
            self.problems_wanted.emit()
        elif what == _FOLDERS:
            self.folders_wanted.emit()
        elif what == _WEAKER:
            self.weaker_wanted.emit()
        elif what == _FOLDER:
            self.folder_wanted.emit(self._missing[int(number)])


def _left_out(coverage: Coverage) -> list[Said]:
    said = [(f"{coverage.waiting:,} waiting", "")] if coverage.waiting else []
    if coverage.unreadable:
        said.append((f"{coverage.unreadable:,} unreadable", _PROBLEMS))
    missing = coverage.missing
    if len(missing) > MOST_NAMED:
        said.append((f"{len(missing):,} folders missing", _FOLDERS))
    else:
        names = (wording.short(wording.name(path)) for path in missing)
        said += [(f"{name} missing", f"{_FOLDER}/{at}") for at, name in enumerate(names)]
    return said
