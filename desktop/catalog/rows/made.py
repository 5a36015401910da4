"""What passes made of photos: vectors and other values, rows and back; what failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    false,
    func,
    insert,
    select,
    union_all,
    update,
)

from desktop.catalog.databases.spelling import WHOLE, among, these, upsert
from desktop.catalog.records import Failure, Ingested, Value
from desktop.catalog.rows.photos import fetch_ids
from desktop.catalog.schema import FailureRow, MadeRow, PassRow, PhotoRow, StateRow
from desktop.errors import ModelMismatch

_STORED = np.dtype("<f4")


# Made once, as in `photos`.
_ALL = (
    select(MadeRow.photo_id, MadeRow.value)
    .where(MadeRow.pass_key == bindparam("pass_key", type_=WHOLE))
    .order_by(MadeRow.photo_id)
)
_THESE = _ALL.where(among(MadeRow.photo_id))
_DONE = union_all(
    *(
        select(row.photo_id, PhotoRow.content_hash, PassRow.pass_id)
        .join(PassRow, PassRow.pass_key == row.pass_key)
        .join(PhotoRow, PhotoRow.photo_id == row.photo_id)
        .where(among(row.photo_id))
        for row in (MadeRow, FailureRow)
    )
)
_FAILURES = select(FailureRow.photo_id, FailureRow.problem, PassRow.pass_id).join(
    PassRow, PassRow.pass_key == FailureRow.pass_key
)
_DROP = delete(MadeRow).where(among(MadeRow.photo_id))
_DROP_FAILURES = delete(FailureRow).where(among(FailureRow.photo_id))
_new = upsert(MadeRow)
_PUT = _new.on_conflict_do_update(
    index_elements=[MadeRow.pass_key, MadeRow.photo_id],
    set_={"value": _new.excluded.value, "revision": _new.excluded.revision},
    where=MadeRow.value != _new.excluded.value,
)
_new_failure = upsert(FailureRow)
_PUT_FAILURE = _new_failure.on_conflict_do_update(
    index_elements=[FailureRow.pass_key, FailureRow.photo_id],
    set_={"problem": _new_failure.excluded.problem},
)
_COPY = insert(MadeRow).from_select(
    ["pass_key", "photo_id", "revision", "value"],
    select(
        MadeRow.pass_key,
        bindparam("to", type_=WHOLE),
        bindparam("at_revision", type_=WHOLE),
        MadeRow.value,
    ).where(MadeRow.photo_id == bindparam("from")),
)
_COPY_FAILURES = insert(FailureRow).from_select(
    ["pass_key", "photo_id", "problem"],
    select(FailureRow.pass_key, bindparam("to", type_=WHOLE), FailureRow.problem).where(
        FailureRow.photo_id == bindparam("from")
    ),
)
_OF_CONTENTS = (
    select(
        PhotoRow.photo_id,
        PhotoRow.content_hash,
        select(MadeRow.photo_id)
        .where(
            MadeRow.pass_key == bindparam("pass_key", type_=WHOLE),
            MadeRow.photo_id == PhotoRow.photo_id,
        )
        .exists()
        .label("is_made"),
    )
    .where(
        PhotoRow.content_hash.in_(bindparam("hashes", expanding=True)),
        PhotoRow.is_stale == false(),
        PhotoRow.problem.is_(None),
        PhotoRow.skipped_because.is_(None),
    )
    .order_by(PhotoRow.photo_id)
)
_new_pass = upsert(PassRow)
_NEW_PASS = _new_pass.on_conflict_do_update(
    index_elements=[PassRow.pass_id],
    set_={"dim": _new_pass.excluded.dim},
    where=PassRow.dim == 0,  # a pass that has only failed so far has no length yet
)
_PASS = select(PassRow.pass_key, PassRow.dim).where(PassRow.pass_id == bindparam("pass_id"))


class OfContent(NamedTuple):
    """A photo with a content that was asked for. Attributes: is_made: whether the pass has made
    something of it."""

    photo_id: int
    content_hash: str
    is_made: bool


def find_pass_key(connection: Connection, pass_id: str) -> int | None:
    key: int | None = connection.scalar(_PASS, {"pass_id": pass_id})
    return key


def find_vector(connection: Connection, photo_id: int, pass_id: str) -> NDArray[np.float32] | None:
    _, vectors = get_vectors(connection, [photo_id], pass_id)
    return vectors[0] if len(vectors) else None


def get_vectors(
    connection: Connection, photo_ids: Sequence[int], pass_id: str
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Those of the asked photos that have one, by rising photo_id."""
    return _arrays(connection, _THESE, pass_id, these(photo_ids))


