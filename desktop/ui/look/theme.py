"""Theme: the window's colours, light or dark, as a palette, a style sheet and painter's colours."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from desktop.settings import Theme, resource_path


@dataclass(frozen=True, slots=True)
class Colours:
    """One set of colours, as #rrggbb; `veil` lets what is under it shine through (#aarrggbb).

    Text, muted, warnings and what can be clicked reach a contrast of 4.5:1 wherever they stand,
    signs of 3:1 (checked by a test).
    """

    is_dark: bool
    window: str
    sidebar: str
    surface: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    accent_text: str
    likely: str
    maybe: str
    unlikely: str
    warning: str
    veil: str


LIGHT = Colours(
    is_dark=False,
    window="#f7f7f9",
    sidebar="#eff0f4",
    surface="#ffffff",
    raised="#ffffff",
    hover="#e6e8ee",
    border="#dcdee5",
    text="#1d1f25",
    muted="#5f6470",
    accent="#345ad4",
    accent_hover="#2a4cb8",
    accent_soft="#dfe6fc",
    accent_text="#ffffff",
    likely="#1e9e5f",
    maybe="#c47c06",
    unlikely="#8a8f9b",
    warning="#985200",
    veil="#d9f7f7f9",
)

DARK = Colours(
    is_dark=True,
    window="#1a1b1f",
    sidebar="#202126",
    surface="#151619",
    raised="#2a2c33",
    hover="#2f323a",
    border="#33363f",
    text="#eceef2",
    muted="#a0a5b1",
    accent="#86a4ff",
    accent_hover="#9db5ff",
    accent_soft="#2c3554",
    accent_text="#10131c",
    likely="#3ecb85",
    maybe="#f2b041",
    unlikely="#8a8f9b",
    warning="#f2b041",
    veil="#d91a1b1f",
)


class Appearance(QObject):
    """Dresses the application and follows the system's choice while the person wants that.

    Signals:
        changed: after the colours have changed; icons and painted colours are to be made anew.
    """

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._theme = Theme.SYSTEM
        self._is_dressed = False
        self.colours = LIGHT
        application.setStyle(QStyleFactory.create("Fusion"))
        application.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, theme: Theme) -> None:
        """Wear this theme from now on. To dress a whole window takes as long as to build it, so
        nothing is done where it wears these colours already."""
        self._theme = theme
        self._dress()

    @Slot()
    def _follow(self) -> None:
        if self._theme is Theme.SYSTEM:
            self._dress()

    def _dress(self) -> None:
        colours = DARK if self._wants_dark() else LIGHT
        if self._is_dressed and colours is self.colours:
            return
        self.colours, self._is_dressed = colours, True
        self._application.setPalette(palette(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours))
        self.changed.emit()

    def _wants_dark(self) -> bool:
        if self._theme is Theme.SYSTEM:
            return self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._theme is Theme.DARK


def palette(colours: Colours) -> QPalette:
    """The colours as Qt's own drawing wants them."""
    made = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, colours.window),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.window),
        (role.Button, colours.raised),
        (role.ToolTipBase, colours.raised),
        (role.WindowText, colours.text),
        (role.Text, colours.text),
        (role.ButtonText, colours.text),
        (role.ToolTipText, colours.text),
        (role.BrightText, colours.accent_text),
        (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.accent_text),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Mid, colours.border),
        (role.Midlight, colours.hover),
        (role.Light, colours.raised),
        (role.Dark, colours.border),
        (role.Shadow, colours.border),
    ):
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(colours.unlikely))
    return made


def style_sheet(colours: Colours) -> str:
    """resources/style/likeness.qss with each @name replaced by the colour of that name.

    Raises KeyError for a name that is no colour.
    """
    values = {name: str(value) for name, value in asdict(colours).items()}
    values["check"] = resource_path("style", "check.svg").as_posix()
    values["chevron"] = resource_path("style", "chevron.svg").as_posix()
    source = resource_path("style", "likeness.qss").read_text(encoding="utf-8")
    return re.sub(r"@(\w+)", lambda match: values[match[1]], source)
