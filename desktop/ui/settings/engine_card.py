"""EngineCard: one engine in the settings: what it is, what it needs, and a button that takes it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.library import EngineInfo
from desktop.ui.look.parts import form_label, styled, text_label

_NO_PASSWORD = (
    "An address holds no password: that comes from LIKENESS_ENGINE_TOKEN, ~/.netrc or ~/.pgpass."
)


class EngineCard(QFrame):
    """One engine. What can be said of it besides its name is asked for when it is wanted. Signals:
    use_wanted(text, uri): as `Engines.use` takes them."""

    use_wanted = Signal(str, str)

    def __init__(self, engine: EngineInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("modelCard")
        self._engine = engine
        self.options = QLineEdit(engine.chosen.partition(":")[2])
        self.address = QLineEdit(engine.uri)
        self.use = styled(QPushButton("Use"), "primary" if self._has_fields else "plain")
        self.more = styled(QPushButton("Use…"), "plain")
        self._fields = QWidget()
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(text_label(engine.title, "heading"))
        for said in (engine.description, _as_chosen(engine), engine.missing):
            if said:
                words.addWidget(_selectable(said))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(words, 1)
        for widget in self._end():
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(row)
        column.addWidget(self._fields)
        self._lay_out_fields()
        self._connect()

    def _end(self) -> Iterator[QWidget]:
        engine = self._engine
        if engine.is_coming:
            yield text_label("On its way", "tag")
        elif engine.answers:
            yield text_label("Answers now", "tag")
        if not engine.is_at_hand:
            return
        if self._has_fields:
            self.more.setText("Change…" if engine.chosen else "Use…")
            self.more.setAccessibleName(f"{self.more.text()[:-1]} {engine.title}")
            yield self.more
        elif not engine.answers and not engine.is_coming:
            yield self.use

    @property
    def _has_fields(self) -> bool:
        return bool(self._engine.options) or self._engine.takes_uri

    def _lay_out_fields(self) -> None:
        engine = self._engine
        self.use.setAccessibleName(f"Use {engine.title}")
        self._fields.hide()
        if not self._has_fields:
            return
        form = QFormLayout(self._fields)
        form.setContentsMargins(0, 8, 0, 0)
        form.setHorizontalSpacing(16)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        if engine.options:
            self.options.setAccessibleName(f"Options of {engine.title}")
            self.options.setPlaceholderText("None: as is usual")
            form.addRow(form_label("Options"), self.options)
            form.addRow(text_label(f"Known: {', '.join(engine.options)}.", "muted", wraps=True))
        if engine.takes_uri:
            self.address.setAccessibleName(f"Address of {engine.title}")
            local = "Needed" if engine.needs_uri else "None: in files of its own, here"
            self.address.setPlaceholderText(local)
            form.addRow(form_label("Address"), self.address)
            form.addRow(text_label(_NO_PASSWORD, "muted", wraps=True))
        used = QHBoxLayout()
        used.addWidget(self.use)
        used.addStretch(1)
        form.addRow(used)

    def _connect(self) -> None:
        self.use.setAutoDefault(False)
        self.more.setAutoDefault(False)
        self.use.clicked.connect(self._use)
        self.more.clicked.connect(self._show_fields)
        for field in (self.options, self.address):
            field.returnPressed.connect(self._use)
            field.textChanged.connect(self._on_typed)
        self._on_typed()

    @property
    def is_open(self) -> bool:
        """Whether its fields are shown, in which something may have been typed."""
        return self._fields.isVisibleTo(self)

    @Slot()
    def _show_fields(self) -> None:
        self._fields.setVisible(not self.is_open)
        first = self.options if self._engine.options else self.address
        if self.is_open:
            first.setFocus()

    @Slot()
    def _on_typed(self) -> None:
        self.use.setEnabled(bool(self.address.text().strip()) or not self._engine.needs_uri)

    @Slot()
    def _use(self) -> None:
        if not self.use.isEnabled():
            return
        options = "".join(self.options.text().split()).strip(",")
        name = self._engine.name
        self.use_wanted.emit(f"{name}:{options}" if options else name, self.address.text().strip())


def _as_chosen(engine: EngineInfo) -> str:
    """Its options and address, where it is in use or on its way."""
    options = engine.chosen.partition(":")[2]
    return ", at ".join(each for each in (options, engine.uri) if each)


def _selectable(text: str) -> QLabel:
    label = text_label(text, "muted", wraps=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
