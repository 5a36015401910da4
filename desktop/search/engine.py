"""Engine: from a Query to Results."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import SEARCHED, Catalog, Filter
from desktop.embedding import Embedder, load_photos, load_words
from desktop.errors import ModelMismatch, QueryUnanswerable
from desktop.index import Index, Neighbours, Snapshot, VectorIndex, VectorSnapshot, is_among
from desktop.legible import quoted
from desktop.media import TILES
from desktop.search.calibration.calibration import Calibrator
from desktop.search.calibration.fitted import RANKS
from desktop.search.calibration.odds import USUAL, Bands, Odds, verdict_of
from desktop.search.embeddings import Embeddings, Shown
from desktop.search.language.conditions import check
from desktop.search.language.parsing import Clause
from desktop.search.marks import Probe, probe
from desktop.search.naming import DEPTH, MOST, put_together, words_of
from desktop.search.pushed import where_of
from desktop.search.query import Band, ClauseScore, Hit, Query, Results, Verdict
from desktop.search.tiles import Compared, Tiled, with_parts
from desktop.search.together import is_joint, join, whole_of

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.int64]
Std = Callable[[FloatArray], float]

_NONE: Shown = MappingProxyType({})
_N_SCOPES = 8

_LEAST_STD = 1e-3
"""Below it scores differ by rounding only, which a division would magnify."""


class Engine:
    """Answers with one model: its embedder and its index over one catalog. Any thread.

    Of a photo of the library it reads the embedding from the catalog; no model is loaded for it.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        embedder: Embedder,
        exact_limit: Callable[[], int],
        names_count: Callable[[], bool] = lambda: True,
        sensitivity: Callable[[], float] = lambda: 0.0,
        tiles: Callable[[], Index | None] = lambda: None,
    ) -> None:
        """exact_limit: up to so many photos are always compared one by one; 0 leaves it to what
        was measured, see Settings. names_count: whether photos are found by their names, too.
        sensitivity: see `Bands.at`. tiles: the embeddings of the tiles of each photo, in one row,
        where there are such."""
        self._catalog = catalog
        self._index = index
        self._embedder = embedder
        self._embeddings = Embeddings(catalog, embedder)
        self._calibrator = Calibrator.of(embedder)
        self._exact_limit = exact_limit
        self._names_count = names_count
        self._sensitivity = sensitivity
        self._take_tiles = tiles
        self._scopes: OrderedDict[Filter, tuple[int, IdArray]] = OrderedDict()
        self._first_asked: tuple[Query, Probe] | None = None
        self._lock = threading.Lock()

    @property
    def border(self) -> int:
        """Up to so many photos every answer is exact."""
        return self._exact_limit() or self._index.snapshot.speed.border

    def get_ready(self) -> None:
        """Do beforehand what the first question would wait for: half a second where there are a
        million photos."""
        snapshot = self._index.snapshot
        snapshot.spread(np.zeros(snapshot.dim, np.float32), self._scope(SEARCHED))
        self._tiles()

    def search(self, query: Query, exact: bool = True, shown: Shown = _NONE) -> Results:
        """Find the photos that answer best. Loads the model if it is needed and not loaded.

        shown: for each clause that is not of words. exact: compare every photo. Without it, where
        there are more than `border`, the answer comes in a tenth of the time and may lack some;
        `is_exact` tells. Asking the same Query object again, then exactly, embeds nothing again.
        `searched` counts the photo that others are to resemble, too. Raises QueryUnanswerable
        (nothing asked, words for a model without text, a photo that has no embedding yet) or
        ModelUnavailable.
        """
        self._check(query)
        if query.is_listing:
            return self._list(query)
        snapshot = self._index.snapshot
        has_words = any(clause.words for clause in query.clauses)
        outside = [query.like_image, *(each.image for each in shown.values())]
        has_image = any(image is not None for image in outside)
        needs_model = has_words or has_image
        is_known = not has_words or self._embeddings.knows(_texts_of(query))
        if snapshot.n_items and not is_known and not self._embedder.is_loaded:
            load_words(self._embedder)
        if snapshot.n_items and has_image:
            load_photos(self._embedder)
        started_ns = time.perf_counter_ns()
        asked_with: FloatArray | None = None
        scope = self._scope(query.narrowed, may_be_old=not exact)
        if needs_model and not snapshot.n_items:
            elapsed_ms = (time.perf_counter_ns() - started_ns) / 1e6
            verdict = Verdict.WEAK if len(scope) else Verdict.NOTHING
            return Results(query, snapshot.model_id, (), 0, len(scope), elapsed_ms, verdict=verdict)
        if is_joint(query):
            tiles = self._tiles()
            is_exact = tiles is None or exact or not self._takes_long_with_tiles(scope)
            tiles = tiles if is_exact else None
            hits, odds, n_searched = self._find_together(query, shown, snapshot, scope, tiles)
        else:
            asked = self._embedding(query, shown, snapshot, scope)
            moved = self._moved(query, asked, query.shows_photos, snapshot, scope)
            embedding = moved.embedding
            left_out, named = _left_out(query, shown), self._named(query, scope)
            n = max(_n_looked_at(query, shown), DEPTH if len(named) else 0)
            found, tiled = self._nearest(query, embedding, snapshot, n, scope, exact)
            n_searched, is_exact = found.n_searched, found.is_exact
            if not is_exact:
                self._first_asked = query, asked
            odds = [self._odds(moved, query.shows_photos, found, tiled)]
            hits = _hits(query, found, odds[0], left_out)
            if len(named):
                by_name = tiled.among(named, n) if tiled else snapshot.search(embedding, n, named)
                hits = put_together(hits, _hits(query, by_name, odds[0], left_out), query.n)
            hits = hits[: max(query.n, 0)]
            if tiled:
                hits = with_parts(hits, [tiled])
            if query.is_of_one_photo:
                asked_with = embedding
        hits = _as_marked(query, hits)
        return Results(
            query=query,
            model_id=self._embedder.model_id,
            hits=hits,
            searched=n_searched,
            total=len(scope),
            elapsed_ms=(time.perf_counter_ns() - started_ns) / 1e6,
            is_exact=is_exact,
            verdict=_verdict_of(query, hits, odds, n_searched < len(scope)),
            asked_with=asked_with,
        )

    def _list(self, query: Query) -> Results:
        """The photos that the conditions mean, all of which are right."""
        started_ns = time.perf_counter_ns()
        n_meant = self._catalog.photos.count(query.narrowed)
        newest = self._catalog.photos.list_ids(query.narrowed, max(query.n, 0))
        hits = tuple(Hit(photo_id, 1.0, Band.LIKELY, 1.0) for photo_id in newest.tolist())
        elapsed_ms = (time.perf_counter_ns() - started_ns) / 1e6
        verdict = Verdict.FOUND if hits else Verdict.NOTHING
        return Results(
            query,
            self._embedder.model_id,
            hits,
            n_meant,
            n_meant,
            elapsed_ms,
            verdict=verdict,
        )

    def _tiles(self) -> Snapshot | None:
        """The tiles of photos, where any are known."""
        index = self._take_tiles()
        return index.snapshot if index is not None and index.snapshot.n_items else None

    def _takes_long_with_tiles(self, scope: IdArray) -> bool:
        """Whether a first answer does without tiles, and the exact one follows."""
        return len(scope) * (1 + len(TILES)) > self.border

    def _nearest(
        self,
        query: Query,
        embedding: FloatArray,
        snapshot: VectorSnapshot,
        n: int,
        scope: IdArray,
        exact: bool,
    ) -> tuple[Neighbours, Compared | None]:
        """The photos nearest to what is asked; by their tiles, too, where these are asked, and then
        how each compared. Where that takes long, a first answer does without."""
        tiles, limit = self._tiles(), None if exact else self.border
        where = where_of(query.narrowed)
        is_words = not query.shows_photos and not query.has_marks
        is_part = query.like_part is not None and not query.clauses and not query.has_marks
        if tiles is None or not (is_words or is_part):
            return snapshot.search(embedding, n, scope, limit, where), None
        if not exact and self._takes_long_with_tiles(scope):
            first = snapshot.search(embedding, n, scope, limit, where)
            return replace(first, is_exact=False), None
        whole = snapshot.compare(embedding[np.newaxis], n, scope)
        tiled = Tiled.compare(tiles, embedding[np.newaxis], whole, scope)
        compared = tiled.together(0, n, is_part)
        return compared.found, compared

    def _find_together(
        self,
        query: Query,
        shown: Shown,
        snapshot: VectorSnapshot,
        scope: IdArray,
        tiles: Snapshot | None,
    ) -> tuple[tuple[Hit, ...], list[Odds], int]:
        """The hits of several clauses, the odds of each, and how many photos were compared. tiles:
        where clauses of words count by them, too."""
        asked: list[Probe] = self._embeddings.of(query, shown, self._library)
        embeddings = [each.embedding for each in asked]
        of_photos = [not clause.words for clause in query.clauses]
        of_photos += [True] * query.has_likeness
        whole = self._whole(query, embeddings, of_photos, lambda v: snapshot.spread(v, scope).std)
        if whole is not None:
            moved = self._moved(query, Probe(whole), any(of_photos), snapshot, scope)
            asked.append(moved)
            embeddings.append(moved.embedding)
            of_photos.append(any(of_photos))
        n = _n_looked_at(query, shown)
        seen = snapshot.compare(np.stack(embeddings), n, scope)
        numbers = range(len(embeddings))
        compared: dict[int, Compared] = {}
        by_words = [number for number, clause in enumerate(query.clauses) if clause.words]
        if tiles is not None and by_words:
            tiled = Tiled.compare(tiles, np.stack(embeddings), seen, scope, by_words)
            compared = {number: tiled.together(number, n, is_part=False) for number in by_words}
        scores = [compared[i].scores if i in compared else seen.range(i) for i in numbers]
        found = [compared[i].found if i in compared else seen.neighbours(i, n) for i in numbers]
        odds = [
            self._odds(each, is_photo, found_by_it)
            for each, found_by_it, is_photo in zip(asked, found, of_photos, strict=True)
        ]
        last = (scores.pop(), odds.pop()) if whole is not None else None
        hits = join(query, scores, odds, last, _left_out(query, shown))
        wanted = [each for i, each in compared.items() if not query.clauses[i].is_unwanted]
        return with_parts(hits, wanted), odds, seen.n_searched

    def _whole(
        self, query: Query, embeddings: list[FloatArray], of_photos: list[bool], std_of: Std
    ) -> FloatArray | None:
        """The embedding of all that is wanted, said in one breath; None where that is one clause.
        Photos are put together with the words as one clause is with a photo beside the text."""
        wanted = [not clause.is_unwanted for clause in query.clauses] + [True] * query.has_likeness
        photos = [
            embedding
            for embedding, is_wanted, is_photo in zip(embeddings, wanted, of_photos, strict=True)
            if is_wanted and is_photo
        ]
        words = whole_of(query)
        parts = self._embeddings.of_words([words]) if words else []
        is_needed = sum(wanted) > 1 or (any(wanted) and query.has_marks)
        return _combine([*parts, *photos], std_of) if is_needed else None

    def _moved(
        self,
        query: Query,
        asked: Probe,
        is_photo: bool,
        snapshot: VectorSnapshot,
        scope: IdArray,
    ) -> Probe:
        """The question as marks move it; those of photos that have gone move nothing."""
        if not query.has_marks:
            return asked
        more, less = self._embeddings.of_photos(query.more), self._embeddings.of_photos(query.less)
        if not len(more) and not len(less):
            return asked
        where = where_of(query.narrowed)
        found = snapshot.search(asked.embedding, RANKS[-1], scope, self.border, where)
        believed = self._odds(asked, is_photo, found)
        return probe(more, less, self._library(), asked.embedding, believed)

    def _named(self, query: Query, scope: IdArray) -> IdArray:
        """Those in the scope that are called what is asked; none where that says nothing."""
        words = words_of(query.clauses[0]) if query.clauses and not query.shows_photos else []
        if not words or not self._names_count():
            return scope[:0]
        called = self._catalog.photos.find_named(words)
        named = called[is_among(called, scope)]
        return named if len(named) <= MOST * len(scope) else scope[:0]

    def _check(self, query: Query) -> None:
        """Raise QueryUnanswerable for what can be told before any work."""
        check(query.text, query.attributes)
        has_words = any(clause.words for clause in query.clauses)
        if query.sentence.clauses and not query.clauses:
            raise QueryUnanswerable(
                f"{quoted(query.text.strip())} holds no word and no sign that could be looked for.",
                "Describe a photo in a few words.",
            )
        if not has_words and not query.shows_photos and not query.sentence.conditions:
            raise QueryUnanswerable(
                "Nothing was asked.", "Describe a photo in a few words, or choose one to resemble."
            )
        if has_words and not self._embedder.has_text:
            raise QueryUnanswerable(
                f"The model {self._embedder.name} does not understand words.",
                "Choose another model, or look for photos that resemble one.",
            )
        if self._index.snapshot.model_id != self._embedder.model_id:
            raise ModelMismatch(f"{self._embedder.model_id} asks {self._index.snapshot.model_id}")

    def _embedding(
        self, query: Query, shown: Shown, snapshot: VectorSnapshot, scope: IdArray
    ) -> Probe:
        """One for all parts of the query; that of a first answer serves the exact one, too."""
        asked, self._first_asked = self._first_asked, None
        if asked is not None and asked[0] is query:
            return asked[1]
        parts = self._embeddings.of(query, shown, self._library)
        if len(parts) == 1:
            return parts[0]
        embeddings = [part.embedding for part in parts]
        return Probe(_combine(embeddings, lambda part: snapshot.spread(part, scope).std))

    def _library(self) -> FloatArray:
        """A sample of all photos."""
        return self._index.snapshot.sample(self._scope(SEARCHED))

    def _scope(self, which: Filter, may_be_old: bool = False) -> IdArray:
        """Sorted ids of the photos that may answer; the same array while the photos stay the
        same, which spares the snapshot comparing the ids.

        may_be_old: take the last one where it is large. To list a million ids takes as long as six
        exact scans, and while photos are being read the catalog changes all the time; the exact
        answer follows with the new ones.
        """
        with self._lock:
            known = self._scopes.get(which)
        if known is not None and may_be_old and len(known[1]) > self.border:
            return known[1]
        revision = self._catalog.revisions().photos
        if known is None or known[0] != revision:
            ids = self._catalog.photos.find_ids(which)
            known = revision, ids
            with self._lock:
                self._scopes[which] = known
                self._scopes.move_to_end(which)
                if len(self._scopes) > _N_SCOPES:
                    self._scopes.popitem(last=False)
        return known[1]

    def _odds(
        self, asked: Probe, is_photo: bool, found: Neighbours, tiled: Compared | None = None
    ) -> Odds:
        if asked.odds is not None:
            odds = asked.odds
        elif is_photo:
            of_any = tiled.of_any if tiled else None
            odds = self._calibrator.for_likeness(asked.embedding, found, of_any)
        else:
            odds = self._calibrator.for_words(asked.embedding, found)
        return replace(odds, bands=Bands.at(self._sensitivity()))


