"""Suggesting: three things to search for in this library, for those who do not know what can be
asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from desktop.catalog import SEARCHED, Catalog
from desktop.errors import UserError
from desktop.search import Condition, Query, Results, Verdict

N_SUGGESTED = 3

SUBJECTS = (
    "dog",
    "beach",
    "mountains",
    "snow",
    "flowers",
    "children playing",
    "cat",
    "boat on the water",
    "sunset",
    "city street",
    "bicycle",
    "food on a table",
    "forest",
    "car",
    "people dancing",
    "football",
)
"""Plain words for what many people have photos of; each is asked before it is suggested."""

_MOST_ASKED = 6

KEPT_S = 300.0
"""So long what was suggested stays, though photos come: while they are read, they come all the
time, and each time takes as long as several searches."""


class Suggesting:
    """Suggests searches. Not on Qt's main thread: it asks the model a few times, after photos have
    changed."""

    def __init__(self, catalog: Catalog, search: Callable[[Query], Results]) -> None:
        self._catalog = catalog
        self._search = search
        self._texts: tuple[str, ...] = ()
        self._revisions: tuple[int, int] | None = None
        self._made_s = 0.0

    def list(self) -> tuple[str, ...]:
        """Texts of searches that find something, at most three; fewer where there is little to
        tell, or no model that understands words."""
        revisions = self._catalog.revisions()
        now = revisions.photos, revisions.embeddings
        has_kept = bool(self._texts) and time.monotonic() - self._made_s < KEPT_S
        if now != self._revisions and not has_kept:
            self._texts = tuple(self._suggest(sum(now)))
            self._revisions, self._made_s = now, time.monotonic()
        return self._texts

    def _suggest(self, turn: int) -> Iterator[str]:
        """turn: another one gives other words, where there are several."""
        names = self._catalog.photos.names_in_use()
        if not names.years:
            return
        words = self._words(turn, names.years[0])
        found = [text for _, text in zip(range(N_SUGGESTED - 1), words, strict=False)]
        yield from found
        watched = {folder.path.name for folder in self._catalog.folders.list_all()}
        folders = (name for name in names.folders if name not in watched and not name.isdecimal())
        places = [
            *(Condition("folder", name) for name in folders),
            *(Condition("camera", name) for name in names.cameras),
            *(Condition("year", str(year)) for year in names.years),
        ]
        yield from map(str, places[: N_SUGGESTED - len(found)])

    def _words(self, turn: int, year: int) -> Iterator[str]:
        """Words that are likely here, the first ones together with the newest year if that finds
        something."""
        asked = (SUBJECTS[(turn + at) % len(SUBJECTS)] for at in range(_MOST_ASKED))
        is_first = True
        for text in filter(self._is_found, asked):
            dated = f"{text} in {year}"
            yield dated if is_first and self._is_found(dated) else text
            is_first = False

    def _is_found(self, text: str) -> bool:
        try:
            return self._search(Query(text=text, filter=SEARCHED)).verdict is Verdict.FOUND
        except UserError:
            return False
