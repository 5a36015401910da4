"""What stands over an answer and its sections, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from desktop.library import LISTED, Band, Hit, Means, Month, Query, Sameness, Verdict
from desktop.ui.grid.layout import Section
from desktop.ui.grid.photo_painter import band_colour
from desktop.ui.grid.results_model import runs_in
from desktop.ui.look import wording
from desktop.ui.look.theme import Colours
from desktop.ui.places.answers import Answer, Stack
from desktop.ui.places.place import Place, likeness_name

_Kind = Sameness | Band
_OF_WORDS: dict[_Kind, str] = {
    Band.LIKELY: "Likely",
    Band.MAYBE: "Maybe",
    Band.UNLIKELY: "Weaker matches",
}
_NEAREST, _MISSES = "Nearest", "Nearest misses"
"""The title of photos that are unlikely, where there are no better ones: they may well be what is
asked for, unless there seems to be nothing like that."""


def title(place: Place) -> str:
    """What is shown there, as a headline."""
    query = place.query
    if query is None:
        return place.title
    words = wording.asked(query)
    if query.has_likeness:
        like = f"Similar to {likeness_name(query)}"
        return f"{like}, {words}" if words else like
    return words


def asks_for_likeness(query: Query) -> bool:
    """Whether a photo is part of what is searched for."""
    return query.has_likeness or any(clause.means is Means.PHOTO for clause in query.clauses)


def here(place: Place) -> str:
    """Where was searched, if not everywhere."""
    return "" if place.filter == LISTED else wording.short(place.title)


def sections(answer: Answer, colours: Colours) -> Sequence[Section]:
    """The headers between the photos of an answer, with how many stand under each."""
    query = answer.place.query
    if query is None or answer.results is None:
        return _months(answer.months, answer.rows_of_months)
    if not answer.hits:
        return ()
    if answer.headers_of:
        return _headers_shown(answer)
    runs = runs_in(answer.hits)
    is_alike = asks_for_likeness(query)
    titles = dict(wording.OF_LIKENESS if is_alike else _OF_WORDS)
    titles |= {each: words.capitalize() for each, words in wording.SAME.items()}
    if runs[0][0] is Band.UNLIKELY:
        is_missed = answer.results.verdict is Verdict.NOTHING and not is_alike
        titles[Band.UNLIKELY] = _MISSES if is_missed else _NEAREST
    found, row = [], 0
    for kind, n in runs:
        hits, row = answer.hits[row : row + n], row + n
        said = wording.count_photos(n_photos_of(answer, hits))
        colour = band_colour(colours, hits[0].band)
        found.append(Section(n, titles[kind], said, colour))
    return found


def n_photos_of(answer: Answer, hits: Sequence[Hit]) -> int:
    """How many photos these hits of it are, with those behind them. As the sidebar counts them: a
    copy that stands here though it is less likely is not one."""
    stacks = [answer.stacks.get(hit.photo_id) for hit in hits]
    return len(hits) + sum(map(_n_behind, stacks)) - sum(map(_n_lower, stacks))


def _headers_shown(answer: Answer) -> Sequence[Section]:
    """A header for each month or folder of the hits; look-alikes that are opened stand with the one
    that stood for them."""
    rows: list[str] = []
    n_photos: Counter[str] = Counter()
    for hit in answer.hits:
        stack = answer.stacks.get(hit.photo_id)
        header = rows[-1] if stack is not None and stack.at else answer.headers_of[hit.photo_id]
        rows.append(header)
        n_photos[header] += 1 + _n_behind(stack)
    return [
        Section(len(list(same)), header, wording.count_photos(n_photos[header]))
        for header, same in groupby(rows)
    ]


def _n_behind(stack: Stack | None) -> int:
    """How many photos are put together with one, and not shown."""
    return stack.n - 1 if stack is not None and not stack.is_open else 0


def _n_lower(stack: Stack | None) -> int:
    """How many photos of a group are in a lower band; told once for each group."""
    return stack.n_lower if stack is not None and stack.at == 0 else 0


def _months(months: Sequence[Month], rows: Sequence[int]) -> Sequence[Section]:
    """A header for each month; none where all photos are of one. rows: see `Answer`."""
    if len(months) < 2:
        return ()
    n_rows = rows or [month.n_photos for month in months]
    return [
        Section(n, wording.month(month.year, month.month), wording.count_photos(month.n_photos))
        for n, month in zip(n_rows, months, strict=True)
        if n
    ]
