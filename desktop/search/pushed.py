"""Conditions as engines understand them: scalars of photos, by which they can narrow a search."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from desktop.catalog import And, Filter, InFolder, Kind, Or, Taken, wall_clock_s
from desktop.index import Where

T = TypeVar("T", int, str)


def where_of(which: Filter) -> Where | None:
    """Conditions that hold for every photo of the filter; they may hold for others, too. None where
    nothing can be said."""
    where = Where()
    for part in which.parts if isinstance(which, And) else (which,):
        where = _narrowed(where, part)
    return where if where else None


def _narrowed(where: Where, part: Filter) -> Where:
    match part:
        case Taken(since, until):
            begins = [where.since_s, wall_clock_s(since) if since is not None else None]
            ends = [where.before_s, wall_clock_s(until) if until is not None else None]
            return replace(
                where,
                since_s=max((each for each in begins if each is not None), default=None),
                before_s=min((each for each in ends if each is not None), default=None),
            )
        case InFolder() | Kind():
            return _narrowed(where, Or((part,)))
        case Or(parts) if parts and all(isinstance(each, InFolder) for each in parts):
            found = {each.folder_id for each in parts if isinstance(each, InFolder)}
            return replace(where, folder_ids=_both(where.folder_ids, found))
        case Or(parts) if parts and all(isinstance(each, Kind) for each in parts):
            kinds = {each.format for each in parts if isinstance(each, Kind)}
            return replace(where, kinds=_both(where.kinds, kinds))
    return where


def _both(known: tuple[T, ...] | None, found: set[T]) -> tuple[T, ...]:
    return tuple(sorted(found if known is None else found & set(known)))
