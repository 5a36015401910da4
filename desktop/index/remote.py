"""The engines that are other programs: what the settings say of one becomes its index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from desktop.errors import EngineUnavailable
from desktop.index.index import folder_name
from desktop.index.stored import StoreIndex
from desktop.index.stores import clickhouse, milvus
from desktop.index.stores.access import expect_plain, find_login
from desktop.index.stores.hosted import Hosted
from desktop.index.stores.names import table_name
from desktop.index.stores.pgvector import PgvectorStore

if TYPE_CHECKING:
    from desktop.index.engines import EngineChoice


def make_milvus(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> StoreIndex:
    """Milvus Lite beside the other indexes, where no address is given."""
    uri = choice.uri or str(folder / folder_name(model_id) / "milvus")
    token = ""
    if milvus.is_remote(uri):
        expect_plain(uri)
        user, token = find_login(uri)
        token = f"{user}:{token}" if user and token else token
    elif "://" in uri:
        raise EngineUnavailable(
            "The address of a Milvus begins with http:// or https://, or is a folder."
        )
    store = Hosted(
        "milvus",
        milvus.MilvusStore,
        uri,
        token,
        table_name(folder, model_id),
        "ivf" in choice.options,
        most_hits=milvus.MOST_HITS,
        most_ids=milvus.MOST_IDS,
    )
    return StoreIndex(store, "milvus", model_id, dim)


def make_clickhouse(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> StoreIndex:
    """chdb beside the other indexes, where no address is given."""
    uri = choice.uri or str(folder / folder_name(model_id) / "clickhouse")
    user, password = "", ""
    if clickhouse.is_remote(uri):
        expect_plain(uri)
        user, password = find_login(uri)
    elif "://" in uri:
        raise EngineUnavailable(
            "The address of a ClickHouse begins with clickhouse:// or, for TLS, clickhouses://."
        )
    store = Hosted(
        "clickhouse",
        clickhouse.ClickHouseStore,
        uri,
        user,
        password,
        table_name(folder, model_id),
        "l2" if "l2" in choice.options else "cosine",
        most_hits=clickhouse.MOST_HITS,
        most_ids=clickhouse.MOST_IDS,
    )
    return StoreIndex(store, "clickhouse", model_id, dim)


def make_pgvector(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> StoreIndex:
    if not choice.uri.startswith(("postgresql://", "postgres://")):
        raise EngineUnavailable(
            "The engine pgvector needs the address of a PostgreSQL.",
            "For example `likeness engine use pgvector postgresql://me@photos.example/likeness`.",
        )
    expect_plain(choice.uri)
    store = PgvectorStore(choice.uri, table_name(folder, model_id))
    return StoreIndex(store, "pgvector", model_id, dim)
