"""Fitting a calibration, on scores of which the truth is known."""

import numpy as np
import pytest

from desktop.library.evaluation.asked import Asked
from desktop.library.evaluation.fitting import (
    background_of,
    fit,
    held_out,
    logistic,
    measure,
)

DIM = 16


def asked(seed: int, n_photos: int = 300, n_words: int = 80, n_shown: int = 8) -> Asked:
    """Each word is a direction; photos that show it lie along it, the others do not."""
    draw = np.random.default_rng(seed)
    words = draw.standard_normal((n_words, DIM))
    photos = draw.standard_normal((n_photos, DIM)) * 0.6
    right = [np.sort(draw.permutation(n_photos)[:n_shown]) for _ in range(n_words)]
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    for word, shown in zip(words, right, strict=True):
        photos[shown] += 2.0 * word
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    texts = tuple(f"word {n}" for n in range(n_words))
    vectors = photos.astype(np.float32), words.astype(np.float32)
    return Asked("words", vectors[0], texts, vectors[1], tuple(right), tuple(right))


def elsewhere() -> Asked:
    """Photos enough of each word, so that others are compared with it."""
    return asked(9, n_photos=600, n_shown=30)


def test_a_logistic_curve_is_found_again() -> None:
    draw = np.random.default_rng(1)
    table = draw.standard_normal((20_000, 2))
    is_true = draw.random(20_000) < 1 / (1 + np.exp(-(2.0 * table[:, 0] - 1.0)))
    found = logistic(table, is_true, np.ones(20_000), ridge=1.0)
    assert found == pytest.approx([2.0, 0.0, -1.0], abs=0.1)


def test_probabilities_come_true_on_words_and_photos_that_were_not_fitted_to() -> None:
    background = background_of(elsewhere())
    fitted = fit(background, asked(1), [asked(4), asked(5)])
    figures = measure(fitted, asked(2))
    likely = figures.bands["likely"]
    assert likely.right is not None
    assert likely.right > 0.6
    assert figures.calibration_error < 0.1
    assert figures.verdicts.called_nothing < 0.2


def test_the_noise_of_words_is_told_by_photos_from_elsewhere() -> None:
    elsewhere = asked(9)
    photos, word = elsewhere.photos, asked(1).words[0]
    mean, std = background_of(elsewhere).noise(word)
    assert mean == pytest.approx(float((photos @ word).mean()), abs=1e-4)
    assert std == pytest.approx(float((photos @ word).std()), rel=0.02)


def test_held_out_figures_are_of_both_halves() -> None:
    figures = held_out(background_of(elsewhere()), asked(1), [], [asked(3, n_words=10)])
    assert [each.name for each in figures] == ["words"] * 4
    assert figures[1].n_questions == 10
