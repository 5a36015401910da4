"""GridLayout: where each thumbnail is. Arithmetic only, so a million rows cost nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect

MARGIN_PX = 16
RIGHT_PX = 4
"""The scroll bar stands there too."""
GAP_PX = 8
HEADER_PX = 44


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together. title "" draws no header.

    Attributes:
        note: a few muted words after the title.
    """

    n_rows: int
    title: str = ""
    note: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    section: Section
    first_row: int
    top_px: int
    header_px: int
    n_lines: int


class GridLayout:
    """Square cells in lines, in sections, under `width_px`; coordinates count from the very top.

    Cells grow a little beyond `cell_px` so that each line fills the width.
    """

    def __init__(self, sections: Sequence[Section], width_px: int, cell_px: int) -> None:
        usable_px = max(width_px - MARGIN_PX - RIGHT_PX, 64)
        self.columns = max(1, (usable_px + GAP_PX) // (cell_px + GAP_PX))
        self.side_px = (usable_px - GAP_PX * (self.columns - 1)) // self.columns
        self._pitch_px = self.side_px + GAP_PX
        self._blocks: list[_Block] = []
        row, top_px = 0, MARGIN_PX // 2
        for section in sections:
            header_px = HEADER_PX if section.title else MARGIN_PX // 2
            n_lines = -(-section.n_rows // self.columns)
            self._blocks.append(_Block(section, row, top_px, header_px, n_lines))
            row += section.n_rows
            top_px += header_px + n_lines * self._pitch_px
        self.n_rows = row
        self.height_px = top_px + MARGIN_PX - GAP_PX
        self._firsts = [block.first_row for block in self._blocks]
        self._tops = [block.top_px for block in self._blocks]

    def corner(self, row: int) -> tuple[int, int]:
        """Left and top of the cell of a row."""
        block = self._blocks[bisect_right(self._firsts, row) - 1]
        line, column = divmod(row - block.first_row, self.columns)
        left_px = MARGIN_PX + column * self._pitch_px
        return left_px, block.top_px + block.header_px + line * self._pitch_px

    def rect(self, row: int) -> QRect:
        """The cell of a row."""
        return QRect(*self.corner(row), self.side_px, self.side_px)

    def row_at(self, x_px: int, y_px: int) -> int | None:
        """The row whose cell is there, None between cells."""
        rows = self.rows_between(y_px, y_px)
        return next((row for row in rows if self.rect(row).contains(x_px, y_px)), None)

    def rows_between(self, top_px: int, bottom_px: int) -> range:
        """The rows with a cell anywhere in this stripe."""
        if not self.n_rows:
            return range(0)
        first = self._first_row_below(top_px, at_end=False)
        last = self._first_row_below(bottom_px, at_end=True)
        return range(first, min(last, self.n_rows))

    def headers_between(self, top_px: int, bottom_px: int) -> list[tuple[Section, int]]:
        """Sections whose header is in this stripe, with its top."""
        first = max(bisect_right(self._tops, top_px) - 1, 0)
        seen = self._blocks[first : bisect_right(self._tops, bottom_px)]
        return [
            (block.section, block.top_px)
            for block in seen
            if block.section.title and block.top_px + block.header_px >= top_px
        ]

    def section_at(self, y_px: int) -> Section | None:
        """The section that is there; None where there are no rows."""
        at = max(bisect_right(self._tops, y_px) - 1, 0)
        return self._blocks[at].section if self._blocks else None

    def line_above(self, row: int, n_lines: int = 1) -> int:
        """The row n lines further up in the same column, or the nearest there is; -n goes down."""
        step = -1 if n_lines > 0 else 1
        for _ in range(abs(n_lines)):
            row = self._next_line(row, step)
        return row

    def _next_line(self, row: int, step: int) -> int:
        at = bisect_right(self._firsts, row) - 1
        block = self._blocks[at]
        line, column = divmod(row - block.first_row, self.columns)
        line += step
        while not 0 <= line < block.n_lines:
            at += step
            if not 0 <= at < len(self._blocks):
                return row
            block = self._blocks[at]
            line = 0 if step > 0 else block.n_lines - 1
        last = block.first_row + block.section.n_rows - 1
        return min(block.first_row + line * self.columns + column, last)

    def _first_row_below(self, y_px: int, at_end: bool) -> int:
        """The first row of the line at y_px (the first one that ends below it), or with `at_end`
        the row after the last line that begins above or at y_px."""
        at = max(bisect_right(self._tops, y_px) - 1, 0)
        block = self._blocks[at]
        inside_px = y_px - block.top_px - block.header_px
        line = inside_px // self._pitch_px + (1 if at_end else 0)
        if not at_end and inside_px % self._pitch_px >= self.side_px and inside_px >= 0:
            line += 1
        line = max(0, min(line, block.n_lines))
        return min(block.first_row + line * self.columns, block.first_row + block.section.n_rows)
