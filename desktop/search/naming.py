"""Words that are names: photos whose file or folder is called what was asked.

They are put together with those that look so by reciprocal rank (Cormack and others, 2009): a photo
gets 1 / (60 + its place) from each list that has it. What is called so stands among the likely
ones: the person, or the camera, has said it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from desktop.media import format_of_name
from desktop.search.language.parsing import Clause
from desktop.search.query import Band, Hit

NAMED = 0.9
"""The probability that a photo fits which is called so. It was not measured: it says that the name
is believed, and not proven."""

RANKS = 60
DEPTH = 600
"""So many places of each list count, however many hits are asked for: else a photo would move when
more are."""

LEAST_LETTERS = 2
MOST = 0.5
"""A word in the names of more photos than this share says nothing of any of them."""

_BANDS = tuple(Band)
_WORD = re.compile(r"\w+")


def words_of(clause: Clause) -> list[str]:
    """What names must hold for the clause; [] where nothing could be a name."""
    words = _WORD.findall(clause.words.replace("_", " "))
    return [
        word for word in words if len(word) >= LEAST_LETTERS and format_of_name(f"a.{word}") is None
    ]


def put_together(by_look: Sequence[Hit], by_name: Sequence[Hit], n: int) -> tuple[Hit, ...]:
    """The n best of both, each best first. by_look: DEPTH of them at least, if there are.
    by_name: those that are called so, in the order of how they look."""
    hits = {hit.photo_id: hit for hit in by_look}
    ranks: dict[int, float] = {}
    for found in (by_look, by_name):
        for place, hit in enumerate(found[:DEPTH], 1):
            ranks[hit.photo_id] = ranks.get(hit.photo_id, 0.0) + 1 / (RANKS + place)
    for hit in by_name:
        probability = max(hit.probability, NAMED)
        hits[hit.photo_id] = replace(hit, band=Band.LIKELY, probability=probability, is_named=True)
    order = sorted(
        hits.values(),
        key=lambda hit: (
            _BANDS.index(hit.band),
            -ranks.get(hit.photo_id, 0.0),
            -hit.score,
            hit.photo_id,
        ),
    )
    return tuple(order[: max(n, 0)])
