"""ExportCommands: the chosen photos, or all that are shown, go out as files; vectors come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.library import Brought, Exported, Form, Photo
from desktop.ui.actions.export_dialog import FORMS, ExportDialog
from desktop.ui.actions.working import Working
from desktop.ui.bridge import Bridge, Lane
from desktop.ui.look import wording

_VECTORS = "Vectors (*.parquet *.npz *.faiss);;All files (*)"


class ExportCommands(QObject):
    """Main thread.

    Signals: told(str, str): something to be said, and a hint.
    """

    told = Signal(str, str)

    def __init__(
        self,
        bridge: Bridge,
        chosen: Callable[[], list[tuple[Photo, float | None]]],
        shown: Callable[[], tuple[Sequence[int], Mapping[int, float], str]],
        window: QWidget,
    ) -> None:
        """chosen: photos with their scores. shown: the ids of all, the scores of those that were
        found, and what they are called together."""
        super().__init__(window)
        self._bridge = bridge
        self._chosen = chosen
        self._shown = shown
        self._window = window

    @Slot()
    def ask(self) -> None:
        """Let the person say which photos go where."""
        ids, _, _ = self._shown()
        chosen = [photo.photo_id for photo, _ in self._chosen()]
        if not len(ids) and not chosen:
            self.told.emit("There is no photo here to be exported.", "")
            return
        dialog = ExportDialog(len(chosen), len(ids), self._window)
        dialog.setObjectName("exportDialog")
        dialog.finished.connect(dialog.deleteLater)
        dialog.wanted.connect(partial(self._choose_place, chosen))
        dialog.open()
        self._bridge.do(Lane.READ, self._missing, dialog, dialog.set_missing)

    def _missing(self) -> dict[str, str]:
        """What the programs lack that tables are made in, by name."""
        return {each.name: each.missing for each in self._bridge.library.engines.list_all()}

    def _choose_place(self, chosen: Sequence[int], is_all: bool, form: Form, at: str) -> None:
        ids, scores, title = self._shown()
        meant = list(map(int, ids)) if is_all else list(chosen)
        place = at or self._place(form)
        if place is not None:
            self.export(meant, form, place, title, scores)

    def _place(self, form: Form) -> Path | None:
        if form.is_folder:
            words = "Choose a folder for the photos"
            chosen = QFileDialog.getExistingDirectory(self._window, words)
        else:
            chosen, _ = QFileDialog.getSaveFileName(
                self._window,
                "Export as",
                f"photos.{form}",
                f"{FORMS[form]} (*.{form})",
                # A name that is taken gets a number, so there is nothing to be asked.
                options=QFileDialog.Option.DontConfirmOverwrite,
            )
        if not chosen:
            return None
        path = Path(chosen)
        return path if form.is_folder or path.suffix else path.with_name(f"{path.name}.{form}")

    def export(
        self,
        photo_ids: Sequence[int],
        form: Form,
        place: Path | str,
        title: str,
        scores: Mapping[int, float],
    ) -> None:
        export = self._bridge.library.exporting.export
        work = partial(export, photo_ids, form, place, title=title, scores=scores)
        Working(self._bridge, "Export", self._window).run(work, self._on_exported)

    def _on_exported(self, exported: Exported) -> None:
        place = wording.whole(exported.places[0]) if exported.places else exported.table
        more = f" and {len(exported.places) - 1:,} more" if len(exported.places) > 1 else ""
        left, n_unread = exported.left_out, exported.n_unread
        hint = f"Left out, since the files are gone: {len(left):,}." if left else ""
        if n_unread:
            hint = f"Left out, since the model has not read them yet: {n_unread:,}."
        count = wording.count_photos(exported.n_photos)
        self.told.emit(f"{count} exported: {place}{more}.", hint)

    @Slot()
    def choose_vectors(self) -> None:
        """Let the person pick a file of vectors, and take it in."""
        words = "Choose a file of vectors that Likeness has exported"
        chosen, _ = QFileDialog.getOpenFileName(self._window, words, "", _VECTORS)
        if chosen:
            self.bring(Path(chosen))

    def bring(self, path: Path) -> None:
        """Take vectors in."""
        work = partial(self._bridge.library.vectors.bring, path)
        Working(self._bridge, "Import vectors", self._window).run(work, self._on_brought)

    def _on_brought(self, brought: Brought) -> None:
        hints = []
        if brought.n_there:
            hints.append(f"{wording.count_photos(brought.n_there)} had been read before.")
        if brought.n_unknown:
            rows = "1 row is" if brought.n_unknown == 1 else f"{brought.n_unknown:,} rows are"
            hints.append(f"{rows} of no photo here.")
        if brought.is_busy:
            hints.append("Files that wait were not compared: another Likeness is indexing.")
        if not brought.answers:
            hints.append(f"{brought.model_name or brought.model_id} does not answer here yet.")
        count = wording.count_photos(brought.n_photos)
        self.told.emit(f"{count} got a vector by {brought.model_id}.", " ".join(hints))
