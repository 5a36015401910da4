"""Coarse rows: embeddings at a byte a number, which tell quickly which photos cannot be meant.

A scan is as slow as memory is, and these are a quarter of the float32 rows. Each row is kept as its
difference from the middle of all rows, in steps of its own, with the length e of what rounding took
away. For a question q, itself kept so, what is lost is at most e * |q| and the row's length * |what
rounding took from q| (Cauchy and Schwarz), so a score lies within bounds that are certain; the few
rows whose bounds leave something open are compared by their float32 numbers. With the starter e is
0.010 of a length of 1, with scores that differ by 0.12 (their deviation over a library).

The products are NumKong's (https://github.com/ashvardanian/NumKong), which takes the widest
instructions that a processor has, and lets other threads run. Two cores of an EPYC, processor time
for 500,000 rows of 512 numbers: one question 10 ms, by numpy in float32 81; four 16 and 240, since
each row is read once for all of them.

    <folder>/gen-N.coarse    a header of JSON, filled up to HEADER_BYTES; then middle (d,), steps
                             (n,), errors (n,), lengths (n,) float32, and the rows (n, d) int8
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.errors import IndexUnusable
from desktop.jobs import Job

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float32]

COARSE_FROM = 10_000
"""Rows from which on there are coarse ones; fewer are compared in a millisecond or two."""

ROUNDING: Final = 1e-5
"""More than scores in float32 differ by, however they are summed up."""

HEADER_BYTES: Final = 4_096
_FORMAT: Final = 1
_MOST = 127
_FINER = 256
_BLOCK_ROWS = 16_384
_BLOCKS_ALONE = 8
"""With fewer blocks and questions a second thread takes longer to start than it saves."""
_MOST_THREADS = 4
_WRITTEN_ROWS = 4_096
_MIDDLE_OF = 4_096
_CHECKED_BLOCKS = 64
_CHECKED_BYTES = 4_096
_TINY = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Questions (k, d) as they are compared.

    Attributes:
        numbers: (k, d) int8; of close questions (2k, d), behind them what these leave over, in
            steps that are _FINER times smaller.
        steps, of_middle, lengths, errors: (k, 1) how much 1 stands for; the score of the middle;
            how long the question is; how long what rounding took away.
    """

    numbers: NDArray[np.int8]
    steps: FloatArray
    of_middle: FloatArray
    lengths: FloatArray
    errors: FloatArray

    @classmethod
    def of(cls, wide: NDArray[np.float64], middle: FloatArray, closely: bool = False) -> Questions:
        steps = np.maximum(np.abs(wide).max(axis=1, keepdims=True), _TINY) / _MOST
        steps = steps.astype(np.float32)
        in_steps = wide / steps
        kept = [_whole(in_steps)]
        if closely:
            kept.append(_whole((in_steps - kept[0]) * _FINER))
        rest = in_steps - kept[0] - (kept[1] / _FINER if closely else 0.0)
        errors = np.linalg.norm(rest * steps, axis=1)
        return cls(
            np.concatenate(kept).astype(np.int8),
            steps,
            (wide @ middle)[:, np.newaxis].astype(np.float32),
            np.maximum(np.linalg.norm(wide, axis=1), _TINY)[:, np.newaxis].astype(np.float32),
            errors[:, np.newaxis].astype(np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class CoarseRows:
    """Some embeddings at a byte a number, and how far each may be off. Any thread.

    Attributes:
        numbers: (n, d) int8, memory-mapped.
        steps, errors, lengths: (n,) how much 1 stands for; how long the difference from the true
            row is, at most (inf where that is none of numbers); how long the row is.
        middle: (d,).
    """

    numbers: NDArray[np.int8]
    steps: FloatArray
    errors: FloatArray
    lengths: FloatArray
    middle: FloatArray

    def ask(self, embeddings: FloatArray, closely: bool = False) -> Questions:
        """The embeddings (k, d) as questions to these rows. closely: with bounds half as far from
        each other; of several questions it costs hardly more, of one half as much again."""
        return Questions.of(np.asarray(embeddings, np.float64), self.middle, closely)

    def bounds(
        self, asked: Questions, rows: slice, n_segments: int
    ) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """Between what the best score of each photo lies, for each of k questions, see `ask`.

        rows: of photos; each has n_segments of our rows, one behind the other, of which the best
        counts. Gives blocks of them, in order: which photos, and lows and highs (k, r).
        """
        at_once = max(_BLOCK_ROWS // n_segments, 1)
        starts = range(rows.start, rows.stop, at_once)
        blocks = [slice(start, min(start + at_once, rows.stop)) for start in starts]
        products = _products_with(asked)

        def compare(block: slice) -> tuple[slice, FloatArray, FloatArray]:
            ours = slice(block.start * n_segments, block.stop * n_segments)
            scores = products(self.numbers[ours])
            scores *= self.steps[ours]
            best = best_of_segments(scores, n_segments)
            best *= asked.steps
            best += asked.of_middle
            slack = self._slack(ours, asked.lengths, asked.errors, n_segments)
            return block, best - slack, best + slack

        n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        if n_threads == 1 or len(blocks) * len(asked.numbers) < _BLOCKS_ALONE:
            yield from map(compare, blocks)
            return
        with ThreadPoolExecutor(n_threads, thread_name_prefix="coarse") as pool:
            yield from pool.map(compare, blocks)

    def pick(self, rows: NDArray[np.int64], n_segments: int) -> CoarseRows:
        """A copy of those of some photos, of which each has n_segments of our rows."""
        dim = self.numbers.shape[1]
        numbers = self.numbers.reshape(-1, n_segments * dim)[rows].reshape(-1, dim)
        steps, errors, lengths = (
            each.reshape(-1, n_segments)[rows].ravel()
            for each in (self.steps, self.errors, self.lengths)
        )
        return CoarseRows(numbers, steps, errors, lengths, self.middle)

    def _slack(
        self, ours: slice, lengths: FloatArray, lost: FloatArray, n_segments: int
    ) -> FloatArray:
        """(k, r) how far the best score of photos may be off, from the length of each question and
        of what it `lost` (k, 1). The photo's row that may be furthest off stands for all of its
        rows, which are much alike: to look at each would take as long as the products."""
        errors, own_lengths = (
            best_of_segments(each[np.newaxis, ours], n_segments)
            for each in (self.errors, self.lengths)
        )
        slack = errors * lengths
        slack += own_lengths * lost
        slack += np.float32(ROUNDING)
        return slack


@cache
def is_quick() -> bool:
    """Whether coarse rows are quicker than the others: this processor has instructions for them,
    and NumKong is installed, which it may not be where it has no wheels."""
    try:
        import numkong
    except ImportError:
        log.info("NumKong is not here: photos are compared by float32 numbers only")
        return False

    return any(has for name, has in numkong.get_capabilities().items() if name != "serial")


def write_coarse(path: Path, vectors: FloatArray, n_segments: int, of: str, job: Job) -> None:
    """Write the coarse rows of `vectors` (n, n_segments * d). A second for 200,000 rows.

    of: what tells these vectors from others. Raises Cancelled, or OSError when the disk is full.
    """
    dim = vectors.shape[1] // n_segments
    n = len(vectors) * n_segments
    some = np.asarray(vectors[:: max(1, len(vectors) // _MIDDLE_OF)]).reshape(-1, dim)
    some = some[np.isfinite(some).all(axis=1)]
    middle = (some.sum(axis=0, dtype=np.float64) / max(len(some), 1)).astype("<f4")
    told = np.empty((3, n), "<f4")
    with path.open("wb") as file:
        file.write(b" " * HEADER_BYTES)
        file.write(middle.data)
        file.seek(told.nbytes, 1)
        step = max(_WRITTEN_ROWS // n_segments, 1)
        for start in range(0, len(vectors), step):
            job.check()
            rows = np.asarray(vectors[start : start + step]).reshape(-1, dim)
            numbers, *known = _rounded(rows, middle)
            first = start * n_segments
            for each, values in zip(told, known, strict=True):
                each[first : first + len(rows)] = values
            file.write(numbers.data)
        file.seek(HEADER_BYTES + middle.nbytes)
        file.write(told.data)
    digest = _digest(path)
    header = {"format": _FORMAT, "rows": n, "dim": dim, "of": of, "digest": digest}
    with path.open("r+b") as file:
        file.write(json.dumps(header).encode().ljust(HEADER_BYTES))


def open_coarse(path: Path, shape: tuple[int, int], of: str) -> CoarseRows:
    """Map what was written for vectors of `shape` (rows, numbers). Raises IndexUnusable if it is
    damaged or of others."""
    n, dim = shape
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(HEADER_BYTES))
        expected = {"format": _FORMAT, "rows": n, "dim": dim, "of": of}
        n_bytes = HEADER_BYTES + 4 * dim + 12 * n + n * dim
        if header != expected | {"digest": _digest(path)} or path.stat().st_size != n_bytes:
            raise IndexUnusable(f"{path.name} is damaged, or of other vectors")
        mapped = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{path.name}: {error!r}") from error
    start = HEADER_BYTES + 4 * dim
    floats = np.asarray(mapped[HEADER_BYTES : start + 12 * n]).view("<f4")
    middle, told = floats[:dim], floats[dim:].reshape(3, n)
    numbers = np.asarray(mapped[start + 12 * n :]).view(np.int8).reshape(n, dim)
    return CoarseRows(numbers, told[0], told[1], told[2], np.array(middle))


def _products_with(asked: Questions) -> Callable[[NDArray[np.int8]], FloatArray]:
    """What gives the products (k, r) of rows (r, d) with questions, in steps of both. Any
    thread."""
    import numkong

    numbers, n_asked = asked.numbers, len(asked.steps)
    # Of one question, laying it out costs more than it saves.
    laid_out = numkong.dots_pack(numbers) if len(numbers) > 1 else None

    def products(rows: NDArray[np.int8]) -> FloatArray:
        if not len(rows):  # which NumKong refuses
            return np.empty((n_asked, 0), np.float32)
        if laid_out is None:
            found = np.asarray(numkong.cdist(rows, numbers, metric="dot"))
        else:
            found = np.asarray(numkong.dots_packed(rows, laid_out))
        # In the order of the questions: numpy takes three times as long for columns.
        scores = found.reshape(-1, len(numbers)).T.astype(np.float32, order="C")
        if len(numbers) > n_asked:
            scores[n_asked:] *= np.float32(1 / _FINER)
            scores[:n_asked] += scores[n_asked:]
        return scores[:n_asked]

    return products


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest that int8 can hold."""
    return np.clip(np.rint(numbers), -_MOST, _MOST)


def best_of_segments(scores: FloatArray, n_segments: int) -> FloatArray:
    """(k, r) of (k, r * n_segments)."""
    if n_segments == 1:
        return scores
    best = scores[:, ::n_segments].copy()
    for each in range(1, n_segments):
        np.maximum(best, scores[:, each::n_segments], out=best)
    return best


def _rounded(
    rows: FloatArray, middle: FloatArray
) -> tuple[NDArray[np.int8], FloatArray, FloatArray, FloatArray]:
    """Numbers, steps, errors and lengths of rows (r, d)."""
    apart = rows - middle
    is_real = np.isfinite(apart).all(axis=1)
    apart[~is_real] = 0.0
    steps = np.maximum(np.abs(apart).max(axis=1), _TINY) / np.float32(_MOST)
    numbers = np.rint(apart / steps[:, np.newaxis]).astype(np.int8)
    kept = numbers * steps[:, np.newaxis]
    lengths = np.linalg.norm(kept, axis=1)
    errors = np.linalg.norm(apart - kept, axis=1)
    errors[~is_real] = np.inf
    return numbers, steps, errors, lengths


def _digest(path: Path) -> str:
    """Of blocks spread evenly over what follows the header."""
    digest = hashlib.blake2b(digest_size=16)
    last = max(path.stat().st_size - _CHECKED_BYTES, HEADER_BYTES)
    with path.open("rb") as file:
        for step in range(_CHECKED_BLOCKS):
            file.seek(HEADER_BYTES + (last - HEADER_BYTES) * step // (_CHECKED_BLOCKS - 1))
            digest.update(file.read(_CHECKED_BYTES))
    return digest.hexdigest()
