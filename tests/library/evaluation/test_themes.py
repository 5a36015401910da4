"""Small libraries of a few subjects, made of captioned photos."""

from dataclasses import replace

import numpy as np
import pytest

from desktop.library.evaluation.asked import Asked
from desktop.library.evaluation.themes import LEAST_PHOTOS, LEAST_SUBJECTS, Themed, themed

DIM = 12


@pytest.fixture(scope="module")
def learned() -> Asked:
    """Ten words with 60 photos each, of which every sixth shows the next word, too."""
    draw = np.random.default_rng(3)
    words = np.eye(10, DIM)
    photos = draw.standard_normal((600, DIM)) * 0.2
    right: list[list[int]] = [[] for _ in words]
    for at in range(600):
        right[at // 60].append(at)
        if at % 6 == 0:
            right[(at // 60 + 1) % 10].append(at)
    for word, shown in zip(words, right, strict=True):
        photos[shown] += word
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    texts = tuple(f"word{n}" for n in range(10))
    known = tuple(np.sort(np.array(each)) for each in right)
    return Asked("x", photos.astype(np.float32), texts, words.astype(np.float32), known, known)


@pytest.fixture(scope="module")
def themes(learned: Asked) -> list[Themed]:
    return themed(learned, np.random.default_rng(1))


@pytest.fixture(scope="module")
def libraries(themes: list[Themed]) -> list[Asked]:
    return [each.subjects for each in themes]


def test_each_photo_shows_one_of_the_subjects(libraries: list[Asked]) -> None:
    assert len(libraries) > 10
    for each in libraries:
        assert len(each.texts) >= LEAST_SUBJECTS
        assert len(set(each.texts)) == len(each.texts)
        assert all(len(right) >= LEAST_PHOTOS // 2 for right in each.right)
        assert sorted(np.concatenate(each.right)) == list(range(len(each.photos)))


def test_the_right_photos_are_nearest_to_their_word(libraries: list[Asked]) -> None:
    for each in libraries[:10]:
        for question, right in enumerate(each.right):
            scores = each.photos @ each.words[question]
            others = each.others(question)
            assert scores[right].mean() > scores[others].mean()


def test_the_photos_of_a_library_have_something_in_common(
    learned: Asked, libraries: list[Asked]
) -> None:
    mean = learned.photos.mean(axis=0)
    apart = [float(np.linalg.norm(each.photos.mean(axis=0) - mean)) for each in libraries]
    assert max(apart) > 0.3
    assert np.allclose(np.linalg.norm(libraries[0].photos, axis=1), 1, atol=1e-5)


def test_each_is_asked_for_other_things_too(themes: list[Themed]) -> None:
    """Of them the photos show what their captions say, if anything."""
    for each in themes:
        assert len(each.others.texts) == (1 if len(each.subjects.texts) < 10 else 0)
        assert not set(each.others.texts) & set(each.subjects.texts)
        assert each.others.photos is each.subjects.photos
    shown = [len(right) for each in themes for right in each.others.right]
    assert min(shown) == 0 < max(shown) <= 20


def test_too_few_subjects_make_no_library(learned: Asked) -> None:
    few = replace(learned, sure=learned.sure[:4])
    assert themed(few, np.random.default_rng(1)) == []
