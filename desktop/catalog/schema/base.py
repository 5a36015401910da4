"""What all tables share: their root, paths as they are kept, and times that compare."""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy import LargeBinary, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
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