def get_values(connection: Connection, photo_ids: Sequence[int], pass_id: str) -> dict[int, Value]:
    """photo_id -> what was made of it: a vector, or bytes where the pass makes no vectors."""
    pass_key, dim = connection.execute(_PASS, {"pass_id": pass_id}).one_or_none() or (None, 0)
    rows = connection.execute(_THESE, {"pass_key": pass_key, **these(photo_ids)})
    return {
        photo_id: np.frombuffer(value, _STORED).astype(np.float32) if dim else value
        for photo_id, value in rows
    }


def list_ids(connection: Connection, pass_id: str, since_revision: int = 0) -> NDArray[np.int64]:
    """Sorted photo_ids of which the pass made something after `since_revision` (each row stores the
    catalog's revision of its write), so that an index on disk can be brought up to date without
    reading the rest."""
    ids = select(MadeRow.photo_id).where(
        MadeRow.pass_key == _key(pass_id), MadeRow.revision > since_revision
    )
    found = fetch_ids(connection, ids)
    found.sort()
    return found


def list_done(connection: Connection, contents: Mapping[int, str]) -> dict[int, set[str]]:
    """contents: photo_id -> content_hash. Returns photo_id -> the pass_ids that were done with this
    very content."""
    done: dict[int, set[str]] = {photo_id: set() for photo_id in contents}
    for photo_id, content_hash, pass_id in connection.execute(_DONE, these(contents)):
        if content_hash == contents[photo_id]:
            done[photo_id].add(pass_id)
    return done


def list_failures(connection: Connection) -> list[tuple[int, str, str]]:
    """(photo_id, problem, pass_id) of all of them."""
    rows = connection.execute(_FAILURES)
    return [(photo_id, problem, pass_id) for photo_id, problem, pass_id in rows]


def list_dims(connection: Connection) -> dict[str, int]:
    """By pass_id, how long the vectors are that it makes; 0 where it makes something else."""
    return dict(connection.execute(select(PassRow.pass_id, PassRow.dim)).all())


def count_vectors(connection: Connection) -> dict[str, int]:
    """By pass_id, of the passes that make them."""
    counted = (
        select(PassRow.pass_id, func.count(MadeRow.photo_id))
        .join(MadeRow, MadeRow.pass_key == PassRow.pass_key)
        .where(PassRow.dim > 0)
        .group_by(PassRow.pass_key)
    )
    return dict(connection.execute(counted).all())


def save(connection: Connection, revision: int, batch: Iterable[Ingested]) -> None:
    """Write what passes made of these photos, or why they failed, in the place of what they said
    before. Where the very same bytes are stored already they keep their revision, so that an index
    need not take them in again. Raises ModelMismatch for a vector of another length."""
    by_pass: dict[str, dict[int, Value | Failure]] = {}
    for each in batch:
        for pass_id, result in each.made.items():
            by_pass.setdefault(pass_id, {})[each.photo_id] = result
    for pass_id, results in by_pass.items():
        values = {key: each for key, each in results.items() if not isinstance(each, Failure)}
        problems = {key: each.problem for key, each in results.items() if isinstance(each, Failure)}
        pass_key = _claim_pass(connection, pass_id, {_dim(each) for each in values.values()})
        _put(connection, pass_key, revision, values, problems)


def list_of_contents(
    connection: Connection, pass_id: str, content_hashes: Collection[str]
) -> list[OfContent]:
    """The photos whose content is one of these now, missing ones too, by photo_id. At most 32,000
    hashes."""
    key = find_pass_key(connection, pass_id)
    values = {"pass_key": key, "hashes": list(content_hashes)}
    return [
        OfContent(photo_id, content_hash or "", is_made)
        for photo_id, content_hash, is_made in connection.execute(_OF_CONTENTS, values)
    ]


def put_by_content(
    connection: Connection,
    revision: int,
    pass_id: str,
    vectors: Mapping[str, NDArray[np.float32]],
) -> list[OfContent]:
    """Give photos the vector of their content_hash, those that have none by this pass yet, and
    return them. Raises ModelMismatch for a vector of another length."""
    lacking = [each for each in list_of_contents(connection, pass_id, vectors) if not each.is_made]
    if lacking:
        pass_key = _claim_pass(connection, pass_id, {len(each) for each in vectors.values()})
        values = {each.photo_id: vectors[each.content_hash] for each in lacking}
        _put(connection, pass_key, revision, values, {})
    return lacking


