"""StoreSnapshot: what is found in a store and here, put together into one true answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from desktop.errors import EngineUnavailable
from desktop.index.facts import Where
from desktop.index.neighbours import Neighbours, Spread, as_query, best_of
from desktop.index.part import FloatArray, IdArray, Part
from desktop.index.scores import Scores, known_scores
from desktop.index.seam import CatalogVectors
from desktop.index.speed import Speed
from desktop.index.stores.scope import (
    PhotoScope,
    blocks_of,
    holds,
    joined,
    scan,
    scan_each,
    scan_part,
    together,
    within,
    without,
)
from desktop.index.stores.store import VectorStore, Within

HERE = 1_000
"""So few photos are compared here, with embeddings that the catalog gives."""

EACH_HERE = 20_000
"""The same where several questions are asked at once, of which each photo needs every answer."""

EACH_CANDIDATES = 1_000
"""Among more photos, so many of the best for each question are compared with all questions."""

_SPARE = 20
_ROUNDING = 1e-5
_GROWTH = 4
_LEAST_SHARE = 0.02
"""Where fewer of the photos than this may answer, their ids are sent, if need be in several
questions, rather than that all are asked for many more hits than are wanted."""


@dataclass(frozen=True, eq=False)
class StoredIds:
    """Sorted photo_ids, so arranged that adding a photo changes none of them.

    Attributes:
        known: in the catalog when we last looked.
        held: rows of the store, right or not.
        stale: those of them that the catalog has otherwise.
    """

    known: IdArray
    held: IdArray
    stale: IdArray

    @cached_property
    def owed(self) -> IdArray:
        """Photos that are to be compared here, since the store lacks them or has them otherwise."""
        return together(without(self.known, self.held), self.stale)

    @cached_property
    def n_gone(self) -> int:
        """Rows of the store that the catalog has no more."""
        return len(self.held) - len(within(self.held, self.known))

    @cached_property
    def n_wrong(self) -> int:
        """Rows of the store that are not right."""
        return len(self.held) - len(without(self.known, self.owed))


class StoredScope(PhotoScope):
    """The photos that may answer, and where each of them is."""

    def __init__(
        self,
        allowed: IdArray | None,
        base: StoredIds,
        fresh: Part,
        catalog: CatalogVectors,
        dim: int,
    ) -> None:
        added = np.sort(fresh.photo_ids[fresh.alive])
        if allowed is None:
            photo_ids = together(base.known, added)
        else:
            known = within(allowed, base.known)
            photo_ids = together(known, within(added, allowed)) if len(added) else known
        super().__init__(allowed, photo_ids, catalog, dim)
        self.owed = without(base.owed, added)
        if allowed is not None:
            self.owed = within(self.owed, allowed)
        self.there = without(without(photo_ids, added), self.owed)
        """Those for which the store answers."""
        self.n_shadowed = base.n_wrong + len(added)
        """So many rows of the store may be wrong, at most."""
        self.is_all = len(photo_ids) == len(base.known) and not len(added)


class StoreSnapshot:
    """See `VectorSnapshot`. What it says of the store is as it is in the moment of asking; which
    photos may answer, and those that are compared here, do not change."""

    def __init__(
        self,
        model_id: str,
        dim: int,
        base: StoredIds,
        fresh: Part,
        catalog: CatalogVectors,
        store: VectorStore | None,
        on_away: Callable[[EngineUnavailable], None],
        facts_at: int,
    ) -> None:
        """fresh: photos that came later, or in another form. store: None while it is away, which
        on_away is told. facts_at: when the store last had the facts of all photos."""
        self.model_id = model_id
        self.dim = dim
        self.speed = Speed()
        self.base = base
        self._fresh = fresh
        self._catalog = catalog
        self._store = store
        self._on_away = on_away
        self._facts_at = facts_at
        self._last: tuple[StoredScope, ...] = ()

    @property
    def n_items(self) -> int:
        return len(self._everything)

    @property
    def n_tail(self) -> int:
        return len(self._everything) - len(self._everything.there)

    @property
    def has_approximate(self) -> bool:
        return self._store is not None and self._store.has_first

    def search(
        self,
        embedding: FloatArray,
        n: int,
        allowed: IdArray | None = None,
        exact_limit: int | None = None,
        where: Where | None = None,
    ) -> Neighbours:
        query, asked = self._checked(embedding), self._scope(allowed)
        is_first = exact_limit is not None and len(asked) > exact_limit and self.has_approximate
        parts, is_exact = self._ask_store(query, n, asked, where, not is_first)
        parts.append(scan(self._catalog, asked.owed, query, n))
        parts.append(scan_part(self._fresh, asked.allowed, query))
        spread = asked.spread(query)
        best = best_of(*joined(parts), n)
        return Neighbours(*best, len(asked), spread.mean, spread.std, is_exact, asked.sample)

    def compare(self, embeddings: FloatArray, n: int, allowed: IdArray | None = None) -> Scores:
        asked = self._scope(allowed)
        queries = np.stack([self._checked(embedding) for embedding in embeddings])
        if len(asked) <= EACH_HERE or self._store is None:
            candidates = asked.photo_ids
        else:
            wanted = max(n, EACH_CANDIDATES)
            each = [self.search(query, wanted, allowed).photo_ids for query in queries]
            candidates = np.unique(np.concatenate(each))
        spreads = [asked.spread(query) for query in queries]
        return known_scores(*self._compare(candidates, queries), len(asked), spreads, asked.sample)

    def spread(self, embedding: FloatArray, allowed: IdArray | None = None) -> Spread:
        return self._scope(allowed).spread(self._checked(embedding))

    def sample(self, allowed: IdArray | None = None) -> FloatArray:
        return self._scope(allowed).sample

    def pick(self, n: int, seed: int = 0) -> FloatArray:
        ids = self._everything.photo_ids
        some = np.sort(np.random.default_rng(seed).permutation(ids)[:n])
        blocks = [vectors for _, vectors in blocks_of(self._catalog, some)]
        return np.concatenate(blocks) if blocks else np.zeros((0, self.dim), np.float32)

    def _compare(self, photo_ids: IdArray, queries: FloatArray) -> tuple[IdArray, FloatArray]:
        """All of these photos with all questions: ids (m,), scores (k, m)."""
        selected = self._fresh.select(photo_ids)
        ids, scores = scan_each(
            self._catalog, without(photo_ids, np.sort(selected.photo_ids)), queries
        )
        return (
            np.concatenate([ids, selected.photo_ids]),
            np.concatenate([scores, selected.scan_each(queries)], axis=1),
        )

    def _ask_store(
        self, query: FloatArray, n: int, asked: StoredScope, where: Where | None, exact: bool
    ) -> tuple[list[tuple[IdArray, FloatArray]], bool]:
        """The n nearest for which the store answers, and whether all of them were compared; they
        are compared here where they are few, or the store is away."""
        store = self._store
        if store is not None and len(asked.there) > HERE:
            try:
                found = self._find(store, query, n, asked, where, exact)
                if exact or len(found[0]) >= min(n, len(asked.there)):
                    return [found], exact
                return [self._find(store, query, n, asked, where, True)], True
            except EngineUnavailable as error:
                self._on_away(error)
        return [scan(self._catalog, asked.there, query, n)], True

    def _find(
        self,
        store: VectorStore,
        query: FloatArray,
        n: int,
        asked: StoredScope,
        where: Where | None,
        exact: bool,
    ) -> tuple[IdArray, FloatArray]:
        """Ask the store for more hits than are wanted until enough of them may answer; where that
        would be too many, send it the ids."""
        is_current = self._facts_at == self._catalog.facts_revision()
        condition = where if where and is_current and self._catalog.facts is not None else None
        share = 1.0 if condition else len(asked.there) / max(len(self.base.held), 1)
        wanted = min(n, len(asked.there))
        n_asked = math.ceil(wanted / max(share, 1e-9)) + min(asked.n_shadowed, n) + _SPARE
        is_cheap = asked.is_all or condition is not None or share >= _LEAST_SHARE
        if not is_cheap or (len(asked.there) <= store.most_ids and share < 1 / _GROWTH):
            return self._find_among(store, query, n, asked.there, exact)
        while n_asked <= store.most_hits:
            ids, scores = store.search(query, n_asked, condition, exact)
            may = holds(ids, asked.there)
            if may.sum() >= wanted or len(ids) < n_asked:
                return ids[may][:n], scores[may][:n]
            n_asked *= _GROWTH
        return self._find_among(store, query, n, asked.there, exact)

    def _find_among(
        self, store: VectorStore, query: FloatArray, n: int, photo_ids: IdArray, exact: bool
    ) -> tuple[IdArray, FloatArray]:
        """In several questions, if need be; each is for what is better than was found before."""
        at_once = min(store.most_ids, store.most_hits)
        best = np.zeros(0, np.int64), np.zeros(0, np.float32)
        for start in range(0, len(photo_ids), at_once):
            some: Within = photo_ids[start : start + at_once]
            least = float(best[1][-1]) - _ROUNDING if len(best[1]) >= n > 0 else -1.0
            found = store.search(query, min(n, at_once), some, exact, least)
            best = best_of(*joined([best, found]), n)
        return best

    def _checked(self, embedding: FloatArray) -> FloatArray:
        return as_query(embedding, self.dim, self.model_id)

    @cached_property
    def _everything(self) -> StoredScope:
        return StoredScope(None, self.base, self._fresh, self._catalog, self.dim)

    def _scope(self, allowed: IdArray | None) -> StoredScope:
        """Kept for the next question with the same array, as are those of the question before."""
        if allowed is None:
            return self._everything
        found = next((each for each in self._last if each.allowed is allowed), None)
        if found is None:
            found = StoredScope(allowed, self.base, self._fresh, self._catalog, self.dim)
        self._last = (found, *(each for each in self._last if each is not found))[:2]
        return found
