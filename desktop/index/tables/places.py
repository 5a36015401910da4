"""Where tables of vectors are: an address, or a folder, and behind a # the table that is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import EngineUnavailable
from desktop.index.engines import EngineChoice
from desktop.index.stores.remote import ADDRESSES, is_remote, login_at
from desktop.index.tables.clickhouse import ClickHouseTables
from desktop.index.tables.hosted import HostedTables
from desktop.index.tables.milvus import MilvusTables
from desktop.index.tables.table import VectorTable

TABLE = "likeness_vectors"
"""Where none is named."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")

_FOLDERS = {"milvus": ("collections", "databases"), "clickhouse": ("metadata", "store")}
"""By what is in it one tells whose files a folder has."""


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Attributes:
    kind: the engine, "milvus" or "clickhouse".
    at: an address, or the absolute path of a folder.
    is_remote: whether it is an address.
    name: of the table.
    """

    kind: str
    at: str
    is_remote: bool
    name: str

    def __str__(self) -> str:
        """As a person types it."""
        return f"{self.at}#{self.name}"

    def expect_room(self) -> None:
        """Raises EngineUnavailable where what is at this path is no folder of this kind, and no
        empty one."""
        folder = Path(self.at)
        is_other = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
        if not self.is_remote and is_other and kind_of_folder(folder) != self.kind:
            raise EngineUnavailable(
                f"{folder} is there already, and holds no tables of {self.kind}.",
                "Name a folder that is empty or not there yet.",
            )

    def open(self) -> VectorTable:
        """Connects at the first question. Raises EngineUnavailable where its extra is missing."""
        choice = EngineChoice(self.kind, (), self.at)
        choice.row.expect_at_hand()
        login = login_at(self.kind, self.at if self.is_remote else "")
        make = MilvusTables if self.kind == "milvus" else ClickHouseTables
        return HostedTables(self.kind, make, self.at, *login)


def parse_place(kind: str, text: str) -> TablePlace:
    """Raises EngineUnavailable for an address that is none of its kind, or holds a password, and
    for a name that no table can have."""
    at, _, name = text.rpartition("#")
    if not at or not _NAME.fullmatch(name) or kind_of_folder(Path(text)):
        if at.startswith(ADDRESSES[kind]) or (at and kind_of_folder(Path(at)) == kind):
            raise EngineUnavailable(
                f"No table can be called “{name}”.",
                f"Behind {at}# stand letters, digits and underscores.",
            )
        at, name = text, TABLE
    there = is_remote(EngineChoice(kind, (), at))
    return TablePlace(kind, at if there else str(Path(at).expanduser().absolute()), there, name)


def find_place(text: str) -> TablePlace | None:
    """A place of tables, by how its address begins or by what is in its folder; None for what is
    none. Raises EngineUnavailable for an address that holds a password."""
    for kind in _FOLDERS:
        if text.startswith(ADDRESSES[kind]):
            return parse_place(kind, text)
    for folder in (text, text.rpartition("#")[0]):
        found = kind_of_folder(Path(folder)) if folder else ""
        if found:
            return parse_place(found, text)
    return None


def kind_of_folder(folder: Path) -> str:
    """The engine whose files these are; "" for none."""
    for kind, parts in _FOLDERS.items():
        if all((folder / part).is_dir() for part in parts):
            return kind
    return ""
