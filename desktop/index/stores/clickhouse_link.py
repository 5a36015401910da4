"""ClickHouseLink: a connection to a ClickHouse server, or to files of our own through chdb, which
is the same engine as a library. Both are asked with the same statements, by clickhouse-connect.

chdb is half a gigabyte of library, so it runs in a helper process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from desktop.errors import EngineUnavailable
from desktop.index.stores.store import LATER, NO_ROOM, StoreAway, StoreFull, first_words

CONNECT_WITHIN_S = 5
ANSWER_WITHIN_S = 10
_N_RETRIES = 1


class ClickHouseLink:
    """One connection, made when it is first needed. Any thread."""

    def __init__(self, uri: str, user: str, password: str) -> None:
        """uri: clickhouse://host:port/database, with an s behind clickhouse for TLS; or a folder
        for chdb."""
        self._uri = uri
        self._user = user
        self._password = password
        self._client: Any = None

    def client(self) -> Any:
        """clickhouse-connect's own, connected at first use. Under `explained`."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def ask(self, statement: str, **values: object) -> Any:
        """Its rows."""
        with self.explained():
            return self.client().query(statement, parameters=values).result_rows

    def do(self, statement: str) -> None:
        with self.explained():
            self.client().command(statement)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connect(self) -> Any:
        import clickhouse_connect

        if not is_remote(self._uri):
            Path(self._uri).mkdir(parents=True, exist_ok=True)
            return clickhouse_connect.get_client(interface="chdb", path=self._uri)
        parts = urlsplit(self._uri)
        is_secret = parts.scheme == "clickhouses"
        return clickhouse_connect.get_client(
            host=parts.hostname or "localhost",
            port=parts.port or (8443 if is_secret else 8123),
            secure=is_secret,
            username=self._user or None,
            password=self._password,
            database=parts.path.strip("/") or "__default__",
            connect_timeout=CONNECT_WITHIN_S,
            send_receive_timeout=ANSWER_WITHIN_S,
            query_retries=_N_RETRIES,
            autogenerate_session_id=False,  # so that several can be asked at once
            compress=False,  # embeddings hardly shrink
            form_encode_query_params=True,  # ids do not fit into an address
            client_name="likeness",
        )

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """What clickhouse-connect raises becomes a sentence."""
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            yield
        except ClickHouseError as error:
            raise _explained(str(error), self._uri) from error
        except OSError as error:
            raise StoreAway(f"{_place(self._uri)} gives no answer.", LATER) from error


def is_remote(uri: str) -> bool:
    return uri.startswith(("clickhouse://", "clickhouses://"))


def _place(uri: str) -> str:
    return f"ClickHouse at {urlsplit(uri).hostname}" if is_remote(uri) else "chdb"


_REFUSED = ("AUTHENTICATION_FAILED", "REQUIRED_PASSWORD", "WRONG_PASSWORD", "code 516", "Code: 516")
_FORBIDDEN = ("ACCESS_DENIED", "Code: 497")
_IN_USE = ("Cannot lock file", "already used", "CANNOT_OPEN_FILE")
_AWAY = ("Error executing HTTP request", "Connection", "timed out", "Timeout", "Max retries")


def _explained(words: str, uri: str) -> EngineUnavailable:
    place, own = _place(uri), words.rpartition("DB::Exception: ")[2]
    if any(each in words for each in _REFUSED):
        return EngineUnavailable(
            f"{place} does not accept the user or the password.",
            "Put the right ones into LIKENESS_ENGINE_TOKEN or into ~/.netrc.",
        )
    if any(each in words for each in _FORBIDDEN):
        return EngineUnavailable(
            f"{place} does not allow that.", "Ask whoever runs it for the rights."
        )
    if any(each in words for each in _IN_USE):
        return StoreAway(
            "Another program uses the engine's files.",
            "Close the other Likeness, or let it answer.",
        )
    if any(each in words for each in _AWAY):
        return StoreAway(f"{place} gives no answer.", LATER)
    if any(each in words for each in NO_ROOM):
        return StoreFull(f"{place} has no room: its disk is full.", "Make room there.")
    return EngineUnavailable(
        f"{place} cannot do that: {first_words(own)}.", "Its log may tell more."
    )
