"""Tables of what is there: the catalog itself, watched folders, and the files in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, and_, false, true
from sqlalchemy.orm import Mapped, mapped_column

from desktop.catalog.schema.base import Base, FileName, SharedPath


class StateRow(Base):
    """What is true of the catalog as a whole; its one row has id 1.

    Attributes:
        revision: counts the write transactions of all processes.
        photos_revision, embeddings_revision, people_revision: what it was after the last one about
            that Subject.
        people_wrote_at: when the last one about PEOPLE was, seconds since the epoch.
    """

    __tablename__ = "catalog_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    answering_model: Mapped[str | None]
    previous_model: Mapped[str | None]
    photos_revision: Mapped[int] = mapped_column(server_default="0")
    embeddings_revision: Mapped[int] = mapped_column(server_default="0")
    people_revision: Mapped[int] = mapped_column(server_default="0")
    people_wrote_at: Mapped[float] = mapped_column(server_default="0")
    likeness_model: Mapped[str | None]


class FolderRow(Base):
    """A watched root.

    Attributes:
        doubted_since: so many of its photos were gone at once that the person is asked about those
            that went missing since then; None where there is nothing to ask.
    """

    __tablename__ = "folder"

    folder_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(SharedPath, unique=True)
    added_at: Mapped[float]
    missing_since: Mapped[float | None]
    doubted_since: Mapped[float | None]

    __table_args__ = ({"sqlite_autoincrement": True},)


class PhotoRow(Base):
    """A file in a watched folder. The small columns that queries filter by come first in the row.

    In SQLite, triggers keep the words of relative_path in step in the FTS5 table photo_name, which
    no other code writes; in PostgreSQL two more columns hold the path as names are compared. See
    `databases.spelling`.

    Of a row with a problem, or one that is skipped, nothing is made.

    Attributes:
        damage: what is missing of a photo that can be searched all the same.
        is_stale: the file has changed since it was read; content_hash, metadata and what was made
            of it are those of the content before.
        sorted_at: seconds of wall-clock time, of taken_at or else of mtime_ns.
        sidecars: see FileStat; None if there is none.
        facts_are_old: its content is known, but what the file says of it is to be read again.
    """

    __tablename__ = "photo"

    photo_id: Mapped[int] = mapped_column(primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.folder_id", ondelete="CASCADE"))
    is_stale: Mapped[bool] = mapped_column(default=False)
    missing_since: Mapped[float | None]
    sorted_at: Mapped[float]
    size_bytes: Mapped[int]
    mtime_ns: Mapped[int]
    problem: Mapped[str | None]
    skipped_because: Mapped[str | None]
    relative_path: Mapped[str] = mapped_column(FileName)
    content_hash: Mapped[str | None]
    width_px: Mapped[int | None]
    height_px: Mapped[int | None]
    orientation: Mapped[int | None]
    taken_at: Mapped[datetime | None]
    taken_from: Mapped[str | None]
    camera: Mapped[str | None]
    lens: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    format: Mapped[str | None]
    first_seen_at: Mapped[float]
    utc_offset_min: Mapped[int | None]
    facts_are_old: Mapped[bool] = mapped_column(server_default=false())
    sidecars: Mapped[str | None] = mapped_column(FileName)
    damage: Mapped[str | None]

    # AUTOINCREMENT (PostgreSQL has a sequence): the id of a removed photo is never given again, so
    # "rows above this id came later" holds, and an index on disk cannot take a new photo for an old
    # one.
    __table_args__ = (
        UniqueConstraint("folder_id", "relative_path"),
        {"sqlite_autoincrement": True},
    )


IS_READABLE = and_(
    PhotoRow.problem.is_(None), PhotoRow.skipped_because.is_(None), PhotoRow.missing_since.is_(None)
)
"""Photos that answer a search, or will once they have been read."""

HAS_PROBLEM = and_(
    PhotoRow.problem.is_not(None),
    PhotoRow.skipped_because.is_(None),
    PhotoRow.missing_since.is_(None),
)
IS_SKIPPED = and_(PhotoRow.skipped_because.is_not(None), PhotoRow.missing_since.is_(None))
IS_DAMAGED = and_(PhotoRow.damage.is_not(None), PhotoRow.missing_since.is_(None))
"""Readable ones of which a part is missing: what has a problem or is skipped has no damage."""

IS_GONE = and_(PhotoRow.missing_since.is_not(None), PhotoRow.skipped_because.is_(None))
HAS_OLD_FACTS = and_(PhotoRow.facts_are_old == true(), PhotoRow.taken_at.is_not(None))

Index("ix_photo_content_hash", PhotoRow.content_hash)


def _partial(name: str, which: Any, *columns: Any) -> None:
    """Both databases take a partial index for a query that holds the same condition, so queries use
    these names. PostgreSQL's is told in `databases.postgresql`: here it would cost every start of
    the program 20 ms."""
    Index(f"ix_photo_{name}", *columns, sqlite_where=which)


# All that the list of photos needs, in its order.
_NEWEST = (PhotoRow.sorted_at.desc(), PhotoRow.photo_id, PhotoRow.folder_id)
_partial("newest", IS_READABLE, *_NEWEST)
_partial("readable", IS_READABLE, PhotoRow.folder_id)
_partial("troubled", HAS_PROBLEM, PhotoRow.folder_id)
_partial("skipped", IS_SKIPPED, PhotoRow.folder_id)
_partial("damaged", IS_DAMAGED, PhotoRow.folder_id)
_partial("gone", IS_GONE, PhotoRow.folder_id)
_partial("old_facts", HAS_OLD_FACTS, PhotoRow.photo_id)


class ListingRow(Base):
    """What a sub-folder held when it was last compared; see `rows.listings`.

    Attributes:
        sub_folder: its path in the folder, "" for the folder itself.
        digest: of the names, sizes and times of the photos right in it; empty while in question.
    """

    __tablename__ = "listing"

    folder_id: Mapped[int] = mapped_column(
        ForeignKey("folder.folder_id", ondelete="CASCADE"), primary_key=True
    )
    sub_folder: Mapped[str] = mapped_column(FileName, primary_key=True)
    digest: Mapped[bytes]

    __table_args__ = ({"sqlite_with_rowid": False},)


class PassedOverRow(Base):
    """What the last scan of a whole folder passed over for one reason; see `PassedOver`.

    Attributes:
        examples: paths in the folder, with a zero byte between them.
    """

    __tablename__ = "passed_over"

    folder_id: Mapped[int] = mapped_column(
        ForeignKey("folder.folder_id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    examples: Mapped[str] = mapped_column(FileName)

    __table_args__ = ({"sqlite_with_rowid": False},)
