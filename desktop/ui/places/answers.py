"""Answer: what the grid shows of a place; and how an exact one replaces a first one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from desktop.library import AlikeIds, Band, Coverage, Hit, Library, Month, Part, Results, check
from desktop.ui.look import wording
from desktop.ui.places.place import Arrangement, Order, Place, Spot, folder_title

N_MET = 10
"""So many of the best hits tell how well each clause is met."""

N_NEAREST = 12
"""So many of the nearest photos are shown where none is likely."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a photo stands in a group of look-alikes.

    Attributes:
        at: 0 for the one that stands for all, which is shown while the group is closed.
        n: how many there are.
        n_lower: how many of them are in a lower band than the one that stands for all.
    """

    at: int
    n: int
    is_open: bool
    n_lower: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the grid shows.

    Attributes:
        photo_ids: (n,) in the order they are shown.
        months: of photos that are listed, in the same order; () of a search.
        rows_of_months: how many rows stand under each month, where look-alikes are put together;
            () where there is one for each photo.
        results: of a search; None when photos are listed by date, all or those that meet
            conditions.
        coverage: how much of what is here a search has covered, of words or of conditions; None
            where photos are listed without one.
        headers_of: of hits along the time line or by folder, by photo_id, the header it stands
            under, its month or folder; {} where the best match is first.
        alike: groups of look-alikes among the hits.
        stacks: of those in such groups, by photo_id, where they are put together.
        is_refresh: the same place was asked about again, so the grid stays where it is scrolled to.
        is_confirmation: a refresh that follows a first answer at once, compared exactly.
        spot: where to scroll to, after going back or forward; None is the very top.
    """

    place: Place
    photo_ids: NDArray[np.int64]
    months: tuple[Month, ...] = ()
    rows_of_months: tuple[int, ...] = ()
    results: Results | None = None
    coverage: Coverage | None = None
    headers_of: Mapping[int, str] = field(default_factory=dict)
    alike: AlikeIds = ()
    stacks: Mapping[int, Stack] = field(default_factory=dict)
    is_refresh: bool = False
    is_confirmation: bool = False
    spot: Spot | None = None

    @property
    def is_final(self) -> bool:
        """Whether no exact answer follows."""
        return self.results is None or self.results.is_exact

    @property
    def hits(self) -> tuple[Hit, ...]:
        return self.results.hits if self.results is not None else ()


def find_answer(library: Library, place: Place, exact: bool) -> Answer:
    """What is there. Not on the main thread. exact: as in `Library.search`. Raises UserError."""
    query = place.query
    if query is not None and not query.is_listing:
        results, headers_of = _arranged(library, library.search(query, exact), place.arrangement)
        return Answer(
            place,
            np.array([hit.photo_id for hit in results.hits], np.int64),
            results=results,
            coverage=library.coverage(results),
            headers_of=headers_of,
            alike=library.arranging.find_alike(results),
        )
    if query is not None:
        check(query.text, query.attributes)
        query = library.folders.resolved(query)
    listing = library.photos.list_by_date(place.filter if query is None else query.narrowed)
    coverage = None if query is None else library.coverage_of(query.chosen_from)
    if place.order is Order.OLDEST_FIRST:
        return Answer(place, listing.photo_ids[::-1], listing.months[::-1], coverage=coverage)
    return Answer(place, listing.photo_ids, listing.months, coverage=coverage)


def _arranged(
    library: Library, results: Results, how: Arrangement
) -> tuple[Results, Mapping[int, str]]:
    if how.order is None:
        return library.arranging.vary(results, how.variety), {}
    if how.order is Order.BY_FOLDER:
        ordered, folders = library.arranging.by_folder(results)
        watched = library.folders.list_all()
        called = {path: folder_title(path, watched) for path in set(folders.values())}
        return ordered, {photo_id: called[path] for photo_id, path in folders.items()}
    dated, months = library.arranging.date(results)
    if how.order is Order.OLDEST_FIRST:
        dated = replace(dated, hits=dated.hits[::-1])
    return dated, {photo_id: wording.month(*month) for photo_id, month in months.items()}


