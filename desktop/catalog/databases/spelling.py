"""What SQLite and PostgreSQL spell differently: each word once, with both spellings.

The queries of the catalog are written with these words, so that none of them asks where it runs.
What is the same in both, which is nearly all, stands where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    not_,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from desktop.catalog.names import words_of

__all__ = [
    "WHOLE",
    "among",
    "clock",
    "either",
    "find_named",
    "give_after",
    "joined",
    "last_given",
    "last_id",
    "least_bytes",
    "numbers_of",
    "position",
    "these",
    "upsert",
    "whole_second",
]

T = TypeVar("T")

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""Whole numbers of 64 bits; in SQLite all of them are."""


class either(FunctionElement[T]):  # noqa: N801 - it is read as a word of SQL
    """An expression that each of the two spells in its own way."""

    inherit_cache = True

    def __init__(self, sqlite: ColumnElement[T], postgresql: ColumnElement[Any]) -> None:
        super().__init__(sqlite, postgresql)
        self.type = sqlite.type

    def self_group(self, against: Any = None) -> either[T]:  # noqa: ARG002
        return self  # it has brackets of its own

    def _negate(self) -> Any:
        return either(*(not_(each) for each in self.clauses))


@compiles(either)
def _in_sqlite(element: either[Any], compiler: Any, **how: Any) -> str:
    sqlite, _ = element.clauses
    return f"({compiler.process(sqlite, **how)})"


@compiles(either, "postgresql")
def _in_postgresql(element: either[Any], compiler: Any, **how: Any) -> str:
    _, postgresql = element.clauses
    return f"({compiler.process(postgresql, **how)})"


class position(FunctionElement[int]):  # noqa: N801
    """Where letters, or bytes, are in a value of the same kind, counted from 1; 0 for nowhere."""

    inherit_cache = True
    type = Integer()

    def __init__(self, value: Any, wanted: Any) -> None:
        super().__init__(value, wanted)


@compiles(position)
def _instr(element: position, compiler: Any, **how: Any) -> str:
    value, wanted = (compiler.process(each, **how) for each in element.clauses)
    return f"instr({value}, {wanted})"


@compiles(position, "postgresql")
def _position(element: position, compiler: Any, **how: Any) -> str:
    value, wanted = (compiler.process(each, **how) for each in element.clauses)
    return f"position({wanted} IN {value})"


# SQLite took ON CONFLICT over from PostgreSQL, so that one statement serves both. SQLAlchemy has a
# class for each; that of PostgreSQL would cost every start of the program 20 ms.
@compiles(OnConflictDoNothing, "postgresql")
def _do_nothing(element: Any, compiler: Any, **how: Any) -> str:
    element.constraint_target = None
    return str(compiler.visit_on_conflict_do_nothing(element, **how))


@compiles(OnConflictDoUpdate, "postgresql")
def _do_update(element: Any, compiler: Any, **how: Any) -> str:
    element.constraint_target = None
    return str(compiler.visit_on_conflict_do_update(element, **how))


def numbers_of(listed: ColumnElement[str]) -> tuple[Select[int], Select[int]]:
    """The numbers in a JSON list, as SQLite selects them and as PostgreSQL does. The list is one
    value, where a statement takes 32,766 or 65,535 at most."""
    in_sqlite = func.json_each(listed).table_valued("value")
    in_postgresql = func.json_array_elements_text(cast(listed, JSON))
    return select(in_sqlite.c.value), select(cast(in_postgresql, BigInteger))


def among(column: Any, ids: Iterable[int] | None = None) -> ColumnElement[bool]:
    """`column IN ids` for any number of ids; None for those that `these` binds."""
    listed = bindparam("ids", type_=Text) if ids is None else literal(_listed(ids), Text)
    in_sqlite, in_postgresql = numbers_of(listed)
    return either(column.in_(in_sqlite), column.in_(in_postgresql))


def these(ids: Iterable[int]) -> dict[str, str]:
    """The ids of `among`, as parameters of its statement."""
    return {"ids": _listed(ids)}


def _listed(ids: Iterable[int]) -> str:
    return json.dumps([int(each) for each in ids])


def joined(column: Any) -> ColumnElement[str]:
    """All numbers of a column in one text, with commas."""
    return either(
        func.group_concat(column, type_=Text), func.string_agg(cast(column, Text), ",", type_=Text)
    )


