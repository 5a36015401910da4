"""Checking a file of vectors from its first row to its last, before anything of it is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.errors import VectorsUnusable
from desktop.jobs import Job
from desktop.library.vectors.rows import NOTHING_TAKEN, RowsIn, VectorsFile, unusable

LENGTH_IS_OFF = 1e-3
"""So far from 1 a vector's length may be: those in float16 are off by less."""

_SAME_AT_LEAST = 0.9
_MAY_DIFFER = 0.05
"""Of photos that have a vector by this model here already, so large a share may be unlike the one
in the file: other decoders and precisions move a cosine by less than 0.02."""

_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class FileContents:
    """The contents in a file, in 16 bytes each, so that files that wait can be looked up.

    Attributes:
        sizes: of the photos' files in bytes, rising, each once; None where they are not told.
    """

    keys: NDArray[np.uint64]
    sizes: NDArray[np.int64] | None

    def has(self, content_hash: str) -> bool:
        """Right for what is there; once in a million million it says so of what is not."""
        key = np.uint64(int(content_hash[:16], 16))
        at = int(np.searchsorted(self.keys, key))
        return at < len(self.keys) and bool(self.keys[at] == key)

    def has_sizes(self, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self.sizes is None:
            return np.ones(len(sizes), np.bool_)
        return np.isin(sizes, self.sizes)


def check_rows(file: VectorsFile, catalog: Catalog, job: Job) -> FileContents:
    """Raises VectorsUnusable with a sentence on the first row that is wrong, or Cancelled."""
    keys, sizes = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    tells_sizes = True
    n_rows = n_compared = n_unlike = 0
    for rows in file.rows():
        job.report(n_rows, file.n_rows, f"Checking {file.path.name}")
        _check(file, rows, n_rows)
        n_rows += len(rows.vectors)
        keys.append(
            np.array([int(each[:16], 16) for each in rows.content_hashes if each], np.uint64)
        )
        tells_sizes &= rows.sizes is not None and bool((rows.sizes >= 0).all())
        sizes.append(np.unique(rows.sizes) if rows.sizes is not None else sizes[0])
        cosines = _with_those_here(file.header.model_id, rows, catalog)
        n_compared += len(cosines)
        n_unlike += int((cosines < _SAME_AT_LEAST).sum())
    declared = file.header.n_rows
    if n_rows != file.n_rows or declared not in (None, n_rows):
        raise unusable(file.path, "it is damaged or cut off")
    if not n_rows:
        raise VectorsUnusable(f"{file.path.name} holds no vectors.", "")
    if n_unlike > _MAY_DIFFER * n_compared:
        raise VectorsUnusable(
            f"{n_unlike:,} of {n_compared:,} photos that are in {file.path.name} and have been "
            f"read here have quite another vector there: its rows are mixed up, or it was not made "
            f"by {file.header.model_id}.",
            NOTHING_TAKEN,
        )
    return FileContents(
        np.unique(np.concatenate(keys)), np.unique(np.concatenate(sizes)) if tells_sizes else None
    )


def unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows that are not quite of length 1, such as from float16, made so; others stay as they
    are to the last bit."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(np.abs(lengths - 1) > 1e-5, vectors / lengths, vectors).astype(np.float32)


def _check(file: VectorsFile, rows: RowsIn, n_before: int) -> None:
    vectors, dim = rows.vectors, file.header.dim
    if vectors.shape != (len(rows.content_hashes), dim):
        raise unusable(file.path, f"a vector in it has not {dim} numbers, as it says itself")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    for row, content_hash in enumerate(rows.content_hashes):
        if content_hash is None or not _HASH.fullmatch(content_hash):
            number = n_before + row + 1
            raise unusable(file.path, f"row {number:,} has no content hash of Likeness")
    is_real = np.isfinite(vectors).all(axis=1)
    if not is_real.all():
        number = n_before + int(np.argmin(is_real)) + 1
        raise unusable(file.path, f"the vector in row {number:,} is not made of numbers")
    is_unit = np.abs(lengths - 1) <= LENGTH_IS_OFF
    if not is_unit.all():
        row = int(np.argmin(is_unit))
        raise unusable(
            file.path,
            f"the vector in row {n_before + row + 1:,} has length {lengths[row]:.3g}, and not 1",
        )


def _with_those_here(model_id: str, rows: RowsIn, catalog: Catalog) -> NDArray[np.float64]:
    """The cosines with vectors that photos of the same content have here already."""
    row_of = {each: row for row, each in enumerate(rows.content_hashes) if each is not None}
    here = catalog.made.list_of_contents(model_id, row_of.keys())
    hash_of = {each.photo_id: each.content_hash for each in here if each.is_made}
    photo_ids, known = catalog.made.get_vectors(list(hash_of), model_id)
    if not len(photo_ids):
        return np.zeros(0)
    theirs = rows.vectors[[row_of[hash_of[photo_id]] for photo_id in photo_ids.tolist()]]
    if theirs.shape[1] != known.shape[1]:
        return np.zeros(len(known))
    cosines: NDArray[np.float64] = (theirs * known).sum(axis=1, dtype=np.float64)
    return cosines