def _put(
    connection: Connection,
    pass_key: int,
    revision: int,
    values: Mapping[int, Value],
    problems: Mapping[int, str],
) -> None:
    if values:
        written = {"pass_key": pass_key, "revision": revision}
        rows = [{**written, "photo_id": key, "value": _bytes(each)} for key, each in values.items()]
        connection.execute(_PUT, rows)
        of_pass = _DROP_FAILURES.where(FailureRow.pass_key == pass_key)
        connection.execute(of_pass, these(values))
    if problems:
        connection.execute(
            _PUT_FAILURE,
            [
                {"pass_key": pass_key, "photo_id": photo_id, "problem": problem}
                for photo_id, problem in problems.items()
            ],
        )
        connection.execute(_DROP.where(MadeRow.pass_key == pass_key), these(problems))


def copy(connection: Connection, revision: int, from_photo_id: int, to_photo_id: int) -> None:
    """Copy what all passes made of one photo to another, in place of what that had."""
    drop(connection, [to_photo_id])
    values = {"from": from_photo_id, "to": to_photo_id}
    connection.execute(_COPY, {**values, "at_revision": revision})
    connection.execute(_COPY_FAILURES, values)


def drop(connection: Connection, photo_ids: Iterable[int]) -> None:
    """Forget what all passes made of these photos, and what failed."""
    ids = these(photo_ids)
    connection.execute(_DROP, ids)
    connection.execute(_DROP_FAILURES, ids)


def drop_failures(connection: Connection, photo_ids: Iterable[int]) -> None:
    """Let every pass try these photos again."""
    connection.execute(_DROP_FAILURES, these(photo_ids))


def list_other_versions(connection: Connection, pass_id: str) -> list[str]:
    """The pass_ids of the same pass in other versions."""
    begins_with = pass_id.partition("@")[0] + "@"
    is_same = func.substr(PassRow.pass_id, 1, len(begins_with)) == begins_with
    return list(
        connection.scalars(select(PassRow.pass_id).where(is_same, PassRow.pass_id != pass_id))
    )


def drop_some(connection: Connection, pass_id: str, n: int) -> int:
    """Forget what this pass made of so many photos, and return how many there were."""
    of_it = MadeRow.pass_key == _key(pass_id)
    ids = connection.scalars(select(MadeRow.photo_id).where(of_it).limit(n)).all()
    connection.execute(_DROP.where(of_it), these(ids))
    return len(ids)


def drop_passes(connection: Connection, pass_ids: Sequence[str]) -> None:
    """Forget these passes and all that they made. A model among them is offered no more as the
    previous one, since it would have to begin anew."""
    state = update(StateRow).where(StateRow.previous_model.in_(pass_ids))
    connection.execute(state.values(previous_model=None))
    connection.execute(delete(PassRow).where(PassRow.pass_id.in_(pass_ids)))


def _key(pass_id: str) -> ScalarSelect[int]:
    return select(PassRow.pass_key).where(PassRow.pass_id == pass_id).scalar_subquery()


def _arrays(
    connection: Connection, rows: Select[int, bytes], pass_id: str, values: Mapping[str, Any]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(n,) int64 and (n, d) float32, both writable; (0, 0) for a pass that has made nothing."""
    known = connection.execute(_PASS, {"pass_id": pass_id}).one_or_none()
    key, dim = known or (None, 0)
    found = connection.execute(rows, {**values, "pass_key": key}).all()
    photo_ids = np.fromiter((row[0] for row in found), np.int64, len(found))
    joined = bytearray().join(row[1] for row in found)
    vectors = np.frombuffer(joined, _STORED).astype(np.float32, copy=False)
    return photo_ids, vectors.reshape(len(found), dim)


def _dim(value: Value) -> int:
    return 0 if isinstance(value, bytes) else len(value)


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else np.ascontiguousarray(value, _STORED).tobytes()


def _claim_pass(connection: Connection, pass_id: str, dims: set[int]) -> int:
    """The key of the pass, which is made if need be; its first vector says how long all are. dims:
    the lengths of what is to be saved."""
    connection.execute(_NEW_PASS, {"pass_id": pass_id, "dim": min(dims, default=0)})
    key, dim = connection.execute(_PASS, {"pass_id": pass_id}).one()
    if dims and dims != {dim}:
        raise ModelMismatch(f"{pass_id} has embeddings of {dim} numbers, not of {sorted(dims)}")
    return key