def least_bytes(column: Any) -> ColumnElement[Any]:
    """The least of many values of bytes, of which PostgreSQL knows none before version 18."""
    return either(func.min(column), func.decode(func.min(func.encode(column, "hex")), "hex"))


def whole_second(column: Any) -> ColumnElement[int]:
    """Seconds rounded down. SQLite's cast goes towards 0: dates before 1970 are negative."""
    second = cast(column, WHOLE)
    return either(second - (column < second), cast(func.floor(column), BigInteger))


_CLOCK = {"%Y": "YYYY", "%m": "MM", "%d": "DD"}


def clock(part: str, seconds: Any) -> ColumnElement[str]:
    """The year (%Y), month (%m) or day (%d), as digits, of seconds since 1970."""
    moment = literal_column("timestamp '1970-01-01'") + seconds * literal_column(
        "interval '1 second'"
    )
    return either(
        func.strftime(part, seconds, "unixepoch", type_=Text),
        func.to_char(moment, _CLOCK[part], type_=Text),
    )


_LAST_ID = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = 'photo'",
    "postgresql": "SELECT last_value FROM photo_photo_id_seq WHERE is_called",
}


def last_id(connection: Connection) -> int:
    """The highest photo_id given so far; 0 for none."""
    return int(connection.scalar(text(_LAST_ID[connection.dialect.name])) or 0)


def last_given(connection: Connection, table: Table) -> int:
    """The highest key that rows of a table were given so far; 0 for none."""
    key = table.autoincrement_column
    assert key is not None
    highest = connection.scalar(select(func.max(key))) or 0
    if connection.dialect.name == "sqlite":
        noted = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return max(highest, connection.scalar(noted, {"name": table.name}) or 0)
    noted = text(f"SELECT last_value FROM {_sequence(connection, table)} WHERE is_called")
    return max(highest, connection.scalar(noted) or 0)


def give_after(connection: Connection, table: Table, last: int) -> None:
    """Give rows of a table higher keys than `last` from now on."""
    if not last:
        return
    if connection.dialect.name != "sqlite":
        setting = select(func.setval(_sequence(connection, table), last))
        connection.execute(setting)
    elif table.dialect_options["sqlite"]["autoincrement"]:
        named = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), named)
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), named)


def _sequence(connection: Connection, table: Table) -> str:
    key = table.autoincrement_column
    assert key is not None
    found = connection.scalar(select(func.pg_get_serial_sequence(table.name, key.name)))
    assert found is not None
    return str(found)


STORED_NAME, STORED_FOLDER = "folded_name", "folded_folder"
"""Columns that PostgreSQL alone keeps beside a photo's path: its name and its folder as `folded`
has them, since a look through all of them must not fold each anew."""

_NAMED = text("SELECT rowid FROM photo_name WHERE photo_name MATCH :words")


def find_named(connection: Connection, words: Sequence[str]) -> NDArray[np.int64]:
    """The ids (n,) int64, in no order, of photos whose path within the folder holds all of these
    words: whatever case and accents. A word with signs in it means several that follow."""
    phrases = [each for each in map(words_of, words) if each]
    if not phrases:
        return np.zeros(0, np.int64)
    find = _find_by_index if connection.dialect.name == "sqlite" else _find_by_letters
    return np.array(find(connection, phrases), np.int64)


def _find_by_index(connection: Connection, phrases: Sequence[list[str]]) -> list[int]:
    asked = " ".join(f'"{" ".join(phrase)}"' for phrase in phrases)
    return list(connection.scalars(_NAMED, {"words": asked}))


def _find_by_letters(connection: Connection, phrases: Sequence[list[str]]) -> list[int]:
    """PostgreSQL looks for the letters; whether they are words is seen here."""
    statement = "SELECT photo_id, relative_path FROM photo WHERE true"
    letters = {f"w{n}": word for n, word in enumerate(chain.from_iterable(phrases))}
    for name in letters:
        statement += f" AND position(:{name} IN {STORED_FOLDER} || '/' || {STORED_NAME}) > 0"
    return [
        photo_id
        for photo_id, path in connection.execute(text(statement), letters)
        if all(_follow(phrase, words_of(path)) for phrase in phrases)
    ]


def _follow(phrase: list[str], words: list[str]) -> bool:
    n = len(phrase)
    return any(words[at : at + n] == phrase for at in range(len(words) - n + 1))
