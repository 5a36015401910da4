"""Page: what shows places in the middle of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.library import Photo
from desktop.ui.look.theme import Colours
from desktop.ui.places.place import Place, Spot


class Page(QWidget):
    """A page shows the places that name it. Of a new one, `show_place` may be all there is."""

    def show_place(self, place: Place, spot: Spot | None) -> None:
        """Show this, scrolled to the spot."""
        raise NotImplementedError

    def starts_at(self) -> Sequence[QWidget]:
        """What the keys go to where the page comes in place of another, if it is there. A focus
        proxy would keep the Tab key within the page for ever."""
        return ()

    def spot(self) -> Spot | None:
        """How far it is scrolled; None at the very top."""
        return None

    @property
    def has_photo(self) -> bool:
        """Whether a photo is chosen."""
        return False

    def chosen(self) -> list[tuple[Photo, float | None]]:
        """The photos that are chosen, the current one first, with their scores."""
        return []

    def dress(self, colours: Colours) -> None:
        """Draw icons and painted parts in these colours."""
