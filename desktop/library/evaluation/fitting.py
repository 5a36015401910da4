"""Fit the calibration of a model: `python -m desktop.library.evaluation.fitting --model NAME
--captions FOLDER --labelled FOLDER... --out FILE`.

The folders are those of `likeness evaluate`. What the scores of words are with photos from
elsewhere is taken from the training photos; the curves are fitted on the other photos, with which
the model was not trained, since it scores those it knows by heart higher. Whether anything fits is
learned from small libraries of a few subjects, too, made of the same photos: there a fifth of the
photos may show what is asked, and the others are much like them. Before the file is written, all of
it is done with half of the words and half of the photos, and measured on the other halves and on
classes, to which nothing is fitted: these are the figures to believe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding import Embedder, Registry
from desktop.errors import UserError
from desktop.index import SAMPLE, Neighbours
from desktop.library.evaluation.measures import Answered, SetFigures
from desktop.library.evaluation.questions import (
    Question,
    TestPhotos,
    all_caption_words,
    captioned,
    captions_by_photo,
    labelled,
)
from desktop.search import Fitted, evidence, fingerprint
from desktop.settings import Places, Settings

FloatArray = NDArray[np.float64]
Vectors = NDArray[np.float32]

N_AXES = 64
HITS_LEARNED = 60
"""So many of the best hits of each question are learned from, and twice those that are right."""
RIDGE_HITS, RIDGE_PRESENCE, RIDGE_KNOWN = 3.0, 3.0, 3.0
MOST_WEIGHT = 20
"""Words with more photos count no more than those with so many."""
LOST = 0.04
"""The share of questions whose photos are there that each rule may tell there is nothing."""
TERM_PHOTOS = 30
"""Words that so many photos elsewhere show are among the terms that others are compared with."""
N_THEMES = 60
THEME_WORDS, THEME_PHOTOS, THEME_LEAST = (3, 11), (8, 60), 8
OTHER_PHOTOS = (0, 0, 20, 60, 150)
"""Small libraries of some subjects: how many, and of how many words, photos of each, and others."""
LEAST_OTHERS = 20
BATCH = 32
_SEED = 2


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Embedded photos, and embedded questions with the positions of the right ones."""

    name: str
    photos: Vectors
    texts: tuple[str, ...]
    words: Vectors
    right: tuple[NDArray[np.int64], ...]

    def among(self, photos: NDArray[np.int64], questions: Iterable[int]) -> Asked:
        """Some of the photos and questions."""
        at = np.full(len(self.photos), -1)
        at[photos] = np.arange(len(photos))
        kept = [n for n in questions if (at[self.right[n]] >= 0).sum() >= 1]
        right = tuple(np.sort(at[self.right[n]][at[self.right[n]] >= 0]) for n in kept)
        texts = tuple(self.texts[n] for n in kept)
        return Asked(self.name, self.photos[photos], texts, self.words[kept], right)