def _texts_of(query: Query) -> list[str]:
    """All that a model is asked to embed."""
    whole = whole_of(query)
    return [
        *(clause.words for clause in query.clauses if clause.words),
        *([whole] if whole else []),
    ]


def _n_looked_at(query: Query, shown: Shown) -> int:
    """How many of the best hits are looked for: enough to tell whether anything fits."""
    return max(query.n, RANKS[-1]) + len(_left_out(query, shown))


def _left_out(query: Query, shown: Shown) -> frozenset[int]:
    """The photos that others are to resemble, which are no answer themselves."""
    named = {id_ for each in shown.values() if not each.are_answers for id_ in each.more}
    return frozenset(named if query.like_photo_id is None else named | {query.like_photo_id})


def _verdict_of(
    query: Query, hits: Sequence[Hit], odds: Sequence[Odds], some_wait: bool
) -> Verdict:
    """What the hits say together; of several clauses, one that nothing fits is enough to doubt.
    some_wait: whether photos have not been searched yet, which without hits leaves it open."""
    if not hits and some_wait:
        return Verdict.WEAK
    wanted = [
        each
        for number, each in enumerate(odds)
        if number >= len(query.clauses) or not query.clauses[number].is_unwanted
    ]
    told = [each.is_absent for each in wanted if each.is_absent is not None]
    return verdict_of((hit.band for hit in hits), any(told) if told else None)


