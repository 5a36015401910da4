"""MilvusLink: a connection to Milvus Lite in files of our own, or to a cluster behind a URI.

Both are spoken to in the same way. pymilvus runs in a helper process: it changes the log's
handlers, and its threads hang where a network does. Milvus Lite runs there, too, behind a socket
in a folder that only this person may enter.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from desktop.errors import EngineUnavailable
from desktop.index.stores.store import LATER, NO_ROOM, StoreAway, StoreFull, first_words

log = logging.getLogger(__name__)

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 10.0
"""pymilvus tries again for so long."""

_MOST_BYTES = 256 << 20
_LITE = "Milvus Lite"

_CHANNEL = {
    "grpc.use_local_subchannel_pool": 1,  # a new client tries at once, whatever one before met
    "grpc.max_reconnect_backoff_ms": 2_000,
}


class MilvusLink:
    """One call at a time of `page`; else as pymilvus' client.

    Attributes: within_s: so long an answer may take.
    """

    def __init__(self, uri: str, token: str) -> None:
        """uri: http(s)://host:port/database, or a folder for Milvus Lite."""
        self.within_s = ANSWER_WITHIN_S
        self._uri = uri
        self._token = token
        self._client: Any = None
        self._lite = contextlib.ExitStack()
        self._pages: tuple[object, Any] | None = None

    def client(self) -> Any:
        """pymilvus' own, connected at first use. Under `explained`."""
        if self._client is None:
            self.connect()
        return self._client

    def connect(self) -> None:
        """Anew. Under `explained`."""
        pymilvus = import_pymilvus()
        self.close()
        address = self._uri if is_remote(self._uri) else self._serve(Path(self._uri))
        self._client = pymilvus.MilvusClient(
            uri=address,
            token=self._token,
            timeout=CONNECT_WITHIN_S,
            dedicated=True,
            grpc_options=_CHANNEL,
        )

    def load(self, table: str, index: Any) -> None:
        """Let it be asked. Milvus Lite writes an index in its own time; one that is cut off, since
        its program was killed, is made again. index: as `create_index` takes it. Under
        `explained`."""
        from pymilvus.exceptions import MilvusException

        try:
            self.client().load_collection(table)
        except MilvusException:
            if is_remote(self._uri):
                raise
            log.warning("an index of Milvus Lite is damaged, and made again")
            self.client().drop_index(table, "vector")
            self.client().create_index(table, index)
            self.client().load_collection(table)

    def page(self, table: str, after: int, n: int, fields: Sequence[str]) -> list[dict[str, Any]]:
        """The n rows whose photo_id comes next after this one, by rising photo_id; fewer are the
        last. Quickest where each page follows the one before."""
        place = (table, after, n, tuple(fields))
        before, self._pages = self._pages, None
        with self.explained():
            if before is not None and before[0] == place:
                pages = before[1]
            else:
                pages = self.client().query_iterator(
                    table,
                    batch_size=n,
                    filter=f"photo_id > {after}",
                    output_fields=list(fields),
                    timeout=self.within_s,
                )
            rows = sorted(pages.next(), key=lambda row: row["photo_id"])
            if len(rows) < n:
                pages.close()
            else:
                self._pages = (table, rows[-1]["photo_id"], n, tuple(fields)), pages
        return rows

    def close(self) -> None:
        self._pages = None
        if self._client is not None:
            self._client.close()
            self._client = None
        self._lite.close()

    def _serve(self, folder: Path) -> str:
        """Let Milvus Lite answer at a socket. Returns its address."""
        import grpc
        from milvus_lite.adapter.grpc.servicer import MilvusServicer
        from milvus_lite.db import MilvusLite
        from milvus_lite.exceptions import DataDirLockedError
        from pymilvus.grpc_gen import milvus_pb2_grpc

        folder.mkdir(parents=True, exist_ok=True)
        try:
            database = MilvusLite(str(folder))
        except DataDirLockedError as error:
            raise StoreAway(
                f"Another program uses the engine's files in {folder}.",
                "Close the other Likeness, or let it answer.",
            ) from error
        self._lite.callback(database.close)
        options = [
            ("grpc.max_receive_message_length", _MOST_BYTES),
            ("grpc.max_send_message_length", _MOST_BYTES),
        ]
        threads = self._lite.enter_context(ThreadPoolExecutor(4))
        server = grpc.server(threads, options=options)
        milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
        if os.name == "posix":
            place = self._lite.enter_context(tempfile.TemporaryDirectory(prefix="likeness-"))
            address = f"unix:{place}/milvus"
            server.add_insecure_port(address)
        else:
            port = server.add_insecure_port("127.0.0.1:0")
            address = f"http://127.0.0.1:{port}"
        server.start()
        self._lite.callback(lambda: server.stop(None).wait())
        return address

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """What pymilvus raises becomes a sentence."""
        import grpc
        from pymilvus.exceptions import MilvusException

        place = f"Milvus at {urlsplit(self._uri).hostname}" if is_remote(self._uri) else _LITE
        try:
            yield
        except (grpc.RpcError, MilvusException) as error:
            raise _explained(error, place) from error


def is_remote(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))


def import_pymilvus() -> Any:
    import pymilvus

    log = logging.getLogger("pymilvus")
    log.handlers.clear()  # it would write to the terminal
    log.setLevel(logging.CRITICAL)
    logging.getLogger("grpc").setLevel(logging.CRITICAL)  # Milvus Lite has no AllocTimestamp
    return pymilvus


_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_AWAY = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
_CONNECTING_FAILED = 2


def _explained(error: BaseException, place: str) -> EngineUnavailable:
    import grpc

    codes: list[object] = []
    words = ""
    for cause in _chain(error):  # pymilvus tells in words what gRPC tells by a code
        if isinstance(cause, grpc.RpcError):
            codes.append(cause.code().name)
            words = words or str(cause.details())
        else:
            codes.append(getattr(cause, "code", None))
            words = words or str(getattr(cause, "message", cause))
    if any(each in codes for each in _REFUSED) or "auth check failure" in words:
        return EngineUnavailable(
            f"{place} does not accept the password or token.",
            "Put the right one into LIKENESS_ENGINE_TOKEN or into ~/.netrc.",
        )
    if any(each in codes for each in (*_AWAY, _CONNECTING_FAILED)) or "timeout" in words:
        return StoreAway(f"{place} gives no answer.", LATER)
    if any(each in words for each in NO_ROOM):
        return StoreFull(f"{place} has no room: its disk is full.", "Make room there.")
    return EngineUnavailable(
        f"{place} cannot do that: {first_words(words)}.", "Its log may tell more."
    )


def _chain(error: BaseException) -> list[BaseException]:
    """It and its causes; pymilvus raises errors from themselves."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found
