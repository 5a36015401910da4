"""The engines that are other programs: what the settings say of one becomes its store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.errors import EngineUnavailable
from desktop.index.local.index import folder_name
from desktop.index.stores import clickhouse, milvus, pgvector
from desktop.index.stores.access import expect_plain, find_login
from desktop.index.stores.hosted import Hosted
from desktop.index.stores.index import StoreIndex
from desktop.index.stores.names import prefix_of, table_name
from desktop.index.stores.store import VectorStore

if TYPE_CHECKING:
    from desktop.index.engines import EngineChoice


def make(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> StoreIndex:
    """See `EngineRow.make`."""
    place = Path(choice.uri).expanduser().absolute() if choice.uri else folder
    at = choice.uri if is_remote(choice) else str(place / folder_name(model_id) / choice.name)
    store = _STORES[choice.name](choice, at, table_name(folder, model_id))
    return StoreIndex(store, choice.name, model_id, dim)


def expect(choice: EngineChoice) -> None:
    """Raises EngineUnavailable where a server does not answer, or does not let us in."""
    if is_remote(choice):
        with closing(_STORES[choice.name](choice, choice.uri, "likeness")) as store:
            store.greet()


def forget(choice: EngineChoice, folder: Path) -> None:
    """Leave nothing of a library on a server, or in files that somebody has chosen. folder: that of
    all indexes. Raises EngineUnavailable."""
    if is_remote(choice):
        with closing(_STORES[choice.name](choice, choice.uri, "likeness")) as store:
            store.forget(prefix_of(folder))
    elif choice.uri:
        for model in folder.iterdir():
            place = Path(choice.uri).expanduser() / model.name / choice.name
            shutil.rmtree(place, ignore_errors=True)


def is_remote(choice: EngineChoice) -> bool:
    """Whether it is at an address, and not in files here. Raises EngineUnavailable for an address
    that is none of its kind, or that holds a password."""
    if choice.uri.startswith(ADDRESSES[choice.name]):
        expect_plain(choice.uri)
        return True
    if "://" in choice.uri or choice.name == "pgvector":
        begins = " or ".join(ADDRESSES[choice.name])
        raise EngineUnavailable(
            f"The engine {choice.name} needs an address that begins with {begins}.",
            f"For example {_EXAMPLES[choice.name]}.",
        )
    return False


def login_at(kind: str, address: str) -> tuple[str, ...]:
    """What a client of this engine is told of who asks, in its own order; empty texts where there
    is nothing to be told. Raises EngineUnavailable."""
    user, token = find_login(address) if address else ("", "")
    if kind == "milvus":
        return (f"{user}:{token}" if user and token else token,)
    return user, token


def _milvus(choice: EngineChoice, at: str, table: str) -> VectorStore:
    return Hosted(
        "milvus",
        milvus.MilvusStore,
        at,
        *login_at("milvus", at if is_remote(choice) else ""),
        table,
        "ivf" in choice.options,
        most_hits=milvus.MOST_HITS,
        most_ids=milvus.MOST_IDS,
    )


def _clickhouse(choice: EngineChoice, at: str, table: str) -> VectorStore:
    return Hosted(
        "clickhouse",
        clickhouse.ClickHouseStore,
        at,
        *login_at("clickhouse", at if is_remote(choice) else ""),
        table,
        "l2" if "l2" in choice.options else "cosine",
        most_hits=clickhouse.MOST_HITS,
        most_ids=clickhouse.MOST_IDS,
    )


def _pgvector(_: EngineChoice, at: str, table: str) -> VectorStore:
    return pgvector.PgvectorStore(at, table)


_STORES: dict[str, Callable[[EngineChoice, str, str], VectorStore]] = {
    "milvus": _milvus,
    "clickhouse": _clickhouse,
    "pgvector": _pgvector,
}
ADDRESSES = {
    "milvus": ("http://", "https://"),
    "clickhouse": ("clickhouse://", "clickhouses://"),
    "pgvector": ("postgresql://", "postgres://"),
}
_EXAMPLES = {
    "milvus": "https://photos.example:19530",
    "clickhouse": "clickhouses://me@photos.example/photos",
    "pgvector": "postgresql://me@photos.example/photos",
}
