"""What is said of a catalog that is to be copied, or of the place where its copy should go."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from desktop.catalog.schema import Base, PassRow, StateRow
from desktop.errors import UserError

_OF_AN_EMPTY_ONE = {StateRow.__tablename__, PassRow.__tablename__}
"""Tables that have rows before the first folder is added."""


def expect_empty(connection: Connection, name: str, hint: str) -> None:
    """Raises a UserError, with this hint, where the catalog holds a library."""
    for table in Base.metadata.sorted_tables:
        is_filled = select(exists(select(table)))
        if table.name not in _OF_AN_EMPTY_ONE and connection.scalar(is_filled):
            raise UserError(f"{name} holds a library already, and it was left as it is.", hint)


def no_catalog(name: str) -> UserError:
    return UserError(
        f"There is no catalog to copy: {name}.",
        "Choose the library with --data or --catalog, before the command.",
    )


def outdated(name: str) -> UserError:
    return UserError(
        f"The catalog {name} was written by an older version of Likeness.",
        "`likeness status` brings it up to date; then try again.",
    )