def find(photos: Vectors, words: Vectors, kept: NDArray[np.int64]) -> Neighbours:
    """Those of the photos at these positions, best first, as the index finds them."""
    there = photos[kept]
    scores = there @ words
    order = np.argsort(-scores, kind="stable")
    sample = there[:: max(1, len(there) // SAMPLE)]
    mean, std = float(scores.mean()), float(scores.std())
    return Neighbours(kept[order], scores[order], len(kept), mean, std, True, sample)


def fit(background: Fitted, asked: Asked) -> Fitted:
    """Fit the curves on these questions; background: what is known of the words by themselves."""
    everything = np.arange(len(asked.photos))
    tables: list[FloatArray] = []
    outcomes: list[NDArray[np.bool_]] = []
    weights: list[FloatArray] = []
    for words, right in zip(asked.words, asked.right, strict=True):
        found = find(asked.photos, words, everything)
        _, std = background.noise(words)
        n = max(HITS_LEARNED, 2 * len(right))
        scores = found.scores[:n].astype(np.float64)
        of_words = np.tile([std, *background.foretell(words)], (len(scores), 1))
        tables.append(np.column_stack([scores, of_words]))
        outcomes.append(np.isin(found.photo_ids[:n], right))
        weights.append(np.full(len(scores), 1 / len(scores)))
    table, is_right = np.concatenate(tables), np.concatenate(outcomes)
    hit = logistic(table, is_right, np.concatenate(weights), RIDGE_HITS)
    whole = [(everything, n) for n in range(len(asked.texts))]
    alone, beside = _present_and_absent(background, asked, whole)
    of_themes = _present_and_absent(background, asked, _themes(asked))[1]
    presence, absent_below = _rule(alone, alone)
    nearness, near_below = _rule([*beside, *of_themes], beside)
    return replace(
        background,
        hit=hit,
        presence=presence,
        absent_below=absent_below,
        nearness=nearness,
        near_below=near_below,
    )


def _rule(
    rows: Sequence[FloatArray], natural: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The weights that tell the even rows (present) from the odd ones (absent), and
    the sum below which LOST of the present ones of `natural` are."""
    table = np.array(rows)
    is_present = np.arange(len(table)) % 2 == 0
    weights = logistic(table, is_present, np.ones(len(table)), RIDGE_PRESENCE)
    return weights, np.quantile(np.array(natural[::2]) @ weights[:-1] + weights[-1], LOST)


def _themes(asked: Asked) -> list[tuple[NDArray[np.int64], int]]:
    """Small libraries, each of the photos of a few words and of some others, with these words as
    questions: positions of photos, and of a question."""
    draw = np.random.default_rng(_SEED)
    common = [n for n, right in enumerate(asked.right) if len(right) >= THEME_LEAST]
    asked_in: list[tuple[NDArray[np.int64], int]] = []
    for _ in range(N_THEMES if common else 0):
        n_words = min(int(draw.integers(*THEME_WORDS)), len(common))
        chosen = draw.choice(common, n_words, replace=False).tolist()
        shown = [
            draw.permutation(asked.right[n])[: int(draw.integers(*THEME_PHOTOS))] for n in chosen
        ]
        others = draw.permutation(len(asked.photos))[: int(draw.choice(OTHER_PHOTOS))]
        library = np.unique(np.concatenate([*shown, others]))
        asked_in += [(library, n) for n in chosen]
    return asked_in


def _present_and_absent(
    background: Fitted, asked: Asked, questions: Iterable[tuple[NDArray[np.int64], int]]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """What the answers to each question in a library are known by, alone and beside terms that are
    near: a row with the right photos, then one without."""
    draw = np.random.default_rng(_SEED)
    alone: list[FloatArray] = []
    beside: list[FloatArray] = []
    for library, question in questions:
        words = asked.words[question]
        right = np.intersect1d(library, asked.right[question])
        others = np.setdiff1d(library, right)
        if len(others) < LEAST_OTHERS:
            continue
        # As many photos in both, for their number must not tell which is which.
        n_kept = max(len(others) - len(right), 0)
        filled = np.sort(np.concatenate([right, draw.permutation(others)[:n_kept]]))
        foretold = background.foretell(words)
        for kept in (filled, others):
            found = find(asked.photos, words, kept)
            known = evidence(found.scores, found.n_searched, *background.noise(words))
            alone.append(np.append(known, foretold))
            near = background.beside(words, found)
            beside.append(np.append(near if near is not None else [], foretold[1]))
    return alone, beside


def logistic(
    table: FloatArray, is_true: NDArray[np.bool_], weights: FloatArray, ridge: float
) -> FloatArray:
    """Logistic regression by Newton's method: a weight for each column of the table, and the
    constant. ridge: how strongly weights are drawn to 0, in rows."""
    weights = weights / weights.sum() * len(weights)
    mean = np.average(table, axis=0, weights=weights)
    std = np.sqrt(np.average((table - mean) ** 2, axis=0, weights=weights)) + 1e-9
    rows = np.column_stack([(table - mean) / std, np.ones(len(table))])
    penalty = np.diag([*[ridge] * table.shape[1], 0.0])
    found = np.zeros(rows.shape[1])
    for _ in range(30):
        said = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weights * (is_true - said)) - penalty @ found
        curve = (rows * (weights * said * (1 - said))[:, np.newaxis]).T @ rows + penalty
        step = np.linalg.solve(curve + 1e-9 * np.eye(len(found)), slope)
        found = found + step
        if np.abs(step).max() < 1e-7:
            break
    by_column = found[:-1] / std
    return np.array([*by_column, found[-1] - by_column @ mean])


def background_of(elsewhere: Asked) -> Fitted:
    """Mean and axes of photos from elsewhere, how well the words asked about them are known, and
    the terms; the curves are not fitted yet."""
    photos = elsewhere.photos
    mean = photos.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(photos.T.astype(np.float64)))
    n = min(N_AXES, len(values))
    rest = float(values[:-n].mean()) if n < len(values) else 0.0
    scaled = axes[:, -n:] * np.sqrt(np.maximum(values[-n:], 0))
    terms = elsewhere.words[[len(right) >= TERM_PHOTOS for right in elsewhere.right]]
    scores = photos @ terms.T
    return Fitted(
        mean.astype(np.float32),
        scaled.astype(np.float32),
        np.array(rest, np.float32),
        _known(elsewhere).astype(np.float32),
        terms=terms,
        term_noise=np.stack([scores.mean(axis=0), scores.std(axis=0)], axis=1),
    )


def _known(elsewhere: Asked) -> FloatArray:
    """Ridge regression on embedded words: of how the photos of words score, and of how many of the
    first are right, where there are as many first ones as there are right ones."""
    outcomes = []
    for words, right in zip(elsewhere.words, elsewhere.right, strict=True):
        scores = elsewhere.photos @ words
        first = np.argpartition(-scores, len(right) - 1)[: len(right)]
        outcomes.append((float(scores[right].mean()), float(np.isin(first, right).mean())))
    weights = np.minimum([len(right) for right in elsewhere.right], MOST_WEIGHT).astype(np.float64)
    table = elsewhere.words.astype(np.float64)
    middle = np.average(table, axis=0, weights=weights)
    told = np.array(outcomes)
    mean = np.average(told, axis=0, weights=weights)
    rows = table - middle
    square = (rows * weights[:, np.newaxis]).T @ rows + RIDGE_KNOWN * np.eye(table.shape[1])
    found = np.linalg.solve(square, (rows * weights[:, np.newaxis]).T @ (told - mean))
    return np.vstack([found, mean - middle @ found])


def measure(fitted: Fitted, asked: Asked) -> SetFigures:
    """As `evaluate` does, on what is embedded already."""
    everything = np.arange(len(asked.photos))
    present, absent = [], []
    for words, known in zip(asked.words, asked.right, strict=True):
        present.append(_answer(fitted, asked.photos, words, everything, known))
        others = np.setdiff1d(everything, known)
        absent.append(_answer(fitted, asked.photos, words, others, known))
    return SetFigures.of(asked.name, present, absent)


def _answer(
    fitted: Fitted,
    photos: Vectors,
    words: Vectors,
    kept: NDArray[np.int64],
    right: NDArray[np.int64],
) -> Answered:
    found = find(photos, words, kept)
    return Answered.of(found, fitted.odds(words, found), right)


def held_out(background: Fitted, words: Asked, classes: Sequence[Asked]) -> list[SetFigures]:
    """The figures of calibrations that were fitted to half of the words and photos: on the other
    halves, and on the classes."""
    draw = np.random.default_rng(_SEED)
    photos = draw.permutation(len(words.photos))
    questions = draw.permutation(len(words.texts)).tolist()
    halves = [words.among(np.sort(photos[half::2]), questions[half::2]) for half in (0, 1)]
    figures = []
    for half in (0, 1):
        fitted = fit(background, halves[half])
        figures += [measure(fitted, each) for each in (halves[1 - half], *classes)]
    return figures


def embed_photos(embedder: Embedder, paths: Sequence[Path]) -> Vectors:
    """(n, d), in order; progress on stderr. Photos that Pillow reads."""
    rows = []
    for at in range(0, len(paths), BATCH):
        images = []
        for path in paths[at : at + BATCH]:
            with Image.open(path) as image:
                images.append(embedder.fit(image.convert("RGB")))
        rows.append(embedder.embed_images(images))
        sys.stderr.write(f"\r{at + len(images)} of {len(paths)} photos")
    sys.stderr.write("\n")
    return np.concatenate(rows)


def ask(embedder: Embedder, name: str, photos: TestPhotos, questions: Sequence[Question]) -> Asked:
    """Embed photos and questions."""
    texts = tuple(question.text for question in questions)
    words = [embedder.embed_text(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    right = tuple(np.array(question.right, np.int64) for question in questions)
    return Asked(name, embed_photos(embedder, photos.paths), texts, np.concatenate(words), right)


def run(model: str, captions: Path, folders: Sequence[Path], out: Path) -> None:
    """Fit, print the figures, write."""
    embedder = Registry(Places.of_platform(), lambda: Settings(model=model)).create(model)
    with closing(_Unloaded(embedder)):
        dev = captioned(captions)
        words = ask(embedder, "caption words", dev, all_caption_words(captions_by_photo(dev)))
        classes = []
        for folder in folders:
            photos = labelled(folder)
            classes.append(ask(embedder, folder.name, photos, photos.sets[0].questions))
        known = captioned(captions, learned=True)
        asked = all_caption_words(captions_by_photo(known))
        background = background_of(ask(embedder, "captions learned", known, asked))
    for figures in held_out(background, words, classes):
        sys.stdout.write(f"held out: {line_of(figures)}\n")
    fitted = fit(background, words)
    sys.stdout.write(f"fitted to: {line_of(measure(fitted, words))}\n")
    replace(fitted, model=np.array(fingerprint(model))).save(out)
    sys.stdout.write(f"{out}: {out.stat().st_size:,} bytes\n")


@dataclass(frozen=True, slots=True)
class _Unloaded:
    """Unloads an embedder when it is closed."""

    embedder: Embedder

    def close(self) -> None:
        self.embedder.unload()


def line_of(figures: SetFigures) -> str:
    """What matters of the figures, in a line."""
    likely, maybe = figures.bands["likely"], figures.bands["maybe"]
    return (
        f"{figures.name}: likely {likely.right or 0:.2f} of {likely.n_photos}, "
        f"maybe {maybe.right or 0:.2f} of {maybe.n_photos}, "
        f"F1 {figures.likely_f1:.3f} (best fixed {figures.best_fixed_f1:.3f}), "
        f"calibration error {figures.calibration_error:.3f}, "
        f"present called nothing {figures.verdicts.called_nothing:.3f}, "
        f"absent recognised {figures.verdicts.recognised:.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m desktop.library.evaluation.fitting")
    parser.add_argument("--model", required=True, help="as in `likeness models list`")
    parser.add_argument("--captions", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True, help="calibration.npz of the model")
    asked = parser.parse_args(arguments)
    try:
        run(asked.model, asked.captions, asked.labelled, asked.out)
    except UserError as error:
        parser.exit(1, f"{error.message} {error.hint}\n")


if __name__ == "__main__":
    main()
