"""How much of what is meant an answer has searched, and what was left out."""

from __future__ import annotations

from pathlib import Path

from desktop.catalog import LISTED, And, Catalog, Filter, HasProblem, InFolder, Or, Unread
from desktop.library.reports import Coverage
from desktop.search import Results


def covered_by(results: Results, catalog: Catalog, gone: frozenset[int] = frozenset()) -> Coverage:
    """What these results have searched; of conditions alone, of which photos they can be told.
    gone: folders that are away, though the catalog does not know it yet; their photos may be among
    the hits. Not on Qt's main thread."""
    if results.query.is_listing:
        return told_of(results.query.chosen_from, catalog, gone)
    which = results.query.narrowed
    unreadable = catalog.photos.count(_unreadable(which))
    return Coverage(
        searched=results.searched,
        total=results.total + unreadable,
        waiting=max(results.total - results.searched, 0),
        unreadable=unreadable,
        missing=_away(which, catalog, gone),
    )


def told_of(which: Filter, catalog: Catalog, gone: frozenset[int] = frozenset()) -> Coverage:
    """Of which of these photos conditions can be told: what has not been read says neither its
    camera nor its size. gone: see `covered_by`. Not on Qt's main thread."""
    count = catalog.photos.count
    total, unreadable, waiting = count(which), count(_unreadable(which)), count(which & Unread())
    away = _away(which, catalog, gone)
    return Coverage(total - waiting, total + unreadable, waiting, unreadable, away)


def _away(which: Filter, catalog: Catalog, gone: frozenset[int] = frozenset()) -> tuple[Path, ...]:
    """The watched folders that are away, of those that may hold what is meant."""
    folders = catalog.folders.list_all()
    return tuple(
        each.path
        for each in folders
        if (each.is_missing or each.folder_id in gone) and _may_hold(each.folder_id, which)
    )


def _unreadable(which: Filter) -> Filter:
    """The photos that would be among these, could they be read."""
    parts = which.parts if isinstance(which, And) else (which,)
    if LISTED not in parts:
        return Or(())
    return And(tuple(HasProblem() if part == LISTED else part for part in parts))


def _may_hold(folder_id: int, which: Filter) -> bool:
    """Whether photos of this folder can be meant, as far as folders tell."""
    match which:
        case InFolder():
            return which.folder_id == folder_id
        case And():
            return all(_may_hold(folder_id, part) for part in which.parts)
        case Or():
            return any(_may_hold(folder_id, part) for part in which.parts)
        case _:
            return True
