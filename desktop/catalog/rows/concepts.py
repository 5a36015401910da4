"""Concepts: what a name means, taught by photos. Reads and writes inside a transaction of the
caller."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from desktop.catalog.databases.spelling import among, these
from desktop.catalog.names import folded
from desktop.catalog.records import Concept
from desktop.catalog.schema import ConceptRow, ExampleRow, PhotoRow
from desktop.errors import NameUnusable

_ALL = select(ConceptRow.concept_id, ConceptRow.name, ConceptRow.n_taught)
_EXAMPLES = select(ExampleRow.concept_id, ExampleRow.photo_id, ExampleRow.is_wanted).order_by(
    ExampleRow.photo_id
)
_KNOWN = select(PhotoRow.photo_id).where(among(PhotoRow.photo_id))


def list_all(connection: Connection) -> list[Concept]:
    """By name."""
    more: dict[int, list[int]] = {}
    less: dict[int, list[int]] = {}
    for concept_id, photo_id, is_wanted in connection.execute(_EXAMPLES):
        (more if is_wanted else less).setdefault(concept_id, []).append(photo_id)
    concepts = [
        Concept(id_, name, tuple(more.get(id_, ())), tuple(less.get(id_, ())), n_taught)
        for id_, name, n_taught in connection.execute(_ALL)
    ]
    return sorted(concepts, key=lambda concept: (folded(concept.name), concept.concept_id))


def teach(connection: Connection, name: str, more: Sequence[int], less: Sequence[int]) -> Concept:
    """Let these photos, and no others, teach it. Those that were removed meanwhile are passed
    over."""
    known = set(connection.scalars(_KNOWN, these([*more, *less])))
    more, less = ([each for each in dict.fromkeys(ids) if each in known] for ids in (more, less))
    n_taught = len(more) + len(less)
    concept = _find(connection, name)
    if concept is None:
        new = insert(ConceptRow).values(name=name, n_taught=n_taught)
        concept_id = connection.scalar(new.returning(ConceptRow.concept_id))
        assert concept_id is not None
    else:
        concept_id = concept.concept_id
        now = update(ConceptRow).where(ConceptRow.concept_id == concept_id)
        connection.execute(now.values(name=name, n_taught=n_taught))
        connection.execute(delete(ExampleRow).where(ExampleRow.concept_id == concept_id))
    rows = [
        {"concept_id": concept_id, "photo_id": photo_id, "is_wanted": is_wanted}
        for ids, is_wanted in ((more, True), (less, False))
        for photo_id in ids
    ]
    if rows:
        connection.execute(insert(ExampleRow), rows)
    return Concept(concept_id, name, tuple(sorted(more)), tuple(sorted(less)), n_taught)


def rename(connection: Connection, concept_id: int, name: str) -> None:
    """Raises NameUnusable for a name that another has."""
    other = _find(connection, name)
    if other is not None and other.concept_id != concept_id:
        raise NameUnusable(
            f"Something is called “{other.name}” already.", "Choose another name, or forget that."
        )
    known = update(ConceptRow).where(ConceptRow.concept_id == concept_id)
    connection.execute(known.values(name=name))


def forget(connection: Connection, concept_id: int) -> None:
    connection.execute(delete(ConceptRow).where(ConceptRow.concept_id == concept_id))


def _find(connection: Connection, name: str) -> Concept | None:
    """Names are the same whatever their case and accents."""
    wanted = folded(name)
    return next((each for each in list_all(connection) if folded(each.name) == wanted), None)
