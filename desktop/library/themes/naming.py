"""Names for themes: words from a list, by how near they are to the photos."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import folded
from desktop.embedding import Embedder
from desktop.grouping import NONE
from desktop.jobs import Job
from desktop.settings import resource_path

log = logging.getLogger(__name__)

LABEL = "Finding names"

_BATCH = 128
_COMMON = 0.75
"""So much of what a word says of the library as a whole is taken off: with all of it the name says
what a theme alone shows, with nothing what photos show in general."""

_TYPICAL = 0.7
"""A name comes from this share of a theme's photos, those that are most like each other."""

_PLAIN = 0.01
"""A longer name is taken where it says so much more for each further word: “dog” comes before
“brown dog” unless the photos show brown ones."""


_N_AGREEING, _HEAT = 20, 0.02
_AGREEMENT = 0.5
"""A word counts for more where the other good words for the theme mean much the same. How much, how
many are asked, and how fast they count for less than the best (a temperature of their scores)."""


class ThemeWords:
    """The list of names, and what a model makes of them. One thread at a time.

    A model reads some 2,200 words and phrases in 5 to 20 seconds; what it makes of them is kept in
    a file that may be deleted."""

    def __init__(self, cache_path: Path) -> None:
        self._cache_path = cache_path

    def embedded(self, embedder: Embedder, job: Job) -> NDArray[np.float32]:
        """(n, d), a row for each of `vocabulary`. Raises ModelUnavailable or Cancelled."""
        words = vocabulary()
        key = "\n".join((embedder.model_id, *words)).encode()
        path = self._cache_path / f"words-{hashlib.blake2b(key, digest_size=8).hexdigest()}.npy"
        shape = len(words), embedder.dim
        kept = _read(path, shape)
        if kept is not None:
            return kept
        parts = []
        for start in range(0, len(words), _BATCH):
            job.report(start, len(words), LABEL)
            parts.append(embedder.embed_text(words[start : start + _BATCH]))
        job.report(len(words), len(words), LABEL)
        embeddings = np.concatenate(parts)
        _write(path, embeddings)
        return embeddings


def _read(path: Path, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """What was kept; None where there is nothing whole."""
    try:
        kept = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    is_whole = kept.dtype == np.float32 and kept.shape == shape and np.isfinite(kept).all()
    return kept if is_whole else None


def _write(path: Path, embeddings: NDArray[np.float32]) -> None:
    unfinished = path.with_name(f"{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            np.save(file, embeddings, allow_pickle=False)
        os.replace(unfinished, path)
    except OSError as error:  # they are made again the next time
        log.info("what a model makes of words is not kept: %s", error)


@cache
def vocabulary() -> tuple[str, ...]:
    """What a theme may be called, from resources/themes/vocabulary.txt."""
    text = resource_path("themes", "vocabulary.txt").read_text(encoding="utf-8")
    lines = " ".join(f"{line}," for line in text.splitlines() if not line.startswith("#"))
    return tuple(dict.fromkeys(filter(None, (word.strip() for word in lines.split(",")))))


def typical(labels: NDArray[np.int32], closeness: NDArray[np.float32]) -> NDArray[np.int32]:
    """The groups (n,) without the photos of each that are the least close (n,) to its middle."""
    labels = labels.copy()
    for number in np.unique(labels[labels != NONE]).tolist():
        rows = np.flatnonzero(labels == number)
        border = np.quantile(closeness[rows], 1 - _TYPICAL)
        labels[rows[closeness[rows] < border]] = NONE
    return labels


def names_for(
    centres: NDArray[np.float32],
    whole: NDArray[np.float32],
    words: NDArray[np.float32],
    taken: Collection[str] = (),
) -> list[str]:
    """A name for each of k themes, all different, and none of `taken`.

    centres: (k, d) means of the embeddings of their photos. whole: (d,) that of the library. words:
    (n, d) of `vocabulary`. The theme that its best word fits best chooses first.
    """
    known = vocabulary()
    n_words = np.array([len(name.split()) for name in known], np.float32)
    scores = centres @ words.T - _COMMON * (whole @ words.T) - _PLAIN * (n_words - 1)
    scores = np.stack([_agreed(row, words) for row in scores]) if len(scores) else scores
    used = {_stem(name) for name in taken}
    names = [""] * len(centres)
    for theme in np.argsort(-scores.max(axis=1), kind="stable").tolist():
        best = (known[at] for at in np.argsort(-scores[theme], kind="stable").tolist())
        names[theme] = next(name for name in best if _stem(name) not in used)
        used.add(_stem(names[theme]))
    return names


def _agreed(scores: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
    """The scores (n,) of the words for a theme; the best of them with what the others add."""
    best = np.argsort(-scores, kind="stable")[:_N_AGREEING]
    weights = np.exp((scores[best] - scores[best[0]]) / np.float32(_HEAT))
    weights /= weights.sum()
    agreed = scores.copy()
    agreed[best] += np.float32(_AGREEMENT) * (words[best] @ words[best].T @ weights)
    return agreed


def _stem(name: str) -> str:
    """One and several of a thing are no two names."""
    return folded(name).removesuffix("s")


def mean_by_group(
    labels: Sequence[int], vectors: NDArray[np.float32], sums: dict[int, NDArray[np.float32]]
) -> None:
    """Add the vectors (n, d) of each group to its sum in `sums`."""
    numbers = np.asarray(labels)
    for number in np.unique(numbers).tolist():
        total = vectors[numbers == number].sum(axis=0, dtype=np.float32)
        sums[number] = sums[number] + total if number in sums else total
