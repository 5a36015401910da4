"""Embeddings: float32 rows of SQLite to arrays and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
    Integer,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from desktop.catalog.photos import among, fetch_ids, these
from desktop.catalog.schema import EmbeddingRow, ModelRow, StateRow
from desktop.errors import ModelMismatch

_STORED = np.dtype("<f4")


# Made once, as in `photos`.
_ALL = (
    select(EmbeddingRow.photo_id, EmbeddingRow.vector)
    .where(EmbeddingRow.model_key == bindparam("model_key", type_=Integer))
    .order_by(EmbeddingRow.photo_id)
)
_THESE = _ALL.where(among(EmbeddingRow.photo_id))
_PAGE = _ALL.where(EmbeddingRow.photo_id > bindparam("after")).limit(
    bindparam("at_most", type_=Integer)
)
_DROP = delete(EmbeddingRow).where(among(EmbeddingRow.photo_id))
_new = upsert(EmbeddingRow)
_PUT = _new.on_conflict_do_update(
    index_elements=[EmbeddingRow.model_key, EmbeddingRow.photo_id],
    set_={"vector": _new.excluded.vector, "revision": _new.excluded.revision},
    where=EmbeddingRow.vector != _new.excluded.vector,
)
_COPY = insert(EmbeddingRow).from_select(
    ["model_key", "photo_id", "revision", "vector"],
    select(
        EmbeddingRow.model_key,
        bindparam("to", type_=Integer),
        bindparam("at_revision", type_=Integer),
        EmbeddingRow.vector,
    ).where(EmbeddingRow.photo_id == bindparam("from")),
)
_NEW_MODEL = upsert(ModelRow).on_conflict_do_nothing()
_MODEL = select(ModelRow.model_key, ModelRow.dim).where(ModelRow.model_id == bindparam("model_id"))


def find_model_key(connection: Connection, model_id: str) -> int | None:
    key: int | None = connection.scalar(_MODEL, {"model_id": model_id})
    return key


def find(connection: Connection, photo_id: int, model_id: str) -> NDArray[np.float32] | None:
    _, vectors = get(connection, [photo_id], model_id)
    return vectors[0] if len(vectors) else None


def get(
    connection: Connection, photo_ids: Sequence[int], model_id: str
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return _arrays(connection, _THESE, model_id, these(photo_ids))


def page(
    connection: Connection, model_id: str, after_photo_id: int, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    return _arrays(connection, _PAGE, model_id, {"after": after_photo_id, "at_most": limit})


def list_ids(connection: Connection, model_id: str, since_revision: int) -> NDArray[np.int64]:
    ids = select(EmbeddingRow.photo_id).where(
        EmbeddingRow.model_key == _key(model_id), EmbeddingRow.revision > since_revision
    )
    found = fetch_ids(connection, ids)
    found.sort()
    return found


def count_by_model(connection: Connection) -> dict[str, int]:
    counted = (
        select(ModelRow.model_id, func.count(EmbeddingRow.photo_id))
        .join(EmbeddingRow, EmbeddingRow.model_key == ModelRow.model_key)
        .group_by(ModelRow.model_key)
    )
    return dict(connection.execute(counted).all())


def save(
    connection: Connection,
    revision: int,
    model_id: str,
    vectors: Mapping[int, NDArray[np.float32]],
) -> None:
    """Write (d,) vectors by photo_id. One that is stored already, equal to the bit, keeps its
    revision, so that an index need not take it in again. Raises ModelMismatch for another d."""
    if not vectors:
        return
    key = _claim_model(connection, model_id, {len(vector) for vector in vectors.values()})
    connection.execute(
        _PUT,
        [
            {
                "model_key": key,
                "photo_id": photo_id,
                "revision": revision,
                "vector": np.ascontiguousarray(vector, _STORED).tobytes(),
            }
            for photo_id, vector in vectors.items()
        ],
    )


def copy(connection: Connection, revision: int, from_photo_id: int, to_photo_id: int) -> None:
    """All models' embeddings, in place of those that were there."""
    drop(connection, [to_photo_id])
    connection.execute(_COPY, {"from": from_photo_id, "to": to_photo_id, "at_revision": revision})


def drop(connection: Connection, photo_ids: Iterable[int]) -> None:
    """All models' embeddings of these photos."""
    connection.execute(_DROP, these(photo_ids))


def drop_model(connection: Connection, model_id: str) -> None:
    """Also lets go of the wish to return to that model, which would have to begin anew."""
    connection.execute(delete(EmbeddingRow).where(EmbeddingRow.model_key == _key(model_id)))
    connection.execute(delete(ModelRow).where(ModelRow.model_id == model_id))
    state = update(StateRow).where(StateRow.previous_model == model_id)
    connection.execute(state.values(previous_model=None))


def _key(model_id: str) -> ScalarSelect[int]:
    return select(ModelRow.model_key).where(ModelRow.model_id == model_id).scalar_subquery()


def _arrays(
    connection: Connection, rows: Select[int, bytes], model_id: str, values: Mapping[str, Any]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(n,) int64 and (n, d) float32, both writable; (0, 0) for a model that has no embeddings."""
    model = connection.execute(_MODEL, {"model_id": model_id}).one_or_none()
    key, dim = model or (None, 0)
    found = connection.execute(rows, {**values, "model_key": key}).all()
    photo_ids = np.fromiter((row[0] for row in found), np.int64, len(found))
    joined = bytearray().join(row[1] for row in found)
    vectors = np.frombuffer(joined, _STORED).astype(np.float32, copy=False)
    return photo_ids, vectors.reshape(len(found), dim)


def _claim_model(connection: Connection, model_id: str, dims: set[int]) -> int:
    """The model's key; the first embedding fixes its dim."""
    connection.execute(_NEW_MODEL, {"model_id": model_id, "dim": min(dims)})
    key, dim = connection.execute(_MODEL, {"model_id": model_id}).one()
    if dims != {dim}:
        raise ModelMismatch(f"{model_id} has embeddings of {dim} numbers, not of {sorted(dims)}")
    return key
