"""Milvus: Milvus Lite in files of our own, or a cluster behind a URI, through pymilvus.

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

import numpy as np

from desktop.errors import EngineUnavailable
from desktop.index.facts import Facts, Where, facts_and_revisions
from desktop.index.part import FloatArray, IdArray
from desktop.index.stores.store import StoreAway, StoreCount, Within, as_arrays, first_words
from desktop.jobs import Job

MOST_HITS = 16_000
"""Milvus gives 16,384 at most."""
MOST_IDS = 10_000

CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 10.0
"""pymilvus tries again for so long."""

_N_CLUSTERS = 128
_N_PROBED = 16
_LISTED_AT_ONCE = 10_000
_PUT_AT_ONCE = 1_000
_KIND_LETTERS = 32
_MOST_BYTES = 256 << 20

_MARK = 0
"""The photo_id of no photo: this row has the newest revision, since Milvus cannot tell which is
the highest of a column. It is written together with the rows that it speaks of."""

_LITE = "Milvus Lite"

_CHANNEL = {
    "grpc.use_local_subchannel_pool": 1,  # a new client tries at once, whatever one before met
    "grpc.max_reconnect_backoff_ms": 2_000,
}

_FACTS = ["photo_id", "revision", "folder_id", "taken_s", "kind"]


class MilvusStore:
    """A collection of Milvus; see VectorStore."""

    most_hits = MOST_HITS
    most_ids = MOST_IDS

    def __init__(self, uri: str, token: str, table: str, has_clusters: bool) -> None:
        """uri: http(s)://host:port/database, or a folder for Milvus Lite. has_clusters: rows are
        put into clusters, of which a first answer looks at the nearest."""
        self.has_first = has_clusters
        self._uri = uri
        self._token = token
        self._table = table
        self._client: Any = None
        self._lite = contextlib.ExitStack()

    def greet(self) -> None:
        with self._explained():
            self._connect()
            self._client.list_collections(timeout=ANSWER_WITHIN_S)

    def forget(self, prefix: str) -> None:
        with self._explained():
            self._connect()
            for name in self._client.list_collections(timeout=ANSWER_WITHIN_S):
                if name.startswith(prefix):
                    self._client.drop_collection(name)

    def open(self, dim: int) -> None:
        with self._explained():
            self._connect()
            if self._client.has_collection(self._table) and self._known_dim() != dim:
                self._client.drop_collection(self._table)
            if not self._client.has_collection(self._table):
                self._create(dim)
            self._client.load_collection(self._table)
        self._dim = dim

    def _connect(self) -> None:
        """Under `_explained`."""
        pymilvus = _import()
        self.close()
        address = self._uri if is_remote(self._uri) else self._serve(Path(self._uri))
        self._client = pymilvus.MilvusClient(
            uri=address,
            token=self._token,
            timeout=CONNECT_WITHIN_S,
            dedicated=True,
            grpc_options=_CHANNEL,
        )

    def count(self) -> StoreCount:
        with self._explained():
            (counted,) = self._client.query(
                self._table, filter="", output_fields=["count(*)"], timeout=ANSWER_WITHIN_S
            )
            marked = self._client.get(
                self._table, ids=[_MARK], output_fields=["revision"], timeout=ANSWER_WITHIN_S
            )
        revision = marked[0]["revision"] if marked else 0
        return StoreCount(counted["count(*)"] - len(marked), revision)

    def list_rows(self) -> tuple[Facts, IdArray]:
        rows: list[tuple[Any, ...]] = []
        with self._explained():
            pages = self._client.query_iterator(
                self._table,
                batch_size=_LISTED_AT_ONCE,
                filter=f"photo_id > {_MARK}",
                output_fields=_FACTS,
                timeout=ANSWER_WITHIN_S,
            )
            while page := pages.next():
                rows += [tuple(row[name] for name in _FACTS) for row in page]
            pages.close()
        return facts_and_revisions(sorted(rows))

    def get(self, photo_ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        with self._explained():
            found = self._client.get(
                self._table,
                ids=list(photo_ids),
                output_fields=["photo_id", "vector"],
                timeout=ANSWER_WITHIN_S,
            )
        rows = sorted((row["photo_id"], row["vector"]) for row in found)
        ids = np.array([row[0] for row in rows], np.int64)
        return ids, np.array([row[1] for row in rows], np.float32).reshape(len(rows), self._dim)

    def put(self, facts: Facts, vectors: FloatArray, revision: int) -> None:
        for start in range(0, len(facts), _PUT_AT_ONCE):
            part = slice(start, start + _PUT_AT_ONCE)
            rows = [
                _row(*each, revision)
                for each in zip(
                    facts.photo_ids[part].tolist(),
                    vectors[part],
                    facts.folder_ids[part].tolist(),
                    facts.taken_s[part].tolist(),
                    facts.kinds[part].tolist(),
                    strict=True,
                )
            ]
            mark = np.zeros(self._dim, np.float32)
            mark[0] = 1.0
            rows.append(_row(_MARK, mark, -1, 0.0, "", revision))
            with self._explained():
                self._client.upsert(self._table, rows, timeout=ANSWER_WITHIN_S)

    def remove(self, photo_ids: IdArray) -> None:
        for start in range(0, len(photo_ids), MOST_IDS):
            ids = photo_ids[start : start + MOST_IDS].tolist()
            with self._explained():
                self._client.delete(self._table, ids=ids, timeout=ANSWER_WITHIN_S)

    def search(
        self, vector: FloatArray, n: int, within: Within, exact: bool, least: float = -1.0
    ) -> tuple[IdArray, FloatArray]:
        probed = {"nprobe": _N_CLUSTERS if exact else _N_PROBED} if self.has_first else {}
        with self._explained():
            (hits,) = self._client.search(
                self._table,
                [vector],
                limit=n + 1,  # the mark may be among them
                filter=said(within),
                search_params={"metric_type": "COSINE", "params": probed},
                timeout=ANSWER_WITHIN_S,
            )
        found = [(hit["photo_id"], hit["distance"]) for hit in hits if hit["photo_id"] != _MARK]
        return as_arrays([each for each in found[:n] if each[1] >= least])

    def settle(self, job: Job | None = None) -> None:  # noqa: ARG002
        with self._explained():
            self._client.flush(self._table)
            self._client.compact(self._table)

    def drop(self) -> None:
        with self._explained():
            self._client.drop_collection(self._table)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._lite.close()

    def _known_dim(self) -> int:
        fields = self._client.describe_collection(self._table)["fields"]
        (vector,) = [field for field in fields if field["name"] == "vector"]
        return int(vector["params"]["dim"])

    def _create(self, dim: int) -> None:
        pymilvus = _import()
        kinds = pymilvus.DataType
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("photo_id", kinds.INT64, is_primary=True)
        schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dim)
        schema.add_field("revision", kinds.INT64)
        schema.add_field("folder_id", kinds.INT64)
        schema.add_field("taken_s", kinds.DOUBLE)
        schema.add_field("kind", kinds.VARCHAR, max_length=_KIND_LETTERS)
        index = self._client.prepare_index_params()
        index.add_index(
            "vector",
            index_type="IVF_FLAT" if self.has_first else "FLAT",
            metric_type="COSINE",
            params={"nlist": _N_CLUSTERS} if self.has_first else {},
        )
        self._client.create_collection(
            self._table, schema=schema, index_params=index, consistency_level="Strong"
        )

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
    def _explained(self) -> Iterator[None]:
        """What pymilvus raises becomes a sentence."""
        import grpc
        from pymilvus.exceptions import MilvusException

        place = f"Milvus at {urlsplit(self._uri).hostname}" if is_remote(self._uri) else _LITE
        try:
            yield
        except (grpc.RpcError, MilvusException) as error:
            raise _explained(error, place) from error


def said(within: Within) -> str:
    """As Milvus says it; "" for all rows."""
    if within is None:
        return ""
    if not isinstance(within, Where):
        return f"photo_id in {within.tolist()}"
    parts = []
    if within.folder_ids is not None:
        parts.append(f"folder_id in {list(within.folder_ids)}")
    if within.since_s is not None:
        parts.append(f"taken_s >= {within.since_s!r}")
    if within.before_s is not None:
        parts.append(f"taken_s < {within.before_s!r}")
    if within.kinds is not None:
        kinds = ", ".join(
            '"' + kind.replace("\\", "\\\\").replace('"', '\\"') + '"' for kind in within.kinds
        )
        parts.append(f"kind in [{kinds}]")
    return " and ".join(parts)


def _row(
    photo_id: int, vector: FloatArray, folder_id: int, taken_s: float, kind: str, revision: int
) -> dict[str, object]:
    return {
        "photo_id": photo_id,
        "vector": vector,
        "revision": revision,
        "folder_id": folder_id,
        "taken_s": taken_s,
        "kind": kind,
    }


def is_remote(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))


def _import() -> Any:
    import pymilvus

    log = logging.getLogger("pymilvus")
    log.handlers.clear()  # it would write to the terminal
    log.setLevel(logging.CRITICAL)
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
        return StoreAway(f"{place} gives no answer.", "It is asked again after a while.")
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
