"""Tables of what people say, save and teach, and of themes, which they may name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from desktop.catalog.schema.base import Base, SharedPath


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
