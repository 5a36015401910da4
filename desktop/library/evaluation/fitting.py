"""Fit the calibration of a model: `python -m desktop.library.evaluation.fitting --model NAME
--captions FOLDER --labelled FOLDER... --out FILE`.

The folders are those of `likeness evaluate`. What the scores of words are with photos from
elsewhere is taken from the training photos; the curves are fitted on the other photos, with which
the model was not trained, since it scores those it knows by heart higher, and on small libraries of
a few subjects made of the training photos, for which the others are too few (`themes`): half of
what a score says is how like usual photos the library is. Before the file is written, all of it is
done with half of the words and half of the photos, and measured on the other halves and on classes,
to which nothing is fitted: these are the figures to believe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding import Embedder, Registry
from desktop.errors import UserError
from desktop.library.evaluation.asked import Asked, Vectors
from desktop.library.evaluation.measures import Answered, SetFigures
from desktop.library.evaluation.questions import (
    Question,
    TestPhotos,
    all_caption_words,
    captioned,
    captions_by_photo,
    captions_in,
    labelled,
)
from desktop.library.evaluation.themes import Themed, themed
from desktop.search import Fitted, fingerprint, hit_rows
from desktop.settings import Places, Settings

FloatArray = NDArray[np.float64]

N_AXES = 64
HITS_LEARNED = 60
"""So many of the best hits of each question are learned from, and twice those that are right."""
RIDGE_HITS, RIDGE_PRESENCE = 3.0, 3.0
USUAL, STRANGE = 0, 1
"""The halves of what `Fitted.evidence_of` returns."""
LOST_USUAL, LOST_STRANGE = 0.09, 0.06
"""The share of questions whose photos are there that may be told there is nothing."""
TERM_PHOTOS = 30
"""Words that so many photos elsewhere show are among the terms that others are compared with."""
TERM_PHOTOS_TOLD = 60
"""The same of words in other languages, which only foretell."""
MOST_COUNTED = 200
"""Terms with more photos count no more than those with so many."""
OTHER_LANGUAGES = ("de", "ar")
"""Those of whose captions each photo has several; what is near in meaning serves the rest."""
THEMES_COUNT = 0.3
"""What the hits in all libraries of a few subjects count together, beside those of usual photos."""
LEAST_OTHERS = 20
BATCH = 32
_SEED = 2


def fit(background: Fitted, asked: Asked, themes: Sequence[Themed]) -> Fitted:
    """Fit the curves on these questions, and on libraries of a few subjects; background: what is
    known of the words by themselves."""
    table, is_right, weights = _hits_of(background, asked)
    if themes:
        of_each = [of for each in themes for of in (each.subjects, each.others) if of.texts]
        parts = [_hits_of(background, each, and_absent=True) for each in of_each]
        of_themes, right_of_themes, theirs = map(np.concatenate, zip(*parts, strict=True))
        share = THEMES_COUNT * weights.sum() / theirs.sum()
        table = np.concatenate([table, of_themes])
        is_right = np.concatenate([is_right, right_of_themes])
        weights = np.concatenate([weights, share * theirs])
    hit = logistic(table, is_right, weights, RIDGE_HITS)
    usual = _presence(background, [asked], USUAL, LOST_USUAL)
    subjects = [each.subjects for each in themes]
    strange = _presence(background, [asked, *subjects], STRANGE, LOST_STRANGE)
    return replace(background, hit=hit, usual=usual, strange=strange)


def _hits_of(
    background: Fitted, asked: Asked, and_absent: bool = False
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """The best hits of each question, with what they are seen beside; whether they are right; and
    weights, 1 a question. and_absent: also where the right ones are taken out."""
    tables, outcomes, weights = [], [], []
    everything = np.arange(len(asked.photos))
    for question, right in enumerate(asked.right):
        others = asked.others(question)
        both = and_absent and 0 < len(others) < len(everything)
        for kept in (everything, others) if both else (everything,):
            found = asked.answers(question, kept)
            scores = found.scores[: max(HITS_LEARNED, 2 * len(right))].astype(np.float64)
            among = background.among(asked.words[question], found)
            about = background.about(background.beforehand(asked.words[question]), among.sample)
            tables.append(hit_rows(scores, about))
            outcomes.append(np.isin(found.photo_ids[: len(scores)], right))
            weights.append(np.full(len(scores), 1 / len(scores)))
    return np.concatenate(tables), np.concatenate(outcomes), np.concatenate(weights)


def _presence(background: Fitted, libraries: Sequence[Asked], half: int, lost: float) -> FloatArray:
    """The weights by which a question whose photos are there is told from one whose photos are not.

    The first library counts as much as all others together; the sum is below 0 for the share `lost`
    of the questions to these, or to the first where there is no other, whose photos are there.
    half: of what `Fitted.evidence_of` returns.
    """
    of_each = [
        _present_and_absent(background, each, half, as_many=each is libraries[0])
        for each in libraries
    ]
    first, others = np.array(of_each[0]), [row for rows in of_each[1:] for row in rows]
    kinds = [first, np.array(others)] if others else [first]
    table = np.concatenate(kinds)
    is_present = np.concatenate([np.arange(len(rows)) % 2 == 0 for rows in kinds])
    weights = np.concatenate([np.full(len(rows), 1 / len(rows)) for rows in kinds])
    found = logistic(table, is_present, weights, RIDGE_PRESENCE)
    found[-1] -= float(np.quantile(kinds[-1][::2] @ found[:-1] + found[-1], lost))
    return found


def _present_and_absent(
    background: Fitted, asked: Asked, half: int, as_many: bool
) -> list[FloatArray]:
    """What the answers to each question are known by: a row with the right photos, then one
    without. as_many: with as many photos in both, for where few are right, their number must not
    tell which is which."""
    draw = np.random.default_rng(_SEED)
    rows: list[FloatArray] = []
    for question, right in enumerate(asked.right):
        others = asked.others(question)
        if len(others) < LEAST_OTHERS:
            continue
        filling = (
            draw.permutation(others)[: max(len(others) - len(right), 0)] if as_many else others
        )
        filled = np.sort(np.concatenate([right, filling]))
        answers = [asked.answers(question, kept) for kept in (filled, others)]
        words = background.beforehand(asked.words[question])
        for found in answers:
            among = background.among(asked.words[question], found)
            strange = background.strangeness(among.sample)
            known = background.evidence_of(words, among, strange)
            rows += [known[half]] if known is not None else []
    return rows


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


def background_of(elsewhere: Asked, translated: Sequence[Asked] = ()) -> Fitted:
    """Mean and axes of photos from elsewhere, and the terms asked about them, with how well each is
    known; the curves are not fitted yet. translated: the same in other languages."""
    photos = elsewhere.photos
    mean = photos.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(photos.T.astype(np.float64)))
    n = min(N_AXES, len(values))
    rest = float(values[:-n].mean()) if n < len(values) else 0.0
    scaled = axes[:, -n:] * np.sqrt(np.maximum(values[-n:], 0))
    terms, known = _terms_of(elsewhere, TERM_PHOTOS)
    others = [_terms_of(each, TERM_PHOTOS_TOLD) for each in translated]
    scores = photos @ terms.T
    return Fitted(
        mean.astype(np.float32),
        scaled.astype(np.float32),
        np.array(rest, np.float32),
        np.concatenate([terms, *(each for each, _ in others)]),
        np.concatenate([known, *(each for _, each in others)]).astype(np.float32),
        term_noise=np.stack([scores.mean(axis=0), scores.std(axis=0)], axis=1),
    )


def _terms_of(asked: Asked, least: int) -> tuple[Vectors, FloatArray]:
    """The words that `least` photos show, and of each what `Fitted.known` holds."""
    chosen = [n for n, right in enumerate(asked.right) if len(right) >= least]
    rows = []
    for each in chosen:
        right = asked.right[each]
        scores = asked.photos @ asked.words[each]
        # As many of the first as are right.
        first = np.argpartition(-scores, len(right) - 1)[: len(right)]
        share = len(right) / len(scores)
        told = float(scores[right].mean()), float(np.isin(first, right).mean()), np.log(share)
        rows.append([*told, min(len(right), MOST_COUNTED)])
    return asked.words[chosen], np.array(rows).reshape(-1, 4)


def measure(fitted: Fitted, asked: Asked) -> SetFigures:
    """As `evaluate` does, on what is embedded already."""
    everything = np.arange(len(asked.photos))
    present: list[Answered] = []
    absent: list[Answered] = []
    for question, right in enumerate(asked.right):
        for kept, answers in ((everything, present), (asked.others(question), absent)):
            found = asked.answers(question, kept)
            answers.append(Answered.of(found, fitted.odds(asked.words[question], found), right))
    return SetFigures.of(asked.name, present, absent)


def held_out(
    background: Fitted, words: Asked, themes: Sequence[Themed], classes: Sequence[Asked]
) -> list[SetFigures]:
    """The figures of calibrations that were fitted to half of the words and photos: on the other
    halves, on the classes, and on libraries that are half the one and half the other."""
    draw = np.random.default_rng(_SEED)
    photos = draw.permutation(len(words.photos))
    questions = draw.permutation(len(words.texts)).tolist()
    halves = [words.among(np.sort(photos[half::2]), questions[half::2]) for half in (0, 1)]
    figures = []
    for half in (0, 1):
        fitted = fit(background, halves[half], themes)
        other = halves[1 - half]
        mixed = [of for each in classes for of in (other.beside(each), each.beside(other))]
        figures += [measure(fitted, each) for each in (other, *classes, *mixed)]
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
    right, sure = (
        tuple(np.array(each, np.int64) for each in found)
        for found in ([q.right for q in questions], [q.sure for q in questions])
    )
    vectors = embed_photos(embedder, photos.paths)
    return Asked(name, vectors, texts, embed_words(embedder, texts), right, sure)


def embed_words(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """(n, d), in order."""
    found = [embedder.embed_text(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    return np.concatenate(found) if found else np.zeros((0, embedder.dim), np.float32)


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
        learned = ask(embedder, "captions learned", known, asked)
        translated = [
            _translated(embedder, learned, known, language) for language in OTHER_LANGUAGES
        ]
    fit_and_save(model, learned, words, classes, out, translated)


def _translated(embedder: Embedder, learned: Asked, photos: TestPhotos, language: str) -> Asked:
    """The words of captions in another language, asked about those of the photos that have some."""
    by_photo = captions_in(photos, language)
    having = np.flatnonzero([bool(texts) for texts in by_photo])
    asked = all_caption_words([by_photo[at] for at in having.tolist()])
    questions = [question for question in asked if len(question.right) >= TERM_PHOTOS_TOLD]
    texts = tuple(question.text for question in questions)
    right = tuple(np.array(question.right, np.int64) for question in questions)
    words = embed_words(embedder, texts)
    return Asked(language, learned.photos[having], texts, words, right)


def fit_and_save(
    model: str,
    learned: Asked,
    words: Asked,
    classes: Sequence[Asked],
    out: Path,
    translated: Sequence[Asked] = (),
) -> None:
    """The same, of what is embedded already. learned: what the model was trained with; translated:
    the same in other languages."""
    background = background_of(learned, translated)
    themes = themed(learned, np.random.default_rng(_SEED))
    for figures in held_out(background, words, themes, classes):
        sys.stdout.write(f"held out: {line_of(figures)}\n")
    fitted = fit(background, words, themes)
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
        f"F1 {figures.likely_f1:.3f} (best fixed {figures.best_fixed_f1:.3f}, as often right "
        f"{figures.fixed_f1_as_right:.3f}, best own {figures.best_own_f1:.3f}), "
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
