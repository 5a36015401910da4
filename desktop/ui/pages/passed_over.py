"""PassedOverPanel: a line that says how much was passed over, and opens to the reasons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.legible import legible
from desktop.library import WORDS, PassedOver, Status
from desktop.ui.look.parts import icon_button, plain_tip, set_text, styled

_COLUMNS = ("Passed over", "Why", "For example")
_ROW_PX = 34
_MOST_ROWS = 7


class PassedOverPanel(QWidget):
    """Hidden where nothing was passed over."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passedOver")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = icon_button("", "link")
        self.table = styled(QTableWidget(0, len(_COLUMNS)), "problems")
        self._shown: list[PassedOver] = []
        self._set_up()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        column.addWidget(self.line, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.table)
        self.table.hide()
        self.hide()

    def _set_up(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.setAccessibleName("What was passed over, and why")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setFixedHeight(_ROW_PX)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 200)
        self.line.clicked.connect(self._turn)

    @Slot(object)
    def show_status(self, status: Status) -> None:
        passed = status.all_passed_over
        self.setVisible(bool(passed))
        if passed == self._shown:
            return
        self._shown = passed
        self._say()
        self.table.setRowCount(len(passed))
        for row, each in enumerate(passed):
            words = WORDS[each.reason]
            examples = legible(", ".join(each.examples))
            for column, text in enumerate((words.say(each.n), words.why, examples)):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                self.table.setItem(row, column, item)
        n_rows = min(len(passed), _MOST_ROWS)
        self.table.setFixedHeight((n_rows + 1) * _ROW_PX + 2)

    def _say(self) -> None:
        n = sum(each.n for each in self._shown)
        said = "1 file or folder was" if n == 1 else f"{n:,} files and folders were"
        set_text(self.line, f"{said} passed over{'' if self.table.isVisible() else ': why?'}")

    @Slot()
    def _turn(self) -> None:
        self.table.setVisible(not self.table.isVisible())
        self._say()
