"""Counting photos without touching their rows: every number comes out of a narrow index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, select, true

from desktop.catalog import folders
from desktop.catalog.photos import has_embedding, present, readable
from desktop.catalog.records import Counts
from desktop.catalog.schema import FolderRow, PhotoRow


def count(connection: Connection, model_key: int | None, folder_id: int | None) -> Counts:
    away = folders.list_away(connection)
    here = present(away)
    scope = true() if folder_id is None else PhotoRow.folder_id == folder_id
    n_readable = _count(connection, readable(), here, scope)
    searchable = _count(connection, readable(), here, scope, has_embedding(model_key))
    is_photo = PhotoRow.skipped_because.is_(None)
    with_problem = PhotoRow.problem.is_not(None)
    problems = _count(
        connection, with_problem, is_photo, PhotoRow.missing_since.is_(None), here, scope
    )
    gone = PhotoRow.missing_since.is_not(None)
    missing = _count(connection, is_photo, scope, gone)
    if away:
        missing += _count(
            connection,
            is_photo,
            scope,
            PhotoRow.folder_id.in_(away),
            PhotoRow.missing_since.is_(None),
        )
    return Counts(
        photos=n_readable + problems,
        searchable=searchable,
        waiting=n_readable - searchable,
        problems=problems,
        missing=missing,
    )


def count_by_folder(connection: Connection) -> dict[int, int]:
    counts = dict.fromkeys(connection.scalars(select(FolderRow.folder_id)), 0)
    for kind in (readable(), PhotoRow.problem.is_not(None)):
        grouped = (
            select(PhotoRow.folder_id, func.count())
            .where(kind, PhotoRow.skipped_because.is_(None), PhotoRow.missing_since.is_(None))
            .group_by(PhotoRow.folder_id)
        )
        for folder_id, n_photos in connection.execute(grouped):
            counts[folder_id] += n_photos
    return counts


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(PhotoRow).where(*where)
    return connection.execute(counted).scalar_one()
