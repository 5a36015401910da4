"""Small libraries of a few subjects each, made of captioned photos. Most people's photos are not
like that; a folder of photos in classes is.

In such a library a tenth or a fifth of the photos may show what is asked, and the others are much
like them. They also have something in common, their place or their make, that usual photos do not
have, and the words asked may have it, too. So the photos of each library are moved along what they
have in common, by another amount each time, and a little in some other direction.

Each is also asked for other things than its subjects, which few or none of its photos show: who
learns from questions for the subjects alone believes that a library has all that it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from desktop.library.evaluation.asked import Asked, Rows, Vectors

N_LIBRARIES = 150
MOST_TRIED = 20
N_SUBJECTS, LEAST_SUBJECTS = (5, 13), 5
N_PHOTOS, LEAST_PHOTOS = (25, 90), 20
"""Of each subject."""
SUBJECT_PHOTOS = 50
"""Words that so many photos surely show may be subjects."""
NEARNESS = (0.03, 0.3)
"""How much the subjects of one library differ in meaning, as a temperature of their cosines."""
SAME_SUBJECT = 0.93
MOST_MOVED, MOST_ASIDE = 3.0, 0.5
COMMON_FROM, RARE_FROM = 30, 5
"""A word that so many photos show is common, and rare if it is so many. Of the other things that a
library is asked for, one is the one, and one the other."""


@dataclass(frozen=True, slots=True)
class Themed:
    """A small library, asked for its subjects, of which each photo shows one, and for others."""

    subjects: Asked
    others: Asked


def themed(learned: Asked, draw: np.random.Generator) -> list[Themed]:
    """N_LIBRARIES of them at most."""
    subjects = [n for n, sure in enumerate(learned.sure) if len(sure) >= SUBJECT_PHOTOS]
    mean = learned.photos.mean(axis=0)
    (of_others,) = draw.spawn(1)
    libraries: list[Themed] = []
    for _ in range(N_LIBRARIES * MOST_TRIED if len(subjects) >= LEAST_SUBJECTS else 0):
        shown = _photos_of(learned, _alike(learned, subjects, draw), draw)
        if len(shown) >= LEAST_SUBJECTS:
            others = _others(learned, [each for each, _ in shown], of_others)
            libraries.append(_library(learned, shown, others, mean, draw))
        if len(libraries) == N_LIBRARIES:
            break
    return libraries


def _alike(learned: Asked, subjects: list[int], draw: np.random.Generator) -> list[int]:
    """Some subjects that are more or less alike."""
    words = learned.words[subjects]
    n = int(draw.integers(*N_SUBJECTS))
    heat = float(np.exp(draw.uniform(*np.log(NEARNESS))))
    first = int(draw.integers(len(subjects)))
    # The largest of what is so disturbed are a draw without replacement (Gumbel).
    order = np.argsort(-(words @ words[first] / heat + draw.gumbel(size=len(subjects))))
    chosen: list[int] = [first]
    for each in order.tolist():
        if len(chosen) < n and not any(_is_same(learned, subjects, each, it) for it in chosen):
            chosen.append(each)
    return [subjects[each] for each in chosen]


def _is_same(learned: Asked, subjects: list[int], one: int, other: int) -> bool:
    texts = [set(learned.texts[subjects[at]].split()) for at in (one, other)]
    near = learned.words[subjects[one]] @ learned.words[subjects[other]] > SAME_SUBJECT
    return bool(near) or bool(texts[0] & texts[1])


def _photos_of(
    learned: Asked, subjects: list[int], draw: np.random.Generator
) -> list[tuple[int, Rows]]:
    """Some photos of each subject that no caption says to show another; in half of the libraries
    nearly as many of each."""
    most = _drawn_size(draw, N_PHOTOS[0])
    shown = []
    for each in subjects:
        others = [learned.right[it] for it in subjects if it != each]
        alone = np.setdiff1d(learned.sure[each], np.concatenate(others))
        n = most if draw.random() < 0.5 else _drawn_size(draw, N_PHOTOS[0] // 2)
        if len(alone) >= LEAST_PHOTOS:
            shown.append((each, np.sort(draw.permutation(alone)[:n])))
    return shown


def _drawn_size(draw: np.random.Generator, least: int) -> int:
    return int(np.exp(draw.uniform(np.log(least), np.log(N_PHOTOS[1]))))


def _library(
    learned: Asked,
    shown: list[tuple[int, Rows]],
    others: list[int],
    mean: Vectors,
    draw: np.random.Generator,
) -> Themed:
    positions = np.concatenate([photos for _, photos in shown])
    ends = np.cumsum([len(photos) for _, photos in shown])
    right = tuple(np.arange(end - len(at), end) for end, (_, at) in zip(ends, shown, strict=True))
    photos = learned.photos[positions]
    in_common = photos.mean(axis=0) - mean
    aside = learned.photos[int(draw.integers(len(learned.photos)))] - mean
    moved = photos + draw.uniform(0, MOST_MOVED) * in_common + draw.uniform(0, MOST_ASIDE) * aside
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    moved = moved.astype(np.float32)
    subjects = [each for each, _ in shown]
    said = tuple(np.flatnonzero(np.isin(positions, learned.right[each])) for each in others)
    return Themed(
        Asked("themed", moved, _texts(learned, subjects), learned.words[subjects], right),
        Asked("themed", moved, _texts(learned, others), learned.words[others], said),
    )


def _others(learned: Asked, subjects: list[int], draw: np.random.Generator) -> list[int]:
    """A common word and a rare one that are no subjects, if there are."""
    n_shown = np.array([len(right) for right in learned.right])
    n_shown[subjects] = 0
    is_common = n_shown >= COMMON_FROM
    kinds = np.flatnonzero(is_common), np.flatnonzero(~is_common & (n_shown >= RARE_FROM))
    return [int(draw.choice(kind)) for kind in kinds if len(kind)]


def _texts(learned: Asked, questions: list[int]) -> tuple[str, ...]:
    return tuple(learned.texts[each] for each in questions)
