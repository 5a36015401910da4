"""Searches that people have saved under a name. Reads and writes inside a transaction of the
caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update

from desktop.catalog.records import SavedSearch
from desktop.catalog.schema import SavedSearchRow
from desktop.errors import NameUnusable

_ALL = select(
    SavedSearchRow.search_id,
    SavedSearchRow.name,
    SavedSearchRow.text,
    SavedSearchRow.folder,
    SavedSearchRow.since,
    SavedSearchRow.until,
).order_by(SavedSearchRow.position, SavedSearchRow.search_id)


def list_all(connection: Connection) -> list[SavedSearch]:
    """In the order in which people want them."""
    return [
        SavedSearch(
            row.search_id,
            row.name,
            row.text,
            None if row.folder is None else Path(row.folder),
            row.since,
            row.until,
        )
        for row in connection.execute(_ALL)
    ]


def save(
    connection: Connection,
    name: str,
    text: str,
    folder: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> SavedSearch:
    """Behind the others. Raises NameUnusable for a name that is in use."""
    _refuse_used(connection, name)
    last = connection.scalar(select(func.max(SavedSearchRow.position))) or 0
    new = insert(SavedSearchRow).values(
        name=name,
        text=text,
        folder=None if folder is None else str(folder),
        since=since,
        until=until,
        position=last + 1,
    )
    search_id = connection.scalar(new.returning(SavedSearchRow.search_id))
    assert search_id is not None
    return SavedSearch(search_id, name, text, folder, since, until)


def rename(connection: Connection, search_id: int, name: str) -> None:
    """Raises NameUnusable for a name that another has."""
    _refuse_used(connection, name, search_id)
    known = update(SavedSearchRow).where(SavedSearchRow.search_id == search_id)
    connection.execute(known.values(name=name))


def say(connection: Connection, texts: Mapping[int, str]) -> None:
    """search_id -> what it searches for from now on."""
    for search_id, text in texts.items():
        known = update(SavedSearchRow).where(SavedSearchRow.search_id == search_id)
        connection.execute(known.values(text=text))


def forget(connection: Connection, search_id: int) -> None:
    connection.execute(delete(SavedSearchRow).where(SavedSearchRow.search_id == search_id))


def move(connection: Connection, search_id: int, step: int) -> None:
    """Let it stand so many places further down; a step below 0 goes up."""
    ids = [saved.search_id for saved in list_all(connection)]
    if search_id not in ids:
        return
    at = ids.index(search_id)
    ids.insert(max(0, at + step), ids.pop(at))
    for position, each in enumerate(ids, 1):
        known = update(SavedSearchRow).where(SavedSearchRow.search_id == each)
        connection.execute(known.values(position=position))


def follow_folder(connection: Connection, before: Path, now: Path) -> None:
    """A watched folder was moved; what is searched for in it is searched for there."""
    for saved in list_all(connection):
        if saved.folder is not None and saved.folder.is_relative_to(before):
            moved = now / saved.folder.relative_to(before)
            known = update(SavedSearchRow).where(SavedSearchRow.search_id == saved.search_id)
            connection.execute(known.values(folder=str(moved)))


def _refuse_used(connection: Connection, name: str, but: int | None = None) -> None:
    others = (saved for saved in list_all(connection) if saved.search_id != but)
    if any(saved.name == name for saved in others):
        raise NameUnusable(
            f"A search is saved as “{name}” already.", "Choose another name, or forget that one."
        )
