"""Index: the current Snapshot of one model, kept on disk as generations, rebuilt in the
background."""

from __future__ import annotations

import errno
import hashlib
import logging
import mmap
import os
import re
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.errors import DiskFull, IndexUnusable, UserError
from desktop.index.approximate import ANNOY, Approximate
from desktop.index.coarse import CoarseRows
from desktop.index.local.generation import (
    Generation,
    add_coarse,
    block_rows,
    lacks_approximate,
    lacks_coarse,
    make_current,
    open_current,
    remove_all_but,
    remove_before,
    write_generation,
)
from desktop.index.local.snapshot import Snapshot
from desktop.index.part import FloatArray, IdArray, Part, Tail, is_among, rising, usable
from desktop.index.seam import CatalogVectors, Held, Read, VectorIndex
from desktop.index.speed import Speed, measure_speed
from desktop.jobs import Job
from desktop.thrift import multiply_on_one_thread

log = logging.getLogger(__name__)

REBUILD_ROWS = 1_000
REBUILD_SHARE = 0.1

_READ_AT_ONCE = 10_000
_COMPARED_ROWS = 32


class Index:
    """The `VectorIndex` of all engines that live in local files: owner of the files under a folder
    of its own for model_id in `folder`.

    `rebuild` is meant for a short-lived worker of its own. The lock is held briefly and by writers
    only.
    """

    def __init__(
        self, folder: Path, model_id: str, dim: int, kind: str = ANNOY, n_segments: int = 1
    ) -> None:
        """kind: of the approximate part that generations get once they are large, see
        `find_kind`; "" for none. n_segments: so many embeddings, one behind the other, are in a
        row of `dim` numbers."""
        self._kind = kind
        self._n_segments = n_segments
        self._folder = folder / folder_name(model_id)
        self._model_id = model_id
        self._dim = dim
        self._lock = threading.Lock()
        self._building = threading.Lock()
        self._built = Part.empty(dim)
        self._approximate: Approximate | None = None
        self._generation: Generation | None = None
        self._tail = Tail(dim)
        self._is_damaged = False
        self._revision = 0
        self._speed = Speed()
        self._measured: tuple[Approximate | None, CoarseRows | None] = None, None
        self._snapshot = Snapshot(model_id, dim, self._built, None, self._tail.part())

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def measure(self) -> None:
        """Measure how fast photos are compared here, once for each generation with an
        approximate part, for the snapshots from now on. A tenth of a second; on a quiet machine it
        says most."""
        with self._lock:
            built, approximate = self._built, self._approximate
        measured = approximate, built.coarse
        if approximate is None or measured == self._measured:
            return
        speed = measure_speed(built, approximate)
        with self._lock:
            self._speed, self._measured = speed, measured
            self._show()
        log.info("up to %d photos are compared one by one: %s", speed.border, speed)

    def load(self, source: CatalogVectors) -> None:
        """Take up the generation on disk, and bring it up to the catalog: photos that were embedded
        since, and those it lacks, are read into the tail. Anything wrong on disk is logged, and
        all are read: exact search meanwhile, `needs_rebuild` true."""
        with self._building:
            known_ids = rising(source.changed_since(0))
            built, approximate, tail = Part.empty(self._dim), None, Tail(self._dim)
            changed, revision = known_ids, 0
            built_from: Generation | None = None
            current = self._open_current(known_ids, source)
            if current is not None:
                generation, written_since = current
                built_from = generation
                is_known = is_among(generation.part.photo_ids, known_ids)
                built = generation.part.without(np.flatnonzero(~is_known))
                approximate = generation.approximate
                revision = generation.catalog_revision
                is_built = is_among(known_ids, built.photo_ids)
                changed = known_ids[~is_built | is_among(known_ids, rising(written_since))]
                remove_before(self._folder, generation, self._kind)
            with self._lock:
                self._built, self._approximate, self._tail = built, approximate, tail
                self._generation = built_from
                self._revision = revision
                self._show()
            for start in range(0, len(changed), _READ_AT_ONCE):
                self.add(*source.read(changed[start : start + _READ_AT_ONCE].tolist()))

    def add(self, photo_ids: IdArray, embeddings: FloatArray) -> None:
        """Put photos into the tail, replacing what they had: the next snapshot finds them.

        embeddings: (n, d), rows of length 1. A row that holds something else than numbers is left
        out and logged.
        """
        if not len(photo_ids):
            return
        ids, vectors = usable(photo_ids, embeddings, self._dim)
        if not len(ids):
            return
        with self._lock:
            self._forget_built(ids)
            self._tail.append(ids, vectors)
            self._show()

    def keep_only(self, list_known: Callable[[], IdArray]) -> None:
        """Let photos be found no more unless `list_known` gives them.

        The rows that are there now are noted first, and only those may go, so that a photo that is
        added meanwhile stays.
        """
        is_done = False
        while not is_done:
            with self._lock:
                built, tail = self._built, self._tail
                added = tail.part()
            known = rising(list_known())
            gone, gone_added = (
                np.flatnonzero(part.alive & ~is_among(part.photo_ids, known))
                for part in (built, added)
            )
            with self._lock:
                is_done = self._built.photo_ids is built.photo_ids and self._tail is tail
                if is_done and len(gone) + len(gone_added):
                    self._built = self._built.without(gone)
                    self._tail.discard(gone_added)
                    self._show()

    def rest(self) -> None:
        """Take the mapped vectors out of this process's memory (205 MB at 100,000 photos); the next
        search maps them again, from the system's cache of the file as a rule, in a few ms."""
        with self._lock:
            built = self._built
        mapped: list[np.ndarray[Any, Any]] = [built.vectors]
        mapped += [built.coarse.numbers] if built.coarse is not None else []
        for array in mapped:
            mapping = _mapping(array)
            if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
                mapping.madvise(mmap.MADV_DONTNEED)

    @property
    def needs_rebuild(self) -> bool:
        """Whether the tail (with the removed) has grown past max(1000, 10 %) of the built part, the
        generation on disk was damaged, it has no approximate part of the kind that is wanted, or
        no coarse rows."""
        with self._lock:
            built, n_new, lacks_part = self._built, self._n_new, self._lacks_approximate
        is_old = n_new > max(REBUILD_ROWS, REBUILD_SHARE * len(built))
        return self._is_damaged or is_old or lacks_part or lacks_coarse(built, self._n_segments)

    @property
    def _lacks_approximate(self) -> bool:
        """Called under the lock."""
        n_built = len(self._built)
        return self._approximate is None and lacks_approximate(self._folder, n_built, self._kind)

    @property
    def _n_new(self) -> int:
        """Rows of the tail, and those of the built part that are dead. Called under the lock."""
        return len(self._tail) + len(self._built) - self._built.n_alive

    @property
    def holds_removed(self) -> bool:
        """Whether rows of photos that are no longer found are still in memory or on disk, where
        only a rebuild removes them."""
        with self._lock:
            parts = self._built, self._tail.part()
        alive = rising(np.concatenate([part.photo_ids[part.alive] for part in parts]))
        return any(
            not is_among(part.photo_ids[~part.alive], alive).all()
            for part in parts
            if part.n_alive < len(part)
        )

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        """Write the next generation, swap it in and remove those before; what was added meanwhile
        stays in the tail. Cancelling leaves the old generation; so does a full disk, or a building
        process that was ended."""
        with self._building:
            with self._lock:
                old, tail = self._built, self._tail.part()
            try:
                if self._add_coarse(job):
                    return
                generation, sources = self._write(old, tail, catalog_revision, job)
                self._swap(generation, sources, old, tail)
                self._revision = catalog_revision if generation is not None else 0
                remove_before(self._folder, generation, self._kind)
            except (OSError, IndexUnusable) as error:
                reason = getattr(error, "strerror", None) or error
                raise (DiskFull if _is_full(error) else UserError)(
                    f"The index could not be saved in {self._folder}: {reason}.",
                    "Make room on that disk; until then all photos are found, only slower.",
                ) from error

    def remove_kept(self) -> None:
        """Let go of what engines before have left on disk. Only the process that may index."""
        with self._building:
            remove_all_but(self._folder, self._generation)

    @property
    def trouble(self) -> str:
        """None: what is in memory and on disk here answers."""
        return ""

    def held(self) -> Held:
        """Of the generation on disk."""
        with self._lock:
            return Held(self._built.n_alive, self._revision)

    def close(self) -> None:
        """Let go of the files: of those that are mapped, when the last snapshot goes."""
        with self._lock:
            self._built, self._approximate = Part.empty(self._dim), None
            self._generation = None
            self._tail = Tail(self._dim)

    def _open_current(
        self, known_ids: IdArray, source: CatalogVectors
    ) -> tuple[Generation, IdArray] | None:
        """The generation on disk, verified against itself and against the catalog, and the photos
        embedded since."""
        try:
            generation = open_current(
                self._folder, self._model_id, self._dim, self._kind, self._n_segments
            )
            if generation is None:
                return None
            changed = source.changed_since(generation.catalog_revision)
            unchanged = known_ids[~is_among(known_ids, rising(changed))]
            _compare(generation.part, unchanged, source.read)
        except IndexUnusable as error:
            log.warning("the index of %s is built again: %s", self._model_id, error)
            self._is_damaged = True
            return None
        self._is_damaged = False
        return generation, changed

    def _write(
        self, old: Part, tail: Part, catalog_revision: int, job: Job
    ) -> tuple[Generation | None, NDArray[np.int64]]:
        """Write the live rows of both parts by rising photo_id. Returns also which row each one
        was: those of `old` are counted first, then those of `tail`."""
        alive = np.flatnonzero(np.concatenate([old.alive, tail.alive]))
        photo_ids = np.concatenate([old.photo_ids, tail.photo_ids])[alive]
        order = np.argsort(photo_ids)
        sources = alive[order]
        if not len(sources):
            make_current(self._folder, None)
            return None, sources
        generation = write_generation(
            self._folder,
            self._model_id,
            photo_ids[order],
            _gather(old, tail, sources),
            self._dim,
            catalog_revision,
            job,
            self._kind,
            self._n_segments,
        )
        make_current(self._folder, generation.number)
        return generation, sources

    def _add_coarse(self, job: Job) -> bool:
        """Let what is built have coarse rows, where these are all that it lacks; whether it was
        so."""
        with self._lock:
            built, generation = self._built, self._generation
            is_whole = not (self._is_damaged or self._n_new or self._lacks_approximate)
        if generation is None or not is_whole or not lacks_coarse(built, self._n_segments):
            return False
        coarse = add_coarse(self._folder, generation, self._n_segments, job)
        with self._lock:
            self._built = replace(self._built, coarse=coarse)
            self._show()
        log.info("%d photos have coarse rows", len(built))
        return True

    def _swap(
        self, generation: Generation | None, sources: NDArray[np.int64], old: Part, tail: Part
    ) -> None:
        """Let the new generation answer. A row that was replaced or removed while it was built is
        dead in it too."""
        with self._lock:
            alive = np.concatenate([self._built.alive, self._tail.part().alive])[sources]
            since = self._tail.part(start=len(tail))
            self._tail = Tail(self._dim)
            self._tail.append(since.photo_ids[since.alive], since.vectors[since.alive])
            self._built, self._approximate = Part.empty(self._dim), None
            self._generation = generation
            if generation is not None:
                self._built = replace(generation.part, alive=alive)
                self._approximate = generation.approximate
            self._is_damaged = False
            self._show()
        log.info("%d photos in the index, built from %d + %d", len(sources), len(old), len(tail))

    def _forget_built(self, photo_ids: IdArray) -> None:
        """Let rows of the built part die, those of these photos. Called under the lock."""
        if not len(self._built) or not len(photo_ids):
            return
        rows = np.searchsorted(self._built.photo_ids, photo_ids)
        rows[rows == len(self._built)] = 0
        rows = rows[self._built.photo_ids[rows] == photo_ids]
        rows = rows[self._built.alive[rows]]
        if len(rows):
            self._built = self._built.without(rows)

    def _show(self) -> None:
        """Let readers see the parts as they are now. Called under the lock."""
        if self._built.coarse is not None:
            multiply_on_one_thread()
        self._snapshot = Snapshot(
            self._model_id,
            self._dim,
            self._built,
            self._approximate,
            self._tail.part(),
            self._speed,
            before=self._snapshot,
        )


