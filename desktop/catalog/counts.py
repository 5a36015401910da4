"""Counting photos without touching their rows: every number comes out of a narrow index."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Connection,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from desktop.catalog.photos import has_embedding
from desktop.catalog.records import Counts, Folder
from desktop.catalog.schema import HAS_PROBLEM, IS_GONE, IS_READABLE, EmbeddingRow, PhotoRow

_KINDS = (IS_READABLE, HAS_PROBLEM, IS_GONE)
_TALLY: CompoundSelect[int, int, int] = union_all(
    *(
        select(literal_column(str(number)), PhotoRow.folder_id, func.count())
        .where(kind)
        .group_by(PhotoRow.folder_id)
        for number, kind in enumerate(_KINDS)
    )
)
_EMBEDDINGS = select(func.count()).where(EmbeddingRow.model_key == bindparam("model_key"))
_EMBEDDED = select(func.count()).select_from(PhotoRow).where(has_embedding(bindparam("model_key")))
_GONE_EMBEDDED = _EMBEDDED.where(IS_GONE)
_READABLE_EMBEDDED = _EMBEDDED.where(IS_READABLE)


class Tally(NamedTuple):
    """What a folder's photos are, whether or not the folder itself is away."""

    readable: int = 0
    troubled: int = 0
    gone: int = 0

    @property
    def kept(self) -> int:
        """Present, or away with the whole folder."""
        return self.readable + self.troubled


def tally(connection: Connection, folders: Collection[Folder]) -> dict[int, Tally]:
    """By folder_id, of all these folders."""
    found = {folder.folder_id: [0] * len(_KINDS) for folder in folders}
    for kind, folder_id, n_photos in connection.execute(_TALLY):
        found[folder_id][kind] = n_photos
    return {folder_id: Tally(*numbers) for folder_id, numbers in found.items()}


def by_folder(tallies: Mapping[int, Tally]) -> dict[int, int]:
    """folder_id -> photos that are present or whose whole folder is away."""
    return {folder_id: each.kept for folder_id, each in tallies.items()}


def count(
    connection: Connection,
    model_key: int | None,
    folders: Collection[Folder],
    tallies: Mapping[int, Tally],
) -> Counts:
    """tallies: of these folders, which are all."""
    away = [folder.folder_id for folder in folders if folder.is_missing]
    here = [each for folder_id, each in tallies.items() if folder_id not in away]
    readable = sum(each.readable for each in here)
    problems = sum(each.troubled for each in here)
    gone = sum(each.gone for each in tallies.values())
    missing = gone + sum(tallies[folder_id].kept for folder_id in away)
    # Only what is or was readable has an embedding, so the few that are missing are looked up, and
    # not the many that are here.
    key = {"model_key": model_key}
    searchable = connection.scalar(_EMBEDDINGS, key) or 0
    if gone:
        searchable -= connection.scalar(_GONE_EMBEDDED, key) or 0
    if away:
        there = PhotoRow.folder_id.in_(away)
        searchable -= connection.scalar(_READABLE_EMBEDDED.where(there), key) or 0
    return Counts(readable + problems, searchable, readable - searchable, problems, missing)
