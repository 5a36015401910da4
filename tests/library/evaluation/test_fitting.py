"""Fitting a calibration, on scores of which the truth is known."""

from pathlib import Path

import numpy as np
import pytest

from desktop.errors import UserError
from desktop.library.evaluation.asked import Asked
from desktop.library.evaluation.fitting import (
    background_of,
    fit,
    held_out,
    logistic,
    measure,
)
from desktop.library.evaluation.questions import TestPhotos, captions_in
from desktop.library.evaluation.themes import Themed

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
    fitted = fit(background, asked(1), [Themed(asked(4), asked(5)), Themed(asked(6), asked(7))])
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
    both = ["words", "words", "words beside words", "words beside words"]
    assert [each.name for each in figures] == both * 2
    assert figures[1].n_questions == 10


def test_what_is_foretold_of_words_is_the_same_in_another_language() -> None:
    """Words of another language lie beside those that mean the same."""
    plain = elsewhere()
    aside = plain.words + 0.01 * np.random.default_rng(3).standard_normal(plain.words.shape)
    translated = aside.astype(np.float32) / np.linalg.norm(aside, axis=1, keepdims=True)
    background = background_of(plain)
    told = [background.foretell(words) for words in plain.words[:20]]
    again = [background.foretell(words) for words in translated[:20]]
    assert np.array(again) == pytest.approx(np.array(told), abs=0.05)


def test_words_of_other_languages_foretell_and_are_nothing_that_others_stand_beside() -> None:
    plain = elsewhere()
    of_another = asked(10, n_photos=600, n_shown=70)
    background = background_of(plain, [of_another])
    assert len(background.terms) == len(background.known) == 160
    assert len(background.term_noise) == 80


def test_captions_in_another_language_are_read_from_beside_the_others(tmp_path: Path) -> None:
    photos = TestPhotos(tmp_path, (tmp_path / "images/a.jpg", tmp_path / "images/b.jpg"), (), ())
    assert captions_in(photos, "de") == [[], []]
    table = tmp_path / "languages.csv"
    table.write_text("image,language,caption\nb.jpg,de,Ein Hund\nb.jpg,fr,Un chien\n")
    assert captions_in(photos, "de") == [[], ["Ein Hund"]]
    table.write_text("picture,language,caption\nb.jpg,de,Ein Hund\n")
    with pytest.raises(UserError, match="no column 'image'"):
        captions_in(photos, "de")
