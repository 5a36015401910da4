"""What marks are worth, on photos of which it is known what they show."""

import numpy as np

from desktop.library.evaluation.asked import Asked
from desktop.library.evaluation.marking import MARKS, figures_of, with_marks
from desktop.search import Odds


def test_marks_bring_what_the_words_alone_leave_among_others() -> None:
    """The words say what all photos have in common, and little of what half have besides."""
    draw = np.random.default_rng(1)
    photos = draw.normal(0, 0.3, (200, 8)) * [1, 1, *[0.5] * 6]
    photos[:, 0] += 1.0
    photos[::2, 1] += 0.8
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    words = np.array([0.95, 0.3, *[0.0] * 6], np.float32)
    right = np.arange(0, 200, 2)
    asked = Asked("", photos.astype(np.float32), ("",), words[np.newaxis], (right,))
    found = asked.answers(0, np.arange(200))

    marks = figures_of([with_marks(words, asked.photos, right, found, Odds.through(0.9, 0.8))])
    assert [each.n_marks for each in marks] == list(MARKS)
    assert marks[-1].after > marks[-1].before + 0.1
    assert figures_of([]) == ()
