"""Counting photos without touching their rows: every number comes out of a narrow index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select, true

from desktop.catalog import folders
from desktop.catalog.photos import has_embedding, present
from desktop.catalog.records import Counts
from desktop.catalog.schema import HAS_PROBLEM, IS_GONE, IS_READABLE, FolderRow, PhotoRow


def count(connection: Connection, model_key: int | None, folder_id: int | None) -> Counts:
    away = folders.list_away(connection)
    here, there = present(away), PhotoRow.folder_id.in_(away)
    scope = true() if folder_id is None else PhotoRow.folder_id == folder_id
    readable = _count(connection, IS_READABLE, here, scope)
    searchable = _count(connection, IS_READABLE, here, scope, has_embedding(model_key))
    problems = _count(connection, HAS_PROBLEM, here, scope)
    missing = _count(connection, IS_GONE, scope)
    if away:
        missing += _count(connection, IS_READABLE, there, scope)
        missing += _count(connection, HAS_PROBLEM, there, scope)
    return Counts(readable + problems, searchable, readable - searchable, problems, missing)


def count_by_folder(connection: Connection) -> dict[int, int]:
    counts = dict.fromkeys(connection.scalars(select(FolderRow.folder_id)), 0)
    for kind in (IS_READABLE, HAS_PROBLEM):
        grouped = select(PhotoRow.folder_id, func.count()).where(kind)
        for folder_id, n_photos in connection.execute(grouped.group_by(PhotoRow.folder_id)):
            counts[folder_id] += n_photos
    return counts


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(PhotoRow).where(*where)
    return connection.execute(counted).scalar_one()
