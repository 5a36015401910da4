"""AttributeCommands: what tables say of photos is brought in, and forgotten."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.legible import legible
from desktop.library import Condition, Imported, Strays
from desktop.ui.actions.naming import Naming
from desktop.ui.actions.working import Working
from desktop.ui.bridge import Bridge
from desktop.ui.look import wording

_KINDS = "Tables (*.csv *.tsv *.txt);;All files (*)"


class AttributeCommands(QObject):
    """Main thread.

    Signals: told(str, str): something to be said, and a hint.
    """

    told = Signal(str, str)

    def __init__(self, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._window = window
        self._naming = Naming(bridge, "Attribute", self)

    @Slot()
    def choose(self) -> None:
        """Let the person pick a table, and take what it says."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Choose a table with labels, predictions, scores, …", "", _KINDS
        )
        if chosen:
            self.bring(Path(chosen))

    @Slot(object)
    def bring(self, path: Path) -> None:
        """Take what a table says of photos."""
        work = partial(self._bridge.library.attributes.import_file, path)
        Working(self._bridge, "Import attributes", self._window).run(work, self._on_brought)

    @Slot(str)
    def remove(self, name: str) -> None:
        """Ask, and then forget an attribute with all it says."""
        self._naming.ask_to_delete(
            "Remove attribute",
            f"Remove “{legible(name)}” with all that it says?",
            "The photos stay, and so does the table it came from.",
            partial(self._bridge.library.attributes.remove, name),
        )

    def _on_brought(self, imported: Imported) -> None:
        said = f"{wording.count_photos(imported.n_photos)}: {imported.named}."
        unnamed = f"Columns without a heading that were left out: {imported.n_unnamed:,}."
        left = [
            _left_out(imported.unmatched, "that name no photo of the library"),
            _left_out(imported.several, "that may mean several"),
            unnamed if imported.n_unnamed else "",
        ]
        asked = Condition(imported.attributes[0], "*", is_attribute=True)
        hint = " ".join(filter(None, left)) or f"Search for {asked}, or another word behind it."
        self.told.emit(legible(said), hint)


def _left_out(strays: Strays, which: str) -> str:
    """ "Left out: 2 rows that name no photo of the library (x.jpg, y.jpg)."."""
    if not strays.n:
        return ""
    shown = ", ".join(legible(text) for _, text in strays.examples)
    rows = "1 row" if strays.n == 1 else f"{strays.n:,} rows"
    return f"Left out: {rows} {which} ({shown})."