def shares_of(answer: Answer) -> tuple[int, dict[Part, float]]:
    """How well the clauses of a search are met, where there are several: of each the mean
    probability that it holds for the best hits, which an unwanted one does where it is not to be
    seen; and how many hits these are."""
    best = sorted(answer.hits, key=lambda hit: hit.probability, reverse=True)[:N_MET]
    met: dict[Part, list[float]] = {}
    for hit in best:
        for each in hit.parts if len(hit.parts) > 1 else ():
            holds = 1 - each.probability if each.clause.is_unwanted else each.probability
            met.setdefault(each.clause, []).append(holds)
    return len(best), {clause: sum(each) / len(each) for clause, each in met.items()}


def without_weak(answer: Answer) -> Answer:
    """The answer without the hits that are unlikely; where there are no others but those that a
    person has marked, with the nearest of them. In another order than by match what is maybe goes
    too, if anything is likely, since it would stand among the likely ones."""
    results = answer.results
    if results is None:
        return answer
    marked = frozenset(results.query.more)
    best = sorted(results.hits, key=lambda hit: hit.probability, reverse=True)
    nearest = frozenset([h.photo_id for h in best if h.photo_id not in marked][:N_NEAREST])
    choices: list[Callable[[Hit], bool]] = [
        lambda hit: hit.band is not Band.UNLIKELY,
        lambda hit: hit.band is not Band.UNLIKELY or hit.photo_id in nearest,
    ]
    if answer.headers_of:
        choices.insert(0, lambda hit: hit.band is Band.LIKELY)
    hits = results.hits
    for is_chosen in choices:
        hits = tuple(hit for hit in results.hits if is_chosen(hit))
        if any(hit.photo_id not in marked for hit in hits):
            break
    if len(hits) == len(results.hits):
        return answer
    ids = np.array([hit.photo_id for hit in hits], np.int64)
    return replace(answer, photo_ids=ids, results=replace(results, hits=hits))


def collapsed(answer: Answer, opened: Set[int]) -> Answer:
    """The answer with one photo for each group of look-alikes; of a group of which a photo is in
    `opened`, the others follow right behind it, in its band: they show the same."""
    results = answer.results
    if results is None or not answer.alike:
        return answer
    known = {hit.photo_id: hit for hit in results.hits}
    groups = [[each for each in group if each in known] for group in answer.alike]
    group_of = {each: group for group in groups if len(group) > 1 for each in group}
    stacks: dict[int, Stack] = {}
    hits: list[Hit] = []
    for hit in results.hits:
        group = group_of.get(hit.photo_id)
        if group is None:
            hits.append(hit)
        elif group[0] == hit.photo_id:
            is_open = not opened.isdisjoint(group)
            shown = group if is_open else group[:1]
            n_lower = sum(known[each].band is not hit.band for each in group)
            stacks |= {
                each: Stack(at, len(group), is_open, n_lower) for at, each in enumerate(shown)
            }
            hits.extend(replace(known[each], band=hit.band) for each in shown)
    ids = np.array([hit.photo_id for hit in hits], np.int64)
    return replace(answer, photo_ids=ids, results=replace(results, hits=tuple(hits)), stacks=stacks)


def agree(first: Answer, exact: Answer) -> bool:
    """Whether both show the same photos, in the same order and sections."""
    is_same = np.array_equal(first.photo_ids, exact.photo_ids) and first.stacks == exact.stacks
    pairs = zip(first.hits, exact.hits, strict=True)
    return is_same and all(one.section is other.section for one, other in pairs)


def keep_cell(first: Answer, exact: Answer, row: int) -> Answer:
    """The exact answer, but for the photo at `row` of the first one, which keeps its column: it
    stands as far from the start of its section as before. All others are where they belong.

    It is for the photo under the mouse, which may be about to be clicked; nothing is changed where
    that photo is in the exact answer no longer.
    """
    results = exact.results
    if results is None or exact.headers_of or not 0 <= row < len(first.hits):
        return exact
    hit = first.hits[row]
    hits = list(exact.hits)
    at = next((at for at, each in enumerate(hits) if each.photo_id == hit.photo_id), None)
    if at is None:
        return exact
    rows = [other for other, each in enumerate(hits) if each.section is hits[at].section]
    place = rows[0] + row - _first_of_section(first.hits, row)
    hits.insert(min(place, rows[-1]), hits.pop(at))
    ids = np.array([each.photo_id for each in hits], np.int64)
    return replace(exact, photo_ids=ids, results=replace(results, hits=tuple(hits)))


def _first_of_section(hits: Sequence[Hit], row: int) -> int:
    """The row where the section of `row` begins."""
    while row and hits[row - 1].section is hits[row].section:
        row -= 1
    return row
