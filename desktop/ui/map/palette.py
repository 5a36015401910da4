"""The colours of groups on the map, and what the legend says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop.library import Grouped
from desktop.ui.look.theme import Colours
from desktop.ui.map.raster import Packed, blend

MOST_NAMED = 9
"""So many groups have a colour of their own: more could not be told apart."""

OTHERS = "Others"

_LIGHT = (
    "#3a62e0", "#e0602a", "#1e9e5f", "#b5399b", "#c99500", "#12919f", "#d6365c", "#7a53d6",
    "#7d8a1c",
)  # fmt: skip
_DARK = (
    "#86a4ff", "#ff9a66", "#3ecb85", "#ec86d5", "#f2c141", "#4fd0dd", "#ff7f9b", "#b79bff",
    "#bccb55",
)  # fmt: skip
_FADED = 64
"""How much is left, of 256, of the colour of what is not chosen."""


@dataclass(frozen=True, slots=True)
class LegendMark:
    """A line of the legend: a colour, and what has it."""

    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Tints:
    """The colour of each point (n,), and the legend; () where one colour says nothing."""

    colours: Packed
    legend: tuple[LegendMark, ...] = ()


def tints(n: int, groups: Grouped | None, look: Colours) -> Tints:
    """The colours of n points. groups: what they are coloured by; None for one colour."""
    if groups is None or len(groups.of) != n:
        return Tints(np.full(n, packed(look.accent), np.uint32))
    own = _DARK if look.is_dark else _LIGHT
    names, of = groups.names, groups.of
    if groups.is_ordered:
        table = _ramp(max(len(names), 1), own[0], own[1])
        legend = [LegendMark(_name(table[row]), names[row]) for row in _spread(len(names))]
    else:
        table = np.array([packed(name) for name in own], np.uint32)[: len(names)]
        legend = [LegendMark(own[row], name) for row, name in enumerate(names[:MOST_NAMED])]
    grey = packed(look.unlikely)
    table = np.append(table, np.uint32(grey))
    rows = np.where((of < 0) | (of >= len(table) - 1), len(table) - 1, of)
    if (rows == len(table) - 1).any():
        legend.append(LegendMark(look.unlikely, OTHERS))
    return Tints(table[rows], tuple(legend))


def faded(colours: Packed, is_chosen: NDArray[np.bool_], look: Colours) -> Packed:
    """The same, where only some are chosen."""
    ground = np.full(len(colours), packed(look.surface), np.uint32)
    return np.where(is_chosen, colours, blend(ground, colours, _FADED))


def packed(name: str) -> int:
    """#rrggbb as a pixel."""
    return 0xFF000000 | int(name[1:7], 16)


def _ramp(n: int, first: str, last: str) -> Packed:
    """n colours from one to another, by way of those between them on the wheel."""
    one, other = QColor(first), QColor(last)
    turn = (other.hue() - one.hue()) % 360
    deeper, brighter = other.saturation() - one.saturation(), other.value() - one.value()
    found = [
        QColor.fromHsv(
            round(one.hue() + turn * share) % 360,
            round(one.saturation() + deeper * share),
            round(one.value() + brighter * share),
        )
        for share in np.linspace(0, 1, n).tolist()
    ]
    return np.array([packed(colour.name()) for colour in found], np.uint32)


def _spread(n: int) -> list[int]:
    """The rows that a legend names, the first and the last among them."""
    return sorted({round(row) for row in np.linspace(0, n - 1, min(n, MOST_NAMED))}) if n else []


def _name(pixel: np.uint32) -> str:
    return f"#{int(pixel) & 0xFFFFFF:06x}"
