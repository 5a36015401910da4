"""SaidRow: what the words in the search bar mean, as chips that can be removed; what is wrong with
them, under the word concerned; and what may be meant where one seems mistyped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import Clause, Fault, Means, Meant, Part, Query, Sentence, faults, parse
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording
from desktop.ui.look.flow import GAP_PX, Flow
from desktop.ui.look.icons import icon
from desktop.ui.look.parts import ElidedLabel, plain_tip, scrolled, styled
from desktop.ui.look.pixels import Pixels, to_pixels
from desktop.ui.look.theme import Colours
from desktop.ui.places.answers import Answer, shares_of

CHIP_PX = 220
EDGE_PX = 16
CROSS_PX, THUMBNAIL_PX = 16, 22
MOST_LINES = 3
PAUSE_MS = 800
"""So long after an answer nobody types on: what is only half typed is not mistyped."""


class SaidRow(QFrame):
    """Below the search bar, where more than plain words are asked, or words seem mistyped.

    Signals:
        said(str): another text is meant, without one of the parts, or put right.
        emptied: the last chip was taken away with the keys, which go on in the words.
    """

    said = Signal(str)
    emptied = Signal()

    def __init__(self, bridge: Bridge, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("saidRow")
        self._bridge = bridge
        self._colours = colours
        self._text = ""
        self._sentence = Sentence()
        self._chips: dict[Part, QToolButton] = {}
        self._pixels: dict[Part, Pixels] = {}
        self._query = Query()
        self._meant: Meant | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look_for_slips)
        self._offer = styled(QPushButton(), "link")
        self._offer.setCursor(Qt.CursorShape.PointingHandCursor)
        self._offer.setAccessibleName("What may be meant")
        self._offer.clicked.connect(self._put_right)
        self._fault = ElidedLabel("error")
        self._fault.setAccessibleName("What is wrong with the search")
        self._place = QHBoxLayout()
        self._place.addWidget(self._fault)
        self._holder = QWidget()
        self._flow = Flow(self._holder)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._most_lines = MOST_LINES
        self._area = scrolled(styled(self._holder, "plainPage"))
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE_PX, 6, EDGE_PX, 6)
        column.setSpacing(4)
        column.addLayout(self._place)
        column.addWidget(self._offer, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._area)
        self._offer.hide()
        self._fault.hide()
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What the chips say."""
        return [wording.part(part) for part in self._chips]

    @property
    def shown(self) -> list[str]:
        """The same with how well each is met, as far as that is known."""
        return [chip.text().replace("&&", "&") for chip in self._chips.values()]

    @property
    def fault(self) -> str:
        """What is said to be wrong; "" as a rule."""
        return self._fault.text() if not self._fault.isHidden() else ""

    @property
    def offered(self) -> str:
        """What is asked, whether it is meant; "" as a rule."""
        return "" if self._offer.isHidden() else self._offer.text().replace("&&", "&")

    def allow_lines(self, most_lines: int) -> None:
        """Take no more than so many lines; the rest is scrolled to, so that photos have room."""
        self._most_lines = most_lines
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        line_px = max((chip.sizeHint().height() for chip in self._chips.values()), default=0)
        most_px = self._most_lines * (line_px + GAP_PX) - GAP_PX
        wanted_px = self._flow.heightForWidth(self.width() - 2 * EDGE_PX)
        self._area.setFixedHeight(max(0, min(wanted_px, most_px)))

    def show_text(self, text: str) -> None:
        """Show the parts of this text; nothing for plain words."""
        if text.strip() != self._text.strip():
            self._show_meant(None)
        self._text = text
        sentence = parse(text, self._bridge.library.attributes.names).sentence
        self._fault.hide()
        if sentence != self._sentence:
            self._sentence = sentence
            self._make_chips()
        self._turn()

    @Slot(object)
    def show_answer(self, answer: Answer) -> None:
        """Show how well each clause is met by the best of what was found."""
        query = answer.place.query
        if query is not None and query.text == self._text.strip():
            n_hits, shares = shares_of(answer)
            for part, chip in self._chips.items():
                self._say(part, chip, shares.get(part), n_hits)
            self._fit()
            self._query = query
            self._pause.start()

    @Slot()
    def _look_for_slips(self) -> None:
        work = partial(self._bridge.library.spelling.meant, self._query)
        self._bridge.do(Lane.COUNT, work, self, self._show_meant, key="meant")

    def _show_meant(self, meant: Meant | None) -> None:
        """Offer what words that seem mistyped may mean; None: nothing is offered any more."""
        self._meant = meant
        if meant is None:
            self._pause.stop()
            self._bridge.forget("meant")
        else:
            words = ", ".join(f"“{right}”" for _, right in meant.words)
            self._offer.setText(f"Did you mean {words}?".replace("&", "&&"))
            self._offer.setAccessibleName(f"Did you mean {words}?")
            self._offer.setToolTip(plain_tip(meant.text))
        self._offer.setVisible(meant is not None)
        self._turn()

    @Slot()
    def _put_right(self) -> None:
        if self._meant is not None:
            self.said.emit(self._meant.text)

    def _turn(self) -> None:
        self._area.setVisible(bool(self._chips))
        self.setVisible(bool(self._chips) or self._meant is not None)

    def show_fault(self, fault: Fault, x_px: int) -> None:
        """Say what is wrong with a word that begins x_px from the left edge of this row."""
        places = parse(self._text, self._sentence.attributes).places
        faulty = [part for part, start, _ in places if start == fault.start]
        for chip in (self._chips[part] for part in faulty if part in self._chips):
            styled(chip, "faultyChip").style().polish(chip)
        said = f"{fault.message} {fault.hint}"
        self._fault.setText(said)
        self._fault.setToolTip(plain_tip(said))
        room_px = self.width() - self._fault.fontMetrics().horizontalAdvance(said) - 2 * EDGE_PX
        self._place.setContentsMargins(max(0, min(x_px - EDGE_PX, room_px)), 0, 0, 0)
        self._fault.show()
        self.show()

    def dress(self, colours: Colours) -> None:
        self._colours = colours
        for part, chip in self._chips.items():
            self._draw_icon(part, chip)

    def _make_chips(self) -> None:
        for chip in self._chips.values():
            self._flow.removeWidget(chip)
            chip.deleteLater()
        sentence = self._sentence
        parts: list[Part] = [*sentence.clauses, *sentence.conditions]
        is_plain = len(parts) == 1 and str(parts[0]) == getattr(parts[0], "text", None)
        self._pixels = {part: self._pixels[part] for part in parts if part in self._pixels}
        once = () if is_plain else dict.fromkeys(parts)
        self._chips = {part: self._chip(part) for part in once}
        for chip in self._chips.values():
            self._flow.addWidget(chip)
            chip.show()
        self._fit()
        lacking = [
            part
            for part in sentence.clauses
            if part.means is Means.PHOTO and part.text.strip() and part not in self._pixels
        ]
        if lacking:
            work = partial(self._load, lacking)
            self._bridge.do(Lane.IMAGE, work, self, self._on_pixels, key=self)

    def _load(self, clauses: Sequence[Clause]) -> dict[Part, Pixels]:
        """On the thread of images."""
        scale, meanings = 3, self._bridge.library.meanings
        found = {each: meanings.thumbnail_of(each, THUMBNAIL_PX * scale) for each in clauses}
        return {each: to_pixels(image) for each, image in found.items() if image is not None}

    def _on_pixels(self, found: dict[Part, Pixels]) -> None:
        self._pixels.update(found)
        for part, chip in self._chips.items():
            self._draw_icon(part, chip)

    def _draw_icon(self, part: Part, chip: QToolButton) -> None:
        """A cross, and the photo in front of it."""
        cross = icon("clear", self._colours.accent)
        pixels = self._pixels.get(part)
        chip.setIcon(cross if pixels is None else _beside(pixels, cross, self.devicePixelRatioF()))
        width_px = CROSS_PX if pixels is None else THUMBNAIL_PX + 4 + CROSS_PX
        chip.setIconSize(QSize(width_px, THUMBNAIL_PX if self._pixels else CROSS_PX))

    def _chip(self, part: Part) -> QToolButton:
        is_wrong = bool(faults(str(part), self._sentence.attributes))
        chip = styled(QToolButton(self._holder), "faultyChip" if is_wrong else "chip")
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._draw_icon(part, chip)
        self._say(part, chip)
        chip.clicked.connect(partial(self._drop, part))
        return chip

    def _say(
        self, part: Part, chip: QToolButton, share: float | None = None, n_hits: int = 0
    ) -> None:
        """share: how well it is met by so many hits; None where that is not known."""
        words, tip = wording.part(part), ""
        shown = chip.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, CHIP_PX)
        if share is not None:
            shown = f"{shown} · {wording.percent(share)}"
            tip = wording.met(part.is_unwanted, share, n_hits)
        chip.setText(shown.replace("&", "&&"))
        chip.setToolTip(plain_tip("\n".join(filter(None, (words, tip)))))
        said = ". ".join(filter(None, (words, tip.rstrip("."))))
        chip.setAccessibleName(f"{said}: press to take it away")

    def _drop(self, part: Part, _: bool = False) -> None:
        at, had_keys = list(self._chips).index(part), self._chips[part].hasFocus()
        self.said.emit(str(self._sentence.without(part)))
        chips = list(self._chips.values())
        if had_keys and chips:
            chips[min(at, len(chips) - 1)].setFocus()
        elif had_keys:
            self.emptied.emit()


def _beside(pixels: Pixels, cross: QIcon, scale: float) -> QIcon:
    """A square of the photo, and the cross to the right of it."""
    picture = QPixmap.fromImage(pixels.to_qimage())
    side = min(picture.width(), picture.height())
    left, top = (picture.width() - side) // 2, (picture.height() - side) // 2
    whole = QPixmap(QSize(THUMBNAIL_PX + 4 + CROSS_PX, THUMBNAIL_PX) * scale)
    whole.setDevicePixelRatio(scale)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    square = QRect(0, 0, THUMBNAIL_PX, THUMBNAIL_PX)
    painter.drawPixmap(square, picture, QRect(left, top, side, side))
    cross_top = (THUMBNAIL_PX - CROSS_PX) // 2
    painter.drawPixmap(THUMBNAIL_PX + 4, cross_top, cross.pixmap(QSize(CROSS_PX, CROSS_PX), scale))
    painter.end()
    return QIcon(whole)
