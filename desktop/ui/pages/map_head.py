"""MapHead and ChosenBar: what stands above the map, and below it where photos are chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.library import PhotoMap
from desktop.ui.look import wording
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, icon_button, styled, text_label
from desktop.ui.look.theme import Colours

ONE_COLOUR = "One colour"


class MapHead(QWidget):
    """Signals:
    grouping_chosen: the photos are to be coloured by another `grouping`.
    lasso_toggled(bool), zoomed_in, zoomed_out, fitted, draw_wanted: from its buttons.
    """

    grouping_chosen = Signal()
    lasso_toggled = Signal(bool)
    zoomed_in = Signal()
    zoomed_out = Signal()
    fitted = Signal()
    draw_wanted = Signal()

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._subtitle = ElidedLabel("muted")
        self.groupings = QComboBox()
        self.groupings.setAccessibleName("What photos are coloured by")
        self.groupings.addItem(ONE_COLOUR, "")
        self.groupings.currentIndexChanged.connect(self.grouping_chosen)
        self.lasso = self._tool("lasso", "Choose photos with a lasso (Shift and drag)")
        self.lasso.setCheckable(True)
        self.lasso.toggled.connect(self.lasso_toggled)
        self._out = self._tool("zoom-out", "Zoom out (-)")
        self._in = self._tool("zoom-in", "Zoom in (+)")
        self._fit = self._tool("fit", "Show all of the map (0)")
        self._out.clicked.connect(self.zoomed_out)
        self._in.clicked.connect(self.zoomed_in)
        self._fit.clicked.connect(self.fitted)
        self.draw_button = icon_button("Draw anew")
        self.draw_button.setToolTip("Lay all photos out again, beginning from this map")
        self.draw_button.clicked.connect(self.draw_wanted)
        self._tools = QWidget()
        self._lay_out()
        self.dress(colours)

    def _tool(self, name: str, words: str) -> QToolButton:
        button = styled(QToolButton(), "plain")
        button.setProperty("drawing", name)
        button.setIconSize(QSize(20, 20))
        button.setToolTip(words)
        button.setAccessibleName(words.partition(" (")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(text_label("Map", "title"))
        words.addWidget(self._subtitle)
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self.groupings)
        for button in (self.lasso, self._out, self._in, self._fit):
            tools.addWidget(button)
        tools.addSpacing(4)
        tools.addWidget(self.draw_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.addLayout(words, 1)
        row.addWidget(self._tools, 0, Qt.AlignmentFlag.AlignBottom)

    def offer(self, groupings: Sequence[str]) -> None:
        """Offer to colour photos by any of these, too; what is chosen stays, if it is still
        there."""
        box = self.groupings
        if [box.itemData(row) for row in range(1, box.count())] == [*groupings]:
            return
        chosen = self.grouping
        box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        for name in groupings:
            box.addItem(f"Colour by {name.lower()}", name)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.blockSignals(False)

    @property
    def grouping(self) -> str:
        """What the photos are coloured by; "" for one colour."""
        name: str = self.groupings.currentData()
        return name

    def show_state(self, shown: PhotoMap | None, is_drawing: bool) -> None:
        has_map = shown is not None and len(shown.photo_ids) > 0
        self._tools.setVisible(has_map)
        self._subtitle.setVisible(has_map)
        self.draw_button.setEnabled(not is_drawing)
        if shown is not None:
            said = wording.count_photos(len(shown.photo_ids))
            if shown.is_outdated:
                said += " · drawn with another model: new photos find no place on it"
            elif shown.n_waiting:
                said += f" · {shown.n_waiting:,} more find their place"
            self._subtitle.setText(said)

    def dress(self, colours: Colours) -> None:
        for button in (self.lasso, self._out, self._in, self._fit):
            button.setIcon(icon(button.property("drawing"), colours.text))
        self.draw_button.setIcon(icon("rescan", colours.text, colours.unlikely))


class ChosenBar(QWidget):
    """What can be done with the photos that are chosen.

    Signals: show_wanted, search_wanted, similar_wanted, none_wanted: from its buttons.
    """

    show_wanted = Signal()
    search_wanted = Signal()
    similar_wanted = Signal()
    none_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.said = text_label("", "strong")
        self.show_button = styled(QPushButton("Show these photos"), "primary")
        self.search_button = QPushButton("Search among them")
        self.similar_button = QPushButton("Find similar")
        self.none_button = QPushButton("Choose none")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.said, 1)
        for button, signal in (
            (self.none_button, self.none_wanted),
            (self.similar_button, self.similar_wanted),
            (self.search_button, self.search_wanted),
            (self.show_button, self.show_wanted),
        ):
            button.clicked.connect(signal)
            row.addWidget(button)

    @Slot(int)
    def show_number(self, n: int) -> None:
        self.said.setText(f"{wording.count_photos(n)} chosen")
        self.similar_button.setVisible(n == 1)