def _combine(parts: Sequence[FloatArray], std_of: Std) -> FloatArray:
    """One embedding (d,) of length 1 for all parts of a query.

    Cosines of words with photos lie within a few hundredths, those of photos with photos within
    several tenths; added as they are, the words would hardly count. So each part is divided by the
    standard deviation of its own scores over the library: then each moves the order of the photos
    equally far.
    """
    if len(parts) == 1:
        return parts[0]
    stds = [max(std_of(part), _LEAST_STD) for part in parts]
    total = np.sum([part / std for part, std in zip(parts, stds, strict=True)], axis=0)
    length = float(np.linalg.norm(total))
    return parts[0] if length < _LEAST_STD else np.asarray(total / length, np.float32)


def _hits(query: Query, found: Neighbours, odds: Odds, left_out: frozenset[int]) -> tuple[Hit, ...]:
    least = -1.0 if query.min_score is None else query.min_score
    probabilities = odds.probabilities(found.scores).tolist()
    rows = zip(found.photo_ids.tolist(), found.scores.tolist(), probabilities, strict=True)
    clauses = query.clauses if not query.has_likeness else ()
    hits = (
        _hit(photo_id, score, odds.bands.of(probability), probability, clauses)
        for photo_id, score, probability in rows
        if photo_id not in left_out and score >= least
    )
    return tuple(hits)


def _as_marked(query: Query, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """What a person has marked is so: it stands first, or last."""
    if not query.has_marks:
        return tuple(hits)
    said = dict.fromkeys(query.more, 1.0) | dict.fromkeys(query.less, 0.0)
    known = [
        replace(hit, band=USUAL.of(said[hit.photo_id]), probability=said[hit.photo_id])
        if hit.photo_id in said
        else hit
        for hit in hits
    ]
    bands = list(Band)
    return tuple(
        sorted(known, key=lambda hit: (bands.index(hit.band), -said.get(hit.photo_id, 0.5)))
    )


def _hit(
    photo_id: int, score: float, band: Band, probability: float, clauses: Sequence[Clause]
) -> Hit:
    parts = tuple(ClauseScore(clause, score, band, probability) for clause in clauses)
    return Hit(photo_id, score, band, probability, parts)
