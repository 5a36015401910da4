"""StoreIndex: an engine whose embeddings another program keeps, over any `VectorStore`.

This process keeps the ids of the photos, and embeddings of none but the newest. The catalog says
what there is; what the store lacks, or has in an older form, is compared here meanwhile, and sent
by the next `rebuild`. While the store is away all photos are compared here, with embeddings that
the catalog gives block by block: slower, and as true.

A row of the store has the revision of the catalog up to which everything is in the store when that
row is. So rows that replace others are written first, with the revision before, then the new ones,
with the new one: wherever it ends, the highest revision and the count tell what is lacking.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.errors import EngineUnavailable
from desktop.index.facts import Facts
from desktop.index.local.index import REBUILD_ROWS, REBUILD_SHARE
from desktop.index.part import FloatArray, IdArray, Tail, is_among, rising, usable
from desktop.index.seam import CatalogVectors, Held
from desktop.index.stores.scope import blocks_of, together, within, without
from desktop.index.stores.snapshot import StoredIds, StoreSnapshot
from desktop.index.stores.store import VectorStore
from desktop.jobs import Job

log = logging.getLogger(__name__)

KEPT_ROWS = 20_000
"""Embeddings of so many of the newest photos are kept in memory until they are sent."""

KNOCK_EVERY_S = 30.0

_COMPARED_ROWS = 32
_NONE = np.zeros(0, np.int64)


class StoreIndex:
    """See `VectorIndex`. The lock is held briefly; nothing is asked of the store under it."""

    def __init__(self, store: VectorStore, name: str, model_id: str, dim: int) -> None:
        """name: of the engine, for people."""
        self._store = store
        self._name = name
        self._model_id = model_id
        self._dim = dim
        self._lock = threading.Lock()
        self._building = threading.Lock()
        nothing = np.zeros((0, dim), np.float32)
        self._catalog = CatalogVectors(lambda _: _NONE, lambda _: (_NONE, nothing))
        self._known = _NONE  # in the catalog when we last looked
        self._held = _NONE  # rows of the store, right or not
        self._stale = _NONE  # those of them that the catalog has otherwise
        self._fresh = Tail(dim)  # added since
        self._revision = 0
        self._sent: NDArray[np.uint64] | None = None  # digests of the facts of `held`
        self._facts_at = -1
        self._is_damaged = False
        self._away: EngineUnavailable | None = None
        self._knock_at_s = 0.0
        self._is_closed = False
        self._base = StoredIds(_NONE, _NONE, _NONE)
        self._snapshot = self._make_snapshot()

    @property
    def snapshot(self) -> StoreSnapshot:
        return self._snapshot

    def load(self, catalog: CatalogVectors) -> None:
        """A store that is away is asked again by the next rebuild; until then this process compares
        all."""
        with self._building:
            known = rising(catalog.changed_since(0))
            with self._lock:
                self._catalog, self._known, self._fresh = catalog, known, Tail(self._dim)
                self._show()
            try:
                self._take_up(known)
            except EngineUnavailable as error:
                self._on_away(error)
            lacking = without(known, self._held)
            for ids in (lacking, self._stale):
                if len(ids) <= KEPT_ROWS:
                    for some, vectors in blocks_of(catalog, ids):
                        self.add(some, vectors)

    def add(self, photo_ids: IdArray, embeddings: FloatArray) -> None:
        if not len(photo_ids):
            return
        ids, vectors = usable(photo_ids, embeddings, self._dim)
        if not len(ids):
            return
        with self._lock:
            if len(self._fresh) + len(ids) > KEPT_ROWS:
                self._let_go()
            self._fresh.append(ids, vectors)
            self._show()

    def keep_only(self, list_known: Callable[[], IdArray]) -> None:
        is_done = False
        while not is_done:
            with self._lock:
                before, fresh = self._known, self._fresh
                added = fresh.part()
            known = rising(list_known())
            kept = within(before, known)
            gone = np.flatnonzero(added.alive & ~is_among(added.photo_ids, known))
            with self._lock:
                is_done = self._known is before and self._fresh is fresh
                if is_done and (len(gone) or len(kept) < len(before)):
                    self._known = kept
                    self._stale = within(self._stale, kept)
                    self._fresh.discard(gone)
                    self._show()

    @property
    def needs_rebuild(self) -> bool:
        """Whether more than max(1000, 10 %) of the rows are to be sent, the store was away, or the
        facts of photos have changed."""
        with self._lock:
            n_new = self._snapshot.n_tail + self._base.n_gone
            n_held = len(self._held)
        if self._is_damaged or self._away is not None:
            return True
        return n_new > max(REBUILD_ROWS, REBUILD_SHARE * n_held) or self._facts_are_old()

    @property
    def holds_removed(self) -> bool:
        with self._lock:
            held, known, fresh = self._held, self._known, self._fresh.part()
        alive = together(known, np.sort(fresh.photo_ids[fresh.alive]))
        return not is_among(held, alive).all() or not is_among(fresh.photo_ids, alive).all()

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        with self._building:
            try:
                if self._away is not None:
                    self._take_up(self._all_known())
                self._send(job, catalog_revision)
            except EngineUnavailable as error:
                self._on_away(error)
                raise

    def measure(self) -> None:
        """Nothing is to be measured here; a store that was away is asked whether it is back."""
        if self._away is None or self._is_closed or time.monotonic() < self._knock_at_s:
            return
        with self._building:
            try:
                self._take_up(self._all_known())
            except EngineUnavailable as error:
                self._on_away(error)

    def rest(self) -> None:
        """Nothing is mapped."""

    @property
    def trouble(self) -> str:
        away = self._away
        if away is None or self._is_closed:
            return ""
        return f"{away.message} All photos are compared here meanwhile, which takes longer."

    def held(self) -> Held:
        try:
            counted = self._store.count()
        except EngineUnavailable as error:
            return Held(len(self._held), self._revision, error.message)
        return Held(counted.count, counted.revision)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._away = EngineUnavailable(f"The engine {self._name} has been closed.")
            self._show()
        self._store.close()

    def drop(self) -> None:
        """Leave nothing with the store. Raises EngineUnavailable."""
        with self._building:
            self._store.open(self._dim)
            self._store.drop()

    def _take_up(self, known: IdArray) -> None:
        """Find out what the store holds, and what of it is right."""
        self._store.open(self._dim)
        facts_at = self._catalog.facts_revision() if self._catalog.facts is not None else -1
        counted = self._store.count()
        changed = rising(self._catalog.changed_since(counted.revision))
        is_complete = counted.count == len(known) and counted.sum_of_ids in (None, known.sum())
        held, sent = known, None
        if not is_complete:
            held, sent = self._list_rows()
        stale = within(changed, held)
        self._is_damaged = not self._is_like_catalog(without(within(held, known), stale))
        if self._is_damaged:
            log.warning("%s has other embeddings of the same photos: all are sent", self._name)
            stale = within(held, known)
        log.info("%s holds %d of %d photos", self._name, len(within(known, held)), len(known))
        with self._lock:
            self._held, self._stale, self._sent = held, stale, sent
            self._known = known
            self._revision = counted.revision
            if is_complete and counted.revision >= facts_at:
                self._facts_at = facts_at  # they were sent before the revision was
            self._away = None
            self._show()

    def _is_like_catalog(self, photo_ids: IdArray) -> bool:
        """Whether the store has the embeddings that the catalog has, by some spread over all, and
        the newest. A catalog that was made anew gives old ids to other photos."""
        if not len(photo_ids):
            return True
        spread = np.linspace(0, len(photo_ids) - 1, _COMPARED_ROWS // 2).astype(int)
        asked = np.union1d(photo_ids[spread], photo_ids[-_COMPARED_ROWS // 2 :])
        ids, ours = self._catalog.read(asked.tolist())
        held, theirs = self._store.get(ids.tolist())
        return np.array_equal(held, ids) and bool(np.allclose(ours, theirs, atol=1e-4))

    def _send(self, job: Job, catalog_revision: int) -> None:
        """Let the store hold what the catalog holds: removed ones go, replaced ones come before new
        ones."""
        with self._lock:
            tail, fresh = self._fresh, self._fresh.part()
            known, held, stale = self._known, self._held, self._stale
        fresh_ids = np.sort(fresh.photo_ids[fresh.alive])
        known = together(known, fresh_ids)
        facts, facts_at = self._read_facts()
        if facts is not None:
            held, sent_facts = self._list_facts(held)
            old = held[facts.digests_of(held) != sent_facts]
            stale = together(stale, within(old, known))
        gone, new = without(held, known), without(known, held)
        replaced = together(stale, within(fresh_ids, held))
        is_change = bool(len(gone) + len(replaced) + len(new))
        if not len(replaced) + len(new) and self._revision < catalog_revision:
            new = known[-1:]  # takes the revision along
        progress = _Sending(job, len(gone) + len(replaced) + len(new), self._name)
        sent = [_NONE]
        try:
            progress.add(0)
            self._store.remove(gone)
            held = without(held, gone)
            progress.add(len(gone))
            for ids in (replaced, new):
                for some, vectors in blocks_of(self._catalog, ids):
                    is_last = not len(new) and bool(some[-1] == replaced[-1])
                    revision = catalog_revision if ids is new or is_last else self._revision
                    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
                    some, vectors = some[rows], vectors[rows]
                    self._store.put(_facts_of(facts, some), vectors, revision)
                    sent.append(some)
                    progress.add(len(some))
        finally:
            with self._lock:
                self._held = held = together(held, rising(np.concatenate(sent)))
                self._sent = None
                self._show()
        if is_change:
            self._store.settle(job)
        with self._lock:
            if self._fresh is tail:
                now = tail.part()
                was_sent = now.alive & (np.arange(len(now)) < len(fresh))
                self._known = together(self._known, np.sort(now.photo_ids[was_sent]))
                added = tail.part(start=len(fresh))
                self._fresh = Tail(self._dim)
                self._fresh.append(added.photo_ids[added.alive], added.vectors[added.alive])
                self._stale = _NONE
            self._revision = catalog_revision if len(held) else 0
            self._sent = None if facts is None else facts.digests_of(held)
            self._facts_at = facts_at
            self._is_damaged, self._away = False, None
            self._show()
        log.info("%s: %d sent, %d removed", self._name, progress.done - len(gone), len(gone))

    def _list_facts(self, held: IdArray) -> tuple[IdArray, NDArray[np.uint64]]:
        """The rows of the store, and digests of the facts in them: asked once, then known."""
        if self._sent is not None and len(self._sent) == len(held):
            return held, self._sent
        return self._list_rows()

    def _list_rows(self) -> tuple[IdArray, NDArray[np.uint64]]:
        """Page by page: of each row 16 bytes are kept, and not what its program says."""
        ids, digests = [_NONE], [np.zeros(0, np.uint64)]
        while len(rows := self._store.list_rows(int(ids[-1][-1]) if len(ids) > 1 else -1)):
            ids.append(rows.photo_ids)
            digests.append(rows.digests())
        return np.concatenate(ids), np.concatenate(digests)

    def _read_facts(self) -> tuple[Facts | None, int]:
        """What the catalog says of its photos, and its revision before it was asked."""
        if self._catalog.facts is None:
            return None, -1
        revision = self._catalog.facts_revision()
        return self._catalog.facts(), revision

    def _facts_are_old(self) -> bool:
        return self._catalog.facts is not None and self._facts_at != self._catalog.facts_revision()

    def _all_known(self) -> IdArray:
        known = rising(self._catalog.changed_since(0))
        with self._lock:
            fresh = self._fresh.part()
        return together(known, np.sort(fresh.photo_ids[fresh.alive]))

    def _let_go(self) -> None:
        """Keep the newest photos by their ids alone: their embeddings are read again from the
        catalog. Called under the lock."""
        fresh = self._fresh.part()
        ids = np.sort(fresh.photo_ids[fresh.alive])
        self._known = together(self._known, ids)
        self._stale = together(self._stale, within(ids, self._held))
        self._fresh = Tail(self._dim)

    def _on_away(self, error: EngineUnavailable) -> None:
        """Compare here from now on. Any thread."""
        with self._lock:
            if self._is_closed:
                return
            is_news = self._away is None or self._away.message != error.message
            self._away = error
            self._knock_at_s = time.monotonic() + KNOCK_EVERY_S
            self._show()
        if is_news:
            log.warning("%s is not asked for now: %s", self._name, error.message)

    def _show(self) -> None:
        """Called under the lock."""
        self._snapshot = self._make_snapshot()

    def _make_snapshot(self) -> StoreSnapshot:
        arrays = self._known, self._held, self._stale
        if any(one is not other for one, other in zip(arrays, self._base_of(), strict=True)):
            self._base = StoredIds(*arrays)
        store = self._store if self._away is None else None
        return StoreSnapshot(
            self._model_id,
            self._dim,
            self._base,
            self._fresh.part(),
            self._catalog,
            store,
            self._on_away,
            self._facts_at,
        )

    def _base_of(self) -> tuple[IdArray, IdArray, IdArray]:
        return self._base.known, self._base.held, self._base.stale


def _facts_of(facts: Facts | None, photo_ids: IdArray) -> Facts:
    return Facts.unknown(photo_ids) if facts is None else facts.of(photo_ids)


class _Sending:
    """How far the sending is."""

    def __init__(self, job: Job, total: int, name: str) -> None:
        self.done = 0
        self._job = job
        self._total = total
        self._label = f"Sending to {name}"

    def add(self, n: int) -> None:
        """Raises Cancelled."""
        self.done += n
        self._job.report(self.done, self._total, self._label)