def _is_full(error: Exception) -> bool:
    """Whether the disk is full. Some libraries give the reason in words only."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in full or any(os.strerror(n) in str(error) for n in full)


def _mapping(vectors: np.ndarray[Any, Any]) -> mmap.mmap | None:
    """The file that an array shows; None for one in memory."""
    base: object = vectors
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, mmap.mmap) else None


_OF_MODEL = re.compile(r"-[0-9a-f]{8}$")
"""What `folder_name` gives ends so; other folders are not an index's."""


def remove_others(folder: Path, model_ids: Collection[str]) -> None:
    """Remove what indexes of other models have left in `folder`; it can be made again."""
    wanted = {folder_name(model_id) for model_id in model_ids}
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in wanted and _OF_MODEL.search(path.name) and path.is_dir():
            try:
                shutil.rmtree(path)
                log.info("the index in %s was removed", path.name)
            except OSError as error:  # Windows, where another process has it mapped
                log.info("the index in %s stays for now: %s", path.name, error)


def remove_kept(folder: Path, indexes: Mapping[str, VectorIndex]) -> None:
    """Let go of what local engines have left in `folder` that answered before. indexes: that answer
    now, by model_id. Only the process that may index."""
    for model_id, index in indexes.items():
        try:
            if isinstance(index, Index):
                index.remove_kept()
            else:
                remove_all_but(folder / folder_name(model_id), None)
        except OSError as error:
            log.info("what an engine has left stays for now: %s", error)


