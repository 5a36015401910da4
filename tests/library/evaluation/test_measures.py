"""The arithmetic of an evaluation, on answers that can be counted by hand."""

import numpy as np
import pytest

from desktop.library.evaluation.measures import Answered, SetFigures, best_f1, reliability
from desktop.library.evaluation.questions import caption_words
from desktop.search import Verdict
from desktop.search.calibration.odds import USUAL


def answered(probabilities: list[float], right: list[bool], verdict: Verdict) -> Answered:
    said = np.array(probabilities)
    return Answered(said, said, tuple(map(USUAL.of, probabilities)), np.array(right), verdict)


PRESENT = [
    answered([0.9, 0.8, 0.3, 0.1], [True, False, True, False], Verdict.FOUND),
    answered([0.1, 0.1], [True, False], Verdict.NOTHING),
]
ABSENT = [
    answered([0.1, 0.0], [False, False], Verdict.NOTHING),
    answered([0.9, 0.0], [False, False], Verdict.FOUND),
]


def test_bands_and_verdicts_are_counted() -> None:
    figures = SetFigures.of("words", PRESENT, ABSENT)

    assert figures.bands["likely"].n_photos == 2
    assert figures.bands["likely"].right == 0.5
    assert figures.bands["maybe"].right == 1.0
    assert figures.bands["unlikely"].right == pytest.approx(1 / 3)
    assert figures.bands_absent == {"likely": 1, "maybe": 0, "unlikely": 3}
    assert figures.verdicts.called_nothing == 0.5
    assert figures.verdicts.recognised == 0.5
    assert figures.precision[1] == 1.0
    assert figures.likely_f1 == pytest.approx(2 * 1 / (2 + 3))
    assert figures.best_own_f1 == figures.best_fixed_f1 >= figures.fixed_f1_as_right


def test_probabilities_that_come_true_have_no_error() -> None:
    true = [answered([0.5, 0.5], [True, False], Verdict.FOUND)]
    assert SetFigures.of("words", true, ABSENT).calibration_error == 0.0
    assert [(each.said, each.right, each.n_hits) for each in reliability(true)] == [(0.5, 0.5, 2)]


def test_the_best_cut_off_takes_equal_scores_together() -> None:
    right = np.array([True, False, True, False])
    assert best_f1(np.array([0.9, 0.5, 0.5, 0.1]), right) == pytest.approx(2 * 2 / (3 + 2))


def test_a_cut_off_may_have_to_be_right_as_often_as_another() -> None:
    scores, right = np.array([0.9, 0.5, 0.4, 0.1]), np.array([True, False, True, True])
    assert best_f1(scores, right) == pytest.approx(2 * 3 / (4 + 3))
    assert best_f1(scores, right, least=0.8) == pytest.approx(2 * 1 / (1 + 3))
    assert best_f1(scores, np.array([False, True, True, True]), least=0.8) == 0.0


def test_caption_words_are_shared_by_captions_and_by_photos() -> None:
    captions = [
        ["A brown dog runs", "The brown dog in the snow"],
        ["A dog sleeps", "An animal sleeps."],
        ["A brown dog", "A cat"],
        ["One brown dog", "It sleeps"],
    ]
    found = {question.text: question.right for question in caption_words(captions)}
    assert found == {"brown": (0, 2, 3), "brown dog": (0, 2, 3), "dog": (0, 1, 2, 3)}
