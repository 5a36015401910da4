"""ExportDialog: which photos go out, as what, and where to, if that is no file."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import Form
from desktop.ui.look import wording
from desktop.ui.look.parts import form_label, styled, text_label

FORMS = {
    Form.COPIES: "Copies in a folder",
    Form.LINKS: "Links in a folder",
    Form.CSV: "Table for spreadsheets (CSV)",
    Form.JSON: "Table for programs (JSON)",
    Form.PDF: "Contact sheets (PDF)",
    Form.PNG: "Contact sheets (PNG)",
    Form.PARQUET: "Vectors (Parquet)",
    Form.NPZ: "Vectors (NumPy)",
    Form.FAISS: "Vectors (faiss)",
    Form.MILVUS: "Vectors in Milvus",
    Form.CLICKHOUSE: "Vectors in ClickHouse",
}
_ADDRESSES = {
    Form.MILVUS: "A folder, or http://server:19530",
    Form.CLICKHOUSE: "A folder, or clickhouse://me@server/photos",
}
_STAY = "The photos stay where they are, and nothing is overwritten."
_TABLE = (
    "A table of its own is made, in a folder that is empty or not there yet, or on a server. "
    "A password comes from LIKENESS_ENGINE_TOKEN or ~/.netrc."
)


class ExportDialog(QDialog):
    """Main thread.

    Signals: wanted(bool, Form, str): whether all that are shown are meant; of a table the folder or
        address, "" for what is still to be chosen.
    """

    wanted = Signal(bool, object, str)

    def __init__(self, n_chosen: int, n_shown: int, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle("Export")
        self.which, self.form, self.at = QComboBox(), QComboBox(), QLineEdit()
        self.browse = QPushButton("Choose a folder…")
        self.browse.setAutoDefault(False)
        self._missing: Mapping[str, str] = {}
        self.which.setAccessibleName("Which photos")
        self.form.setAccessibleName("As what")
        self.at.setAccessibleName("Folder or address")
        if n_chosen:
            self.which.addItem(f"{wording.count_photos(n_chosen)} chosen", False)
        self.which.addItem(f"All {wording.count_photos(n_shown)} shown", True)
        self.which.setCurrentIndex(0 if n_chosen > 1 else self.which.count() - 1)
        for form, words in FORMS.items():
            self.form.addItem(words, form)
        self._about = text_label(_STAY, "muted", wraps=True)
        self._error = text_label("", "error", wraps=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        role = QDialogButtonBox.ButtonRole.AcceptRole
        self.accept_button = buttons.addButton("Choose a place…", role)
        self.accept_button.setDefault(True)
        self._lay_out(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.browse.clicked.connect(self._choose_folder)
        self.form.currentIndexChanged.connect(self._show_form)
        self.at.textChanged.connect(self._show_form)
        self._show_form()

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        self._where = styled(QWidget(), "exportWhere")
        where = QHBoxLayout(self._where)
        where.setContentsMargins(0, 0, 0, 0)
        where.setSpacing(8)
        where.addWidget(self.at, 1)
        where.addWidget(self.browse)
        self._rows = QFormLayout()
        self._rows.setHorizontalSpacing(24)
        self._rows.setVerticalSpacing(10)
        self._rows.addRow(form_label("Photos"), self.which)
        self._rows.addRow(form_label("As"), self.form)
        self._rows.addRow(form_label("Where"), self._where)
        self.at.setMinimumWidth(320)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(self._rows)
        for widget in (self._about, self._error, buttons):
            column.addWidget(widget)

    def set_missing(self, missing: Mapping[str, str]) -> None:
        """Why tables cannot be made, by form: a sentence, where an extra is lacking."""
        self._missing = missing
        self._show_form()

    @Slot()
    def _show_form(self) -> None:
        form = Form(self.form.currentData())
        missing = self._missing.get(form, "")
        self._rows.setRowVisible(self._where, form.is_table)
        self.at.setPlaceholderText(_ADDRESSES.get(form, ""))
        self._about.setText(_TABLE if form.is_table else _STAY)
        self._error.setText(missing)
        self._error.setVisible(bool(missing))
        self._where.setEnabled(not missing)
        self.accept_button.setText("Export" if form.is_table else "Choose a place…")
        has_place = not form.is_table or bool(self.at.text().strip())
        self.accept_button.setEnabled(has_place and not missing)
        self.adjustSize()

    @Slot()
    def _choose_folder(self) -> None:
        words = "Choose an empty folder, or one with tables of the same kind"
        chosen = QFileDialog.getExistingDirectory(self, words)
        if chosen:
            self.at.setText(chosen)

    @Slot()
    def _accept(self) -> None:
        form = Form(self.form.currentData())
        self.accept()
        at = self.at.text().strip() if form.is_table else ""
        self.wanted.emit(bool(self.which.currentData()), form, at)
