"""pgvector: a table in a PostgreSQL that somebody runs already, through psycopg.

Passwords are libpq's business: PGPASSWORD, ~/.pgpass, or a socket that needs none.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from desktop.errors import Cancelled, EngineUnavailable
from desktop.index.facts import Facts, Where, facts_of_rows
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.store import LATER, StoreAway, StoreCount, Within, as_arrays, first_words
from desktop.jobs import LOOK_EVERY_S, Job

CONNECT_WITHIN_S = 5
ANSWER_WITHIN_S = 10.0
LIST_WITHIN_S = 120.0
WRITE_WITHIN_S = 60.0
SETTLE_WITHIN_S = 4 * 3_600.0

_LISTED_AT_ONCE = 100_000

INDEXED_FROM = 10_000
"""From so many rows on a first answer is quicker by an index (HNSW) than by comparing all."""

_MOST_INDEXED_DIM = 2_000
_MOST_PLAIN_DIM = 1_900
"""Longer ones do not fit into a page with the rest of their row."""
_LEAST_LOOKED_AT, _MOST_LOOKED_AT = 100, 1_000

_CREATE = (
    "CREATE TABLE {table} (photo_id bigint PRIMARY KEY, revision bigint NOT NULL,"
    " folder_id bigint NOT NULL, taken_s double precision NOT NULL, kind text NOT NULL,"
    " vector vector({dim}) NOT NULL)",
    "CREATE INDEX ON {table} (revision)",
    "CREATE INDEX ON {table} (folder_id)",
    "CREATE INDEX ON {table} (taken_s)",
)
_TAKE_IN = (
    "INSERT INTO {table} SELECT * FROM incoming ON CONFLICT (photo_id) DO UPDATE SET"
    " revision = excluded.revision, folder_id = excluded.folder_id, taken_s = excluded.taken_s,"
    " kind = excluded.kind, vector = excluded.vector"
)


class PgvectorStore:
    """A table of PostgreSQL; see VectorStore."""

    most_hits = 100_000
    most_ids = 50_000

    def __init__(self, uri: str, table: str) -> None:
        self.has_first = False
        self._uri = uri
        self._table = table
        self._version = (0, 0)
        self._turn = {"read": threading.Lock(), "write": threading.Lock()}
        self._connections: dict[str, Any] = {}
        self._is_closed = False

    def greet(self) -> None:
        with self._asking("write", WRITE_WITHIN_S) as connection:
            self._expect_extension(connection)

    def forget(self, prefix: str) -> None:
        from psycopg import sql

        ours = (
            "SELECT tablename FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
            " AND starts_with(tablename, %s)"
        )
        with self._asking("write", WRITE_WITHIN_S) as connection:
            for (name,) in connection.execute(ours, [prefix]).fetchall():
                drop = sql.SQL("DROP TABLE {table}").format(table=sql.Identifier(name))
                connection.execute(drop)

    def open(self, dim: int) -> None:
        with self._asking("write", WRITE_WITHIN_S) as connection:
            self._expect_extension(connection)
            known = connection.execute(
                "SELECT atttypmod FROM pg_attribute"
                " WHERE attrelid = to_regclass(%s) AND attname = 'vector'",
                [self._table],
            ).fetchone()
            if known is not None and known[0] != dim:
                connection.execute(self._sql("DROP TABLE {table}"))
            if known is None or known[0] != dim:
                with connection.transaction():
                    for statement in _CREATE:
                        connection.execute(self._sql(statement, dim))
                    if dim <= _MOST_PLAIN_DIM:
                        plain = "ALTER TABLE {table} ALTER COLUMN vector SET STORAGE PLAIN"
                        connection.execute(self._sql(plain))
            self._find_index(connection)

    def count(self) -> StoreCount:
        counted = "SELECT count(*), coalesce(max(revision), 0), coalesce(sum(photo_id), 0)"
        with self._asking("read", ANSWER_WITHIN_S) as connection:
            row = connection.execute(self._sql(counted + " FROM {table}")).fetchone()
        return StoreCount(int(row[0]), int(row[1]), int(row[2]))

    def list_rows(self, after: int) -> Facts:
        listed = (
            "SELECT photo_id, folder_id, taken_s, kind FROM {table} WHERE photo_id > %s"
            " ORDER BY photo_id LIMIT %s"
        )
        with self._asking("write", LIST_WITHIN_S) as connection:
            rows = connection.execute(self._sql(listed), [after, _LISTED_AT_ONCE]).fetchall()
        return facts_of_rows(rows)

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        wanted = "SELECT photo_id, vector::real[] FROM {table} WHERE photo_id = ANY(%s) ORDER BY 1"
        with self._asking("read", ANSWER_WITHIN_S) as connection:
            rows = connection.execute(self._sql(wanted), [list(photo_ids)]).fetchall()
        ids = np.array([row[0] for row in rows], np.int64)
        return ids, np.array([row[1] for row in rows], np.float32)

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        if not len(facts):
            return
        ids, folders = facts.photo_ids.tolist(), facts.folder_ids.tolist()
        rows = zip(ids, folders, facts.taken_s.tolist(), facts.kinds.tolist(), vectors, strict=True)
        with self._asking("write", WRITE_WITHIN_S) as connection, connection.transaction():
            like = "CREATE TEMPORARY TABLE incoming (LIKE {table}) ON COMMIT DROP"
            connection.execute(self._sql(like))
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copied,
            ):
                copied.set_types(["int8", "int8", "int8", "float8", "text", "bytea"])
                for photo_id, folder_id, taken_s, kind, vector in rows:
                    binary = _binary(vector)
                    copied.write_row((photo_id, revision, folder_id, taken_s, kind, binary))
            connection.execute(self._sql(_TAKE_IN))

    def remove(self, photo_ids: IdArray) -> None:
        if not len(photo_ids):
            return
        gone = self._sql("DELETE FROM {table} WHERE photo_id = ANY(%s)")
        with self._asking("write", WRITE_WITHIN_S) as connection:
            connection.execute(gone, [photo_ids.tolist()])

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        condition, values = said(within)
        text = _text(vector)
        if exact and least > -1.0:
            condition += f" {'AND' if condition else 'WHERE'} vector <=> %s::vector <= %s"
            values += [text, 1.0 - least]
        order = "distance, photo_id" if exact else "distance"
        asked = (
            "SELECT photo_id, 1 - (vector <=> %s::vector) AS cosine,"
            " vector <=> %s::vector AS distance FROM {table}"
        )
        statement = self._sql(f"{asked} {condition} ORDER BY {order} LIMIT %s")
        with self._asking("read", ANSWER_WITHIN_S) as connection, connection.transaction():
            for setting in self._settings(n, exact):
                connection.execute(setting)
            rows = connection.execute(statement, [text, text, *values, n]).fetchall()
        return as_arrays([(row[0], row[1]) for row in rows])

    def settle(self, job: Job | None = None) -> None:
        with self._asking("write", SETTLE_WITHIN_S, job) as connection:
            connection.execute(self._sql("VACUUM (ANALYZE) {table}"))
            (n_rows,) = connection.execute(self._sql("SELECT count(*) FROM {table}")).fetchone()
            dim = self._dim_of(connection)
            if n_rows >= INDEXED_FROM and dim <= _MOST_INDEXED_DIM and not self.has_first:
                index = (
                    "CREATE INDEX IF NOT EXISTS {index} ON {table}"
                    " USING hnsw (vector vector_cosine_ops)"
                )
                connection.execute(self._sql(index))
            self._find_index(connection)

    def drop(self) -> None:
        with self._asking("write", WRITE_WITHIN_S) as connection:
            connection.execute(self._sql("DROP TABLE IF EXISTS {table}"))

    def close(self) -> None:
        self._is_closed = True
        for connection in self._connections.values():
            connection.close()
        self._connections = {}

    def _settings(self, n: int, exact: bool) -> list[str]:
        """For one transaction."""
        if exact:
            return ["SET LOCAL enable_indexscan = off"]
        looked_at = min(max(n, _LEAST_LOOKED_AT), _MOST_LOOKED_AT)
        settings = [f"SET LOCAL hnsw.ef_search = {looked_at}"]
        if self._version >= (0, 8):  # goes on looking where a condition leaves too few
            settings.append("SET LOCAL hnsw.iterative_scan = strict_order")
        return settings

    def _expect_extension(self, connection: Any) -> None:
        available = connection.execute(
            "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        if available is None:
            raise EngineUnavailable(
                "That PostgreSQL has no pgvector.",
                "Install the extension there (pgvector), or choose another engine.",
            )
        installed = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        known = connection.execute(installed).fetchone()
        if known is None:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            known = connection.execute(installed).fetchone()
        major, minor = known[0].split(".")[:2]
        self._version = int(major), int(minor)

    def _find_index(self, connection: Any) -> None:
        valid = (
            "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid"
            " AND indisready"
        )
        row = connection.execute(valid, [f"{self._table}_hnsw"]).fetchone()
        self.has_first = row is not None

    def _dim_of(self, connection: Any) -> int:
        row = connection.execute(
            "SELECT atttypmod FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attname = 'vector'",
            [self._table],
        ).fetchone()
        return int(row[0]) if row is not None else 0

    def _sql(self, statement: str, dim: int = 0) -> Any:
        from psycopg import sql

        return sql.SQL(statement).format(
            table=sql.Identifier(self._table),
            index=sql.Identifier(f"{self._table}_hnsw"),
            dim=sql.Literal(dim),
        )

    @contextlib.contextmanager
    def _asking(self, which: str, within_s: float, job: Job | None = None) -> Iterator[Any]:
        """A connection for the block, which is ended if it takes longer; errors become sentences. A
        connection that was lost while nothing was asked is made anew."""
        import psycopg

        with self._turn[which]:
            try:
                connection = self._connect(which)
                with _watched(connection, within_s, job):
                    yield connection
            except psycopg.Error as error:
                if job is not None and job.cancelled:
                    raise Cancelled from error
                raise _explained(error) from error

    def _connect(self, which: str) -> Any:
        """One that works. Under the turn."""
        import psycopg

        if self._is_closed:
            raise StoreAway("The engine pgvector is not open.")
        known = self._connections.get(which)
        if known is not None and not known.closed:
            has_stalled = threading.Event()
            try:
                with _watched(known, CONNECT_WITHIN_S, has_stalled=has_stalled):
                    known.execute("SELECT 1")
                return known
            except psycopg.Error:
                known.close()
                if has_stalled.is_set():
                    raise
        connection = psycopg.connect(
            self._uri,
            autocommit=True,
            connect_timeout=max(int(CONNECT_WITHIN_S), 2),
            application_name="likeness",
        )
        self._connections[which] = connection
        return connection


@contextlib.contextmanager
def _watched(
    connection: Any,
    within_s: float,
    job: Job | None = None,
    has_stalled: threading.Event | None = None,
) -> Iterator[None]:
    """Cut the connection where the block takes longer, since libpq waits for an answer without end,
    and set has_stalled; and cancel what is asked soon after the job is."""
    is_over = threading.Event()

    def cut() -> None:
        if has_stalled is not None:
            has_stalled.set()
        with (
            contextlib.suppress(OSError),
            socket.socket(fileno=os.dup(connection.fileno())) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    def cancel_with_job(given: Job) -> None:
        while not is_over.wait(LOOK_EVERY_S):
            if given.cancelled:
                connection.cancel_safe(timeout=CONNECT_WITHIN_S)
                return

    limit = threading.Timer(within_s, cut)
    watcher = threading.Thread(target=cancel_with_job, args=(job,), name="engine-cancel")
    limit.daemon = True
    limit.start()
    if job is not None:
        watcher.start()
    try:
        yield
    finally:
        is_over.set()
        limit.cancel()
        limit.join()
        if job is not None:
            watcher.join()


def said(within: Within) -> tuple[str, list[object]]:
    """A WHERE clause and its values."""
    if within is None:
        return "", []
    if not isinstance(within, Where):
        return "WHERE photo_id = ANY(%s)", [within.tolist()]
    parts: list[str] = []
    values: list[object] = []
    for condition, value in (
        ("folder_id = ANY(%s)", within.folder_ids),
        ("taken_s >= %s", within.since_s),
        ("taken_s < %s", within.before_s),
        ("kind = ANY(%s)", within.kinds),
    ):
        if value is not None:
            parts.append(condition)
            values.append(list(value) if isinstance(value, tuple) else value)
    return (f"WHERE {' AND '.join(parts)}", values) if parts else ("", [])


def _binary(vector: FloatArray) -> bytes:
    """As pgvector sends it: how many numbers, nothing, then these, the highest byte first."""
    return len(vector).to_bytes(2) + bytes(2) + vector.astype(">f4").tobytes()


def _text(vector: FloatArray) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


_NO_LOGIN = ("password authentication failed", "no password supplied", "authentication failed")


def _explained(error: Any) -> EngineUnavailable:
    import psycopg

    words = first_words(str(error))
    if any(each in str(error) for each in _NO_LOGIN):
        return EngineUnavailable(
            "PostgreSQL does not accept the user or the password.",
            "Put the right ones into PGUSER and PGPASSWORD, or into ~/.pgpass.",
        )
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return EngineUnavailable(
            f"PostgreSQL does not allow that: {words}.", "Ask whoever runs it for the rights."
        )
    if isinstance(error, psycopg.OperationalError):
        return StoreAway(f"PostgreSQL gives no answer: {words}.", LATER)
    return EngineUnavailable(f"PostgreSQL cannot do that: {words}.", "Its log may tell more.")
