"""The tables, as typed SQLAlchemy models. The migrations build the same, as a test shows."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    and_,
    false,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import String, TypeDecorator

from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.spelling import WHOLE

_EPOCH = datetime(1970, 1, 1)


class FileName(TypeDecorator[str]):
    """A path as the bytes the file system gave, since a name need not be text.

    In Python it is a str with surrogates for undecodable bytes (os.fsdecode). Bytes also compare
    in one order everywhere, so the files beneath a sub-folder are a range of the index.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else os.fsencode(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else os.fsdecode(value)


class SharedPath(FileName):
    """The whole path of a folder, or of what is in it: in a shared catalog as all machines know it,
    in Python where it is on this one; see `databases.mounts`."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is not None and (mounts := getattr(dialect, "mounts", None)):
            value = mounts.shared(value)
        return super().process_bind_param(value, dialect)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        path = super().process_result_value(value, dialect)
        mounts: Mounts | None = getattr(dialect, "mounts", None)
        return path if path is None or mounts is None else mounts.here(path)


def range_beneath(sub_folder: str) -> tuple[str, str]:
    """Two relative paths between which all files beneath a sub-folder lie, and no others."""
    return f"{sub_folder}/", sub_folder + chr(ord("/") + 1)


def wall_clock_s(moment: datetime) -> float:
    """Seconds since 1970 by a clock that knows no zones, as `PhotoRow.sorted_at` has them."""
    return (moment.replace(tzinfo=None) - _EPOCH).total_seconds()


class Base(DeclarativeBase):
    """The root of the tables. Names are given to all constraints, so that a migration can alter
    them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
        }
    )
    # PostgreSQL is told to compare texts by their bytes, as SQLite does, whatever its language.
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it
        int: WHOLE,
        str: String().with_variant(Text(collation="C"), "postgresql"),
    }


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


class PassRow(Base):
    """A small number for each pass_id, so that the rows of what was made need not repeat the name.

    Attributes:
        pass_id: name@version; of an embedding its model_id.
        dim: length of the vectors it makes; 0 for a pass that makes something else.
    """

    __tablename__ = "pass"

    pass_key: Mapped[int] = mapped_column(primary_key=True)
    pass_id: Mapped[str] = mapped_column(unique=True)
    dim: Mapped[int]


class MadeRow(Base):
    """What a pass made of a photo, such as its embedding by a model: the record that it was done.

    Attributes:
        revision: the catalog's, in the transaction that wrote the value.
        value: whatever the pass makes; a vector is float32, little-endian.
    """

    __tablename__ = "made"

    pass_key: Mapped[int] = mapped_column(
        ForeignKey("pass.pass_key", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int]
    value: Mapped[bytes]

    # The second index lets a removed photo find what was made of it, the first spares reading the
    # values' pages when only ids are wanted. They are named as when there were embeddings only,
    # since SQLite would have to build them anew to rename them.
    __table_args__ = (
        Index("ix_embedding_revision", "pass_key", "revision", "photo_id"),
        Index("ix_embedding_photo", "photo_id"),
    )


class FailureRow(Base):
    """A readable photo that a pass could make nothing of, until it is tried again or changes.

    Attributes:
        problem: why, as a sentence.
    """

    __tablename__ = "failure"

    pass_key: Mapped[int] = mapped_column(
        ForeignKey("pass.pass_key", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    problem: Mapped[str]

    __table_args__ = (Index("ix_failure_photo", "photo_id"),)


class SavedSearchRow(Base):
    """A search that a person has saved; see `SavedSearch`.

    Attributes:
        folder: its whole path, and no folder_id: a folder that is forgotten and watched again is
            the same to people.
        position: those with a lower one stand further up.
        like_path, like_photo_id, like_part: see `SavedPhotos`; like_photo_id is no foreign key,
            for the path stays when the photo is forgotten. like_part: four numbers with blanks.
    """

    __tablename__ = "saved_search"

    search_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    folder: Mapped[str | None] = mapped_column(SharedPath)
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    position: Mapped[int]
    like_path: Mapped[str | None] = mapped_column(SharedPath)
    like_photo_id: Mapped[int | None]
    like_part: Mapped[str | None]

    __table_args__ = ({"sqlite_autoincrement": True},)


class SavedMarkRow(Base):
    """A photo that was marked as what a saved search means, or not."""

    __tablename__ = "saved_mark"

    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.search_id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    is_wanted: Mapped[bool]

    __table_args__ = (Index("ix_saved_mark_photo", "photo_id"),)


class ConceptRow(Base):
    """What a name means; see `Concept`.

    Attributes:
        n_taught: photos that taught it; their rows go with the photos, and this stays.
    """

    __tablename__ = "concept"

    concept_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    n_taught: Mapped[int]

    __table_args__ = ({"sqlite_autoincrement": True},)


class ExampleRow(Base):
    """A photo that teaches what a concept is, or is not."""

    __tablename__ = "example"

    concept_id: Mapped[int] = mapped_column(
        ForeignKey("concept.concept_id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    is_wanted: Mapped[bool]

    __table_args__ = (Index("ix_example_photo", "photo_id"),)


class ThemeRow(Base):
    """Photos that look alike, as a group with a name; see `PhotoTheme`.

    Attributes:
        is_kept: people have named, hidden, merged or split it, so that it outlasts new runs.
    """

    __tablename__ = "theme"

    theme_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_hidden: Mapped[bool]
    is_kept: Mapped[bool]

    __table_args__ = ({"sqlite_autoincrement": True},)


class ThemePhotoRow(Base):
    """Where a photo was put when photos were grouped; there is no row before that.

    Attributes:
        theme_id: None for one that belongs to none.
        part: of a theme that was merged, which of its groups the photo is in, from 0 on.
        closeness: cosine with the middle of that group.
    """

    __tablename__ = "theme_photo"

    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.theme_id", ondelete="CASCADE"))
    part: Mapped[int]
    closeness: Mapped[float]

    __table_args__ = (Index("ix_theme_photo_theme", "theme_id", "closeness"),)


class ThemeRunRow(Base):
    """How photos were grouped last; its one row has id 1.

    Attributes:
        way: how, see `desktop.grouping.Way`.
        made_at: when themes were last found anew, seconds since the epoch; n_photos: of so many.
    """

    __tablename__ = "theme_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    way: Mapped[str]
    made_at: Mapped[float]
    n_photos: Mapped[int]


class AttributeRow(Base):
    """What people say of photos under one name, such as "label"; see `Attribute`."""

    __tablename__ = "attribute"

    attribute_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)

    __table_args__ = ({"sqlite_autoincrement": True},)


class AttributeValueRow(Base):
    """What one attribute says of one photo.

    Attributes:
        text: as it was written, without blanks around it; never empty.
        number: what it is as a number; None where it is none.
    """

    __tablename__ = "attribute_value"

    attribute_id: Mapped[int] = mapped_column(
        ForeignKey("attribute.attribute_id", ondelete="CASCADE"), primary_key=True
    )
    photo_id: Mapped[int] = mapped_column(
        ForeignKey("photo.photo_id", ondelete="CASCADE"), primary_key=True
    )
    text: Mapped[str]
    number: Mapped[float | None]

    __table_args__ = (
        Index("ix_attribute_value_photo", "photo_id"),
        {"sqlite_with_rowid": False},
    )
