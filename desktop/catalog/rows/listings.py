"""What each sub-folder held when it was last compared, so that an unchanged one is passed over.

A digest stands for the files right in this sub-folder, with their sizes and times, exactly as the
catalog's rows have them; missing ones do not count. Whoever writes such a row, its size, its time
or whether it is missing, must call `question`, so that the next scan compares the sub-folder. Every
sub-folder with a file that is not missing has a row here, with a digest or IN_QUESTION.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select

from desktop.catalog.databases.spelling import among, these, upsert
from desktop.catalog.rows.photos import raw_rows
from desktop.catalog.schema import ListingRow, PhotoRow

IN_QUESTION = b""
"""In place of a digest: the next scan compares the sub-folder in any case."""

_PATHS = select(PhotoRow.folder_id, PhotoRow.relative_path).where(among(PhotoRow.photo_id))
_new = upsert(ListingRow)
_PUT = _new.on_conflict_do_update(
    index_elements=[ListingRow.folder_id, ListingRow.sub_folder],
    set_={"digest": _new.excluded.digest},
)
_DROP = delete(ListingRow).where(
    ListingRow.folder_id == bindparam("_folder_id"), ListingRow.sub_folder == bindparam("_sub")
)


def list_all(connection: Connection, folder_id: int) -> dict[str, bytes]:
    """sub_folder -> the digest that `apply_scan` was last given, if no row of a file right in it
    has been written since, else b"". Every sub-folder with a file that is not missing."""
    rows = select(ListingRow.sub_folder, ListingRow.digest).where(ListingRow.folder_id == folder_id)
    return {
        os.fsdecode(sub_folder): digest
        for block in raw_rows(connection, rows)
        for sub_folder, digest in block
    }


def save(connection: Connection, folder_id: int, listings: Mapping[str, bytes | None]) -> None:
    """sub_folder -> digest, None where the sub-folder is not there any more."""
    _put(connection, folder_id, {sub: each for sub, each in listings.items() if each is not None})
    if dropped := [sub for sub, each in listings.items() if each is None]:
        connection.execute(_DROP, [{"_folder_id": folder_id, "_sub": sub} for sub in dropped])


def question(connection: Connection, folder_id: int, relative_paths: Iterable[str]) -> None:
    """Put the sub-folders of these files in question, since rows of theirs are written."""
    _put(connection, folder_id, {path.rpartition("/")[0]: IN_QUESTION for path in relative_paths})


def question_photos(connection: Connection, photo_ids: Iterable[int]) -> None:
    """The same for rows that are known by their ids."""
    found: dict[int, list[str]] = {}
    for folder_id, path in connection.execute(_PATHS, these(photo_ids)):
        found.setdefault(folder_id, []).append(path)
    for folder_id, relative_paths in found.items():
        question(connection, folder_id, relative_paths)


def _put(connection: Connection, folder_id: int, digests: Mapping[str, bytes]) -> None:
    if digests:
        connection.execute(
            _PUT,
            [
                {"folder_id": folder_id, "sub_folder": sub_folder, "digest": digest}
                for sub_folder, digest in digests.items()
            ],
        )
