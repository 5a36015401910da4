"""Snapshot: an immutable view of every embedding of one model, and the two ways to search it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop.index.approximate import Approximate
from desktop.index.facts import Where
from desktop.index.local.row_scores import RowScores
from desktop.index.neighbours import SAMPLE, Neighbours, Spread, as_query, best_of, spread_of
from desktop.index.part import FloatArray, IdArray, Part, Selection
from desktop.index.scores import Scores, SegmentScores
from desktop.index.speed import Speed

T = TypeVar("T", bound=np.generic)

FIRST_TAIL_ROWS = 10_000
"""So many of the newest photos in the tail take part in a first answer."""

_N_SCOPES = 2


class _Scope:
    """The photos that may answer, in both parts, and a sample of them."""

    def __init__(self, allowed: IdArray | None, built: Selection, tail: Part) -> None:
        self.allowed = allowed
        self.built = built
        self.tail = tail.select(allowed)
        self.newest = tail.newest(FIRST_TAIL_ROWS).select(allowed)

    def __len__(self) -> int:
        return len(self.built) + len(self.tail)

    @property
    def parts(self) -> tuple[Selection, Selection]:
        return self.built, self.tail

    @cached_property
    def photo_ids(self) -> IdArray:
        """Those of both parts, one behind the other."""
        return _joined([part.photo_ids for part in self.parts])

    @cached_property
    def step(self) -> int:
        """One photo in so many belongs to the sample."""
        return max(1, len(self) // SAMPLE)

    @cached_property
    def sample(self) -> FloatArray:
        """(<= 2 * SAMPLE, d) embeddings, evenly over both parts."""
        return np.concatenate([part.every(self.step) for part in self.parts])


class Snapshot:
    """Immutable: take it once and use only it. Any thread.

    Attributes:
        model_id, dim: of the embeddings.
        n_items: live photos.
        n_tail: those of them that are not in the last build.
        has_approximate: whether the built part has an approximate one beside it.
        speed: how fast they are compared here.
    """

    def __init__(
        self,
        model_id: str,
        dim: int,
        built: Part,
        approximate: Approximate | None,
        tail: Part,
        speed: Speed | None = None,
        before: Snapshot | None = None,
    ) -> None:
        """built: the rows of a generation; approximate: over the same rows; tail: what came
        later; before: the snapshot that this one follows."""
        self.model_id = model_id
        self.dim = dim
        self.speed = speed or Speed()
        self._built = built
        self._approximate = approximate
        self._tail = tail
        self._last_scopes: tuple[_Scope, ...] = ()
        self._last_built = before._built_of_last_scopes(built) if before is not None else ()

    @property
    def n_items(self) -> int:
        return self._built.n_alive + self._tail.n_alive

    @property
    def n_tail(self) -> int:
        return self._tail.n_alive

    @property
    def has_approximate(self) -> bool:
        return self._approximate is not None

    def search(
        self,
        embedding: FloatArray,
        n: int,
        allowed: IdArray | None = None,
        exact_limit: int | None = None,
        where: Where | None = None,  # noqa: ARG002
    ) -> Neighbours:
        """The n photos nearest to `embedding` (d,) float32, unit length. Scores are cosines in
        [-1, 1].

        allowed: sorted photo_ids that may answer; None for all. Asking again with the same array
        is quicker. exact_limit: None compares every photo. Where more than exact_limit may answer,
        the approximate part gives a first answer in a tenth of that time, in which photos may be
        lacking; where it finds fewer than n, the exact scan answers after all. Raises
        ModelMismatch when the dimension differs.
        """
        query = self._checked(embedding)
        scope = self._scope(allowed)
        found = None
        if exact_limit is not None and len(scope) > exact_limit:
            found = self._first_answer(query, n, scope)
        if found is None:
            return self.compare(query[np.newaxis], n, allowed).neighbours(0, n)
        spread = spread_of(scope.sample @ query)
        return Neighbours(
            *best_of(*found, n), len(scope), spread.mean, spread.std, False, scope.sample
        )

    def compare(
        self,
        embeddings: FloatArray,
        n: int,  # noqa: ARG002
        allowed: IdArray | None = None,
    ) -> Scores:
        """Compare every photo that may answer with each of `embeddings` (k, d). Raises
        ModelMismatch."""
        scope = self._scope(allowed)
        queries = np.stack([self._checked(embedding) for embedding in embeddings])
        spreads = [spread_of(seen) for seen in queries @ scope.sample.T]
        compared = RowScores(scope.parts, queries)
        low, high = compared.bounds()
        exact, closer = compared.exact, compared.closer
        return Scores(scope.photo_ids, low, high, exact, closer, len(scope), spreads, scope.sample)

    def compare_segments(
        self, embeddings: FloatArray, allowed: IdArray | None = None
    ) -> SegmentScores:
        """The same where each photo has several embeddings, one behind the other in its row."""
        scope = self._scope(allowed)
        compared = RowScores(scope.parts, np.ascontiguousarray(embeddings, np.float32))
        low, high = compared.bounds()
        return SegmentScores(scope.photo_ids, low, high, compared.exact, compared.closer)

    def spread(self, embedding: FloatArray, allowed: IdArray | None = None) -> Spread:
        """How the scores of `embedding` (d,) lie over the photos that may answer, without a search.
        Raises ModelMismatch."""
        return spread_of(self._scope(allowed).sample @ self._checked(embedding))

    def sample(self, allowed: IdArray | None = None) -> FloatArray:
        """(<= 2 * SAMPLE, d) embeddings of photos that may answer, evenly over all of them."""
        return self._scope(allowed).sample

    def pick(self, n: int, seed: int = 0) -> FloatArray:
        """Embeddings (<= n, d) of photos of the last build, chosen at random."""
        alive = np.flatnonzero(self._built.alive)
        rows = np.random.default_rng(seed).permutation(alive)[:n]
        return np.array(self._built.vectors[np.sort(rows)])

    def _checked(self, embedding: FloatArray) -> FloatArray:
        return as_query(embedding, self.dim, self.model_id)

    def _scope(self, allowed: IdArray | None) -> _Scope:
        """The rows that may answer; kept for the next search with the same array, since finding
        them takes 5 ms at 100,000 photos. So are those of the search before: where a part of the
        library is asked, a sample of all of it is asked for in between."""
        if allowed is None:
            return self._everything
        last = self._last_scopes
        found = next((each for each in last if each.allowed is allowed), None)
        if found is None:
            known = next((rows for ids, rows in self._last_built if ids is allowed), None)
            rows = known if known is not None else self._built.select(allowed)
            found = _Scope(allowed, rows, self._tail)
        others = [each for each in last if each is not found]
        self._last_scopes = (found, *others[: _N_SCOPES - 1])
        return found

    @cached_property
    def _everything(self) -> _Scope:
        return _Scope(None, self._built.select(None), self._tail)

    def _built_of_last_scopes(self, built: Part) -> tuple[tuple[IdArray | None, Selection], ...]:
        """The rows last picked out of the built part, for the next snapshot if it has the same
        built part: while photos come in, only the tail differs."""
        if built is not self._built:
            return ()
        return tuple((each.allowed, each.built) for each in self._last_scopes) or self._last_built

    def _first_answer(
        self, query: FloatArray, n: int, scope: _Scope
    ) -> tuple[IdArray, FloatArray] | None:
        """What the approximate part finds, and the newest photos; None without it, or where it
        finds fewer than n of those that may answer."""
        if self._approximate is None:
            return None
        built = scope.built
        n_candidates = self.speed.n_candidates(len(self._built))
        n_rows = n * self._approximate.oversampling
        asked = n_rows if built.is_all else max(n_candidates, n_rows)
        rows = self._approximate.nearest(query, asked, n_candidates)
        rows = rows[built.mask[rows]][:n_rows]
        if len(rows) < min(n, len(built)):
            return None
        ids, scores = built.score_rows(query, rows)
        newest = scope.newest
        return _joined([ids, newest.photo_ids]), _joined([scores, newest.scan(query)])


def _joined(arrays: Sequence[NDArray[T]]) -> NDArray[T]:
    """All in one array; a single one is not copied."""
    full = [array for array in arrays if len(array)] or arrays[:1]
    return full[0] if len(full) == 1 else np.concatenate(full)
