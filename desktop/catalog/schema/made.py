"""Tables of what passes made of photos."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from desktop.catalog.schema.base import Base


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