def folder_name(model_id: str) -> str:
    """A file name for any model_id, different for different ones."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", model_id).strip("._")[:48]
    return f"{readable}-{hashlib.blake2b(model_id.encode(), digest_size=4).hexdigest()}"


def _gather(old: Part, tail: Part, sources: NDArray[np.int64]) -> Iterator[FloatArray]:
    """The rows in blocks. np.take lets other threads run, picking rows by an index does not; that
    is left to the few blocks with rows of both parts."""
    for rows in block_rows(len(sources)):
        source = sources[rows]
        is_old = source < len(old)
        if is_old.all():
            yield np.take(old.vectors, source, axis=0)
        elif not is_old.any():
            yield np.take(tail.vectors, source - len(old), axis=0)
        else:
            block = np.empty((len(source), tail.vectors.shape[1]), np.float32)
            block[is_old] = old.vectors[source[is_old]]
            block[~is_old] = tail.vectors[source[~is_old] - len(old)]
            yield block


def _compare(part: Part, photo_ids: IdArray, read: Read) -> None:
    """Raise IndexUnusable unless the catalog has the same embeddings.

    A catalog that was made anew, or put back from a backup, gives old photo_ids to other photos
    and counts its revisions again, which no file of ours can know. Its newest photos, and some
    spread over all, show it.
    """
    shared = photo_ids[is_among(photo_ids, part.photo_ids)]
    if not len(shared):
        return
    spread = np.linspace(0, len(shared) - 1, _COMPARED_ROWS // 2).astype(int)
    asked = {*shared[spread].tolist(), *shared[-_COMPARED_ROWS // 2 :].tolist()}
    found, vectors = read(sorted(asked))
    rows = np.searchsorted(part.photo_ids, found)
    if len(found) and not np.allclose(part.vectors[rows], vectors, atol=1e-4):
        raise IndexUnusable("the catalog has other embeddings of the same photos")
