"""Bands: what they promise for any scores, and what they say in libraries one can picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from desktop.embedding import Registry
from desktop.index import Neighbours
from desktop.index.neighbours import spread_of
from desktop.search import Band, Verdict
from desktop.search.calibration import fitted
from desktop.search.calibration.calibration import (
    Calibrator,
    Ways,
    odds_for_image,
    odds_for_words,
)
from desktop.search.calibration.fitted import (
    CALIBRATION_FILE,
    MOST_OF_ABSENT,
    MOST_STRANGE,
    NEAR_RANKS,
    RANKS,
    TELLING,
    Fitted,
    evidence,
)
from desktop.search.calibration.odds import Bands, Odds, verdict_of
from desktop.settings import Places, Settings

LIKELY, MAYBE = 0.26, 0.22  # CLIP's

RANK = {Band.UNLIKELY: 0, Band.MAYBE: 1, Band.LIKELY: 2}

cosines = st.floats(-1, 1)
neighbours = st.builds(
    lambda n, mean, std: found(n, mean, std),
    st.integers(0, 1_000_000),
    cosines,
    st.floats(0, 1),
)


def found(n_searched: int, mean: float, std: float) -> Neighbours:
    none = np.zeros(0, np.int64), np.zeros(0, np.float32)
    return Neighbours(*none, n_searched, mean, std, True, np.zeros((0, 3), np.float32))


ASKED = np.array([1.0, 0.0, 0.0], np.float32)


def library_scoring(*scores: float, times: int = 500) -> Neighbours:
    """A library that scores so beside the photo ASKED, each score as often."""
    sample = np.zeros((times * len(scores), 3), np.float32)
    sample[:, 0] = np.tile(np.array(scores, np.float32), times)
    n, mean, std = len(sample), float(sample[:, 0].mean()), float(sample[:, 0].std())
    return replace(found(n, mean, std), sample=sample)


def likeness(library: Neighbours, ways: Ways = Ways()) -> Odds:  # noqa: B008
    return odds_for_image(library.sample @ ASKED, library.n_searched, ways)


def band(odds: Odds, score: float) -> Band:
    return odds.bands.of(float(odds.probabilities(np.array([score]))[0]))


def words(n_searched: int, mean: float, std: float) -> Odds:
    return odds_for_words(found(n_searched, mean, std), LIKELY, MAYBE)


@given(neighbours, cosines, cosines, st.booleans())
def test_a_higher_score_is_never_in_a_lower_band(
    found: Neighbours, one: float, other: float, is_image: bool
) -> None:
    lines = likeness(found) if is_image else odds_for_words(found, LIKELY, MAYBE)
    low, high = sorted([one, other])
    assert RANK[band(lines, low)] <= RANK[band(lines, high)]


@given(neighbours, cosines, st.floats(0.01, 0.5))
def test_the_bands_begin_near_the_scores_of_the_model(
    found: Neighbours, maybe_score: float, gap: float
) -> None:
    odds = odds_for_words(found, maybe_score + gap, maybe_score)
    assert band(odds, maybe_score + gap) is Band.LIKELY
    assert band(odds, maybe_score + gap * 3 / 4 - 0.001) is not Band.LIKELY
    assert band(odds, maybe_score - 0.001) is Band.UNLIKELY


@given(neighbours, cosines, cosines)
def test_a_probability_lies_between_none_and_certain_and_rises_with_the_score(
    found: Neighbours, one: float, other: float
) -> None:
    low, high = odds_for_words(found, LIKELY, MAYBE).probabilities(np.array(sorted([one, other])))
    assert 0 <= low <= high <= 1


@given(neighbours)
def test_a_photo_is_a_likely_likeness_of_itself(found: Neighbours) -> None:
    assert band(likeness(found), 1.0) is Band.LIKELY


@given(cosines, st.integers(1, 20))
def test_a_photo_is_a_likely_likeness_of_itself_among_few_of_any_kind(score: float, n: int) -> None:
    assert band(likeness(library_scoring(score, times=n)), 1.0) is Band.LIKELY


@pytest.mark.parametrize("n_searched", [0, 1, 3, 20])
def test_few_photos_leave_the_lines_to_the_model(n_searched: int) -> None:
    """Three photos of what was asked, all alike, are all likely; their mean is no noise."""
    lines = words(n_searched, mean=0.30, std=0.001)
    assert band(lines, 0.31) is Band.LIKELY
    assert band(lines, 0.15) is Band.UNLIKELY


def test_the_line_rises_with_the_noise_of_the_query() -> None:
    """Some words lift the cosines of everything; 0.235 then says little."""
    assert band(words(10_000, mean=0.16, std=0.02), 0.235) is Band.MAYBE
    assert band(words(10_000, mean=0.21, std=0.02), 0.235) is Band.UNLIKELY


def test_nothing_like_that_here() -> None:
    """The best of 10,000 photos that do not fit stands out by 3.7 deviations and is not likely."""
    assert band(words(10_000, mean=0.12, std=0.02), 0.12 + 3.7 * 0.02) is not Band.LIKELY


def test_a_library_full_of_what_was_asked() -> None:
    """Half of the photos show a dog: mean and spread are large, and the dogs stay likely."""
    assert band(words(10_000, mean=0.23, std=0.06), 0.305) is Band.LIKELY


def test_likeness_is_measured_from_what_photos_have_in_common() -> None:
    """CLIP's photos have cosines of 0.5 with any other, the starter's about 0.1."""
    clip, starter = (likeness(library_scoring(usual)) for usual in (0.5, 0.1))
    assert band(clip, 0.6) is Band.UNLIKELY
    assert band(starter, 0.6) is Band.LIKELY
    assert band(clip, 0.8) is Band.LIKELY


def test_where_half_a_library_is_of_one_sort_not_all_of_it_is_alike() -> None:
    """Clothes beside everyday photos: another shirt is likely, and not every garment."""
    mixed = likeness(library_scoring(0.0, 0.05, 0.5, 0.6))
    assert band(mixed, 0.6) is Band.UNLIKELY
    assert band(mixed, 0.8) is Band.LIKELY


def test_what_pixels_finds_is_likely_only_where_it_is_nearly_the_same_photo() -> None:
    pixels = Registry(Places.under(Path()), Settings).create("pixels")
    odds = Calibrator.of(pixels).for_likeness(ASKED, library_scoring(0.1, 0.2))
    assert [band(odds, score) for score in (0.99, 0.94, 0.8)] == list(Band)
    assert band(likeness(library_scoring(0.1, 0.2)), 0.8) is Band.LIKELY, "with any other model"


def test_a_common_subject_does_not_lift_the_line_above_what_is_usual() -> None:
    """A quarter of the photos show a dog, and a dog of usual score is likely."""
    starter = odds_for_words(found(1_480, mean=-0.02, std=0.167), 0.40, 0.30)
    assert band(starter, 0.40) is Band.LIKELY


@given(st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_the_more_sensitive_the_more_is_likely(said: float, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert RANK[Bands.at(low).of(said)] <= RANK[Bands.at(high).of(said)]


def test_the_bands_are_as_measured_until_they_are_moved() -> None:
    assert Bands.at(0.0).likely_from == pytest.approx(Bands().likely_from)
    assert Bands.at(1.0).of(0.3) is Band.LIKELY
    assert Bands.at(0.0).of(0.3) is Band.MAYBE
    assert Bands.at(-1.0).of(0.3) is Band.UNLIKELY


# fitted to a model


def fitted_to(model: str = "") -> Fitted:
    """Noise around 0 with a deviation of 0.1 along the first of three directions; nothing fits
    where the first evidence, the fifth best hit beside chance, is below 0."""
    n_beside = 2 * len(NEAR_RANKS)
    return Fitted(
        mean=np.zeros(3, np.float32),
        axes=np.array([[0.1], [0.0], [0.0]], np.float32),
        rest=np.array(0.0, np.float32),
        terms=np.array([[0.0, 1.0, 0.0]], np.float32),
        known=np.array([[0.3, 0.7, -4.0, 1.0]], np.float32),
        hit=np.array([4.0, 0.0, 0.0, 0.5, 6.0, 0.0, 0.0, 0.0, 2.0, 0.0, -3.0]),
        usual=np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        strange=np.array([1.0, *[0.0] * (len(RANKS) + n_beside), 0.0]),
        term_noise=np.array([[0.0, 0.1]], np.float32),
        model=np.array(model),
    )


def best(*scores: float, n: int = 0) -> Neighbours:
    """Photos along WORDS, and as much of them along no direction that is asked for. n: photos that
    were searched, TELLING of them at least."""
    ids = np.arange(1, len(scores) + 1, dtype=np.int64)
    sample = np.zeros((len(scores), 3), np.float32)
    sample[:, 0] = scores
    n_searched = n or max(len(scores), TELLING)
    return Neighbours(ids, sample[:, 0].copy(), n_searched, 0.0, 0.1, True, sample)


def photos_with(in_common: float, n: int = 300) -> NDArray[np.float32]:
    """Photos in all directions, with so much of the third in common."""
    draw = np.random.default_rng(1)
    photos = draw.standard_normal((n, 3))
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    photos[:, 2] += in_common
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    return np.asarray(photos, np.float32)


WORDS = np.array([1.0, 0.0, 0.0], np.float32)


def test_a_score_is_seen_beside_what_is_foretold_of_the_words() -> None:
    odds = fitted_to().odds(WORDS, best())
    logit = 4.0 * 0.4 + 0.5 * 0.1 + 2.0 * 0.7 - 3.0
    assert odds.probabilities(np.array([0.4]))[0] == pytest.approx(1 / (1 + np.exp(-logit)))


def test_a_library_is_strange_by_what_its_photos_have_in_common() -> None:
    strange = [fitted_to().strangeness(photos_with(much)) for much in (0.0, 0.3, 0.6)]
    assert strange[0] < 0.1
    assert strange == sorted(strange)
    photos = photos_with(0.6)
    of_two = (photos @ photos.T)[~np.eye(len(photos), dtype=bool)].mean()
    assert strange[2] == pytest.approx(np.sqrt(of_two), rel=0.1)
    assert fitted_to().strangeness(photos_with(50.0)) == MOST_STRANGE


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_few_photos_that_are_alike_make_no_library_strange(n: int) -> None:
    assert fitted_to().strangeness(photos_with(50.0, n)) <= 0.2


def test_what_usual_photos_foretell_counts_less_among_strange_ones() -> None:
    fitted = fitted_to()
    words = fitted.beforehand(WORDS)
    usual, strange = (fitted.about(words, photos_with(much)) for much in (0.0, 5.0))
    assert usual[5] == pytest.approx(0.7, abs=0.15)
    assert strange[4:].tolist() == [0.0, 0.0, 0.0]


def test_words_foretell_what_terms_near_them_do_in_whatever_language() -> None:
    """The second term is no nearer to the words than the first, and counts three times."""
    terms = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
    known = np.array([[0.2, 0.4, -3.0, 10], [0.4, 0.8, -3.0, 30], [0.9, 0.9, -9.0, 30]])
    foretold = replace(fitted_to(), terms=terms, known=known.astype(np.float32)).foretell(WORDS)
    assert foretold == pytest.approx([0.35, 0.7, -3.0], abs=1e-4)


def test_a_score_says_more_of_words_that_are_known_well() -> None:
    steeper = np.array([4.0, 3.0, *[0.0] * 9])
    well, poorly = (
        replace(fitted_to(), hit=steeper, known=np.array([[0.3, right, -4.0, 1.0]], np.float32))
        for right in (0.9, 0.1)
    )
    assert well.odds(WORDS, best(0.4)).slope > poorly.odds(WORDS, best(0.4)).slope


def test_the_odds_are_others_where_photos_have_much_in_common() -> None:
    few = replace(best(0.9), sample=photos_with(0.0))
    many = replace(best(0.9), sample=photos_with(0.6))
    assert fitted_to().odds(WORDS, many).offset > fitted_to().odds(WORDS, few).offset


def test_of_few_photos_it_is_never_told_that_nothing_fits() -> None:
    assert fitted_to().odds(WORDS, best(-0.2, -0.3, n=TELLING - 1)).is_absent is False
    assert fitted_to().odds(WORDS, best(-0.2, -0.3, n=TELLING)).is_absent is True


def test_where_nothing_seems_to_fit_nothing_is_likely() -> None:
    sure = replace(fitted_to(), hit=np.array([4.0, *[0.0] * 9, 9.0]))
    scores = np.array([-0.2, -0.3], np.float32)
    odds = sure.odds(WORDS, best(*scores.tolist()))
    assert odds.is_absent is True
    assert odds.probabilities(scores)[0] == pytest.approx(MOST_OF_ABSENT)
    bands = [band(odds, float(score)) for score in scores]
    assert Band.LIKELY not in bands
    assert verdict_of(bands, odds.is_absent) is Verdict.NOTHING


def test_half_a_library_of_one_subject_makes_no_other_absent() -> None:
    """What tells presence among usual photos holds among these alone: where half of the photos are
    scenery, it took a dog for absent."""
    nothing = np.zeros(7)
    mixed = replace(
        fitted_to(),
        usual=np.array([*nothing, -1.2]),
        strange=np.array([*np.zeros(len(RANKS) + 2 * len(NEAR_RANKS) + 1), 1.0]),
    )
    of_usual, of_mixed = (
        replace(best(0.4, n=TELLING), sample=photos_with(much)) for much in (0.0, 0.5)
    )
    assert 0.2 < mixed.strangeness(of_mixed.sample) < 0.3
    assert mixed.odds(WORDS, of_usual).is_absent is True
    assert mixed.odds(WORDS, of_mixed).is_absent is False


def test_everyday_things_are_judged_among_everyday_photos() -> None:
    """What else a library holds says nothing of them: beside so much scenery, every dog was far
    above the middle of all photos, or far below."""
    everyday, scenery = photos_with(0.0), photos_with(0.0)
    everyday[:, 2] *= 0.2
    everyday[:60, 0] += 2.0
    scenery[:, 2] += 6.0
    both = np.concatenate([everyday, scenery])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    alone = asked_of(both[: len(everyday)])
    fitted = replace(fitted_to(), usual=np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0]))
    among = fitted.among(WORDS, asked_of(both))
    assert among.n_searched == pytest.approx(len(everyday), rel=0.05)
    assert among.mean_score == pytest.approx(alone.mean_score, abs=0.02)
    assert among.std_score == pytest.approx(alone.std_score, abs=0.02)
    assert fitted.among(WORDS, alone) == alone
    odds = fitted.odds(WORDS, asked_of(both))
    assert odds.offset == pytest.approx(fitted.odds(WORDS, alone).offset, abs=0.1)
    assert fitted.strangeness(both) > 0.3 > fitted.strangeness(among.sample)


def asked_of(photos: NDArray[np.float32]) -> Neighbours:
    scores = photos @ WORDS
    ids = np.argsort(-scores, kind="stable")
    n, spread = len(photos), spread_of(scores)
    return Neighbours(ids, scores[ids], n, spread.mean, spread.std, True, photos)


def near_terms(*heights: float) -> Fitted:
    """Terms that mean nearly the same as WORDS, each of which scores so high with the best photos
    as its height says; absent is what stands no higher than most of them."""
    terms = np.array([[0.8, height, 0.0] for height in heights], np.float32)
    n_near = len(NEAR_RANKS)
    weights = np.array([*[0.0] * (len(RANKS) + n_near), *[1.0] * n_near, 0.0, 0.0])
    noise = np.tile(np.array([0.0, 0.1], np.float32), (len(terms), 1))
    known = np.tile(np.array([0.3, 0.7, -4.0, 1.0], np.float32), (len(terms), 1))
    return replace(fitted_to(), terms=terms, known=known, term_noise=noise, strange=weights)


def library_of(n: int) -> Neighbours:
    """n photos that score 0.4 for WORDS and lie along the second direction, too."""
    sample = np.tile(np.array([0.4, 0.5, 0.0], np.float32), (n, 1))
    return Neighbours(np.arange(n), sample[:, 0].copy(), n, 0.4, 0.0, True, sample)


def test_words_that_score_less_than_others_like_them_are_not_here() -> None:
    assert near_terms(0.0, 0.1, 0.0).odds(WORDS, library_of(TELLING)).is_absent is False
    assert near_terms(0.5, 0.6, 0.5).odds(WORDS, library_of(TELLING)).is_absent is True


def test_what_means_the_same_does_not_speak_against_words() -> None:
    same = near_terms(0.5, 0.6)
    same = replace(same, terms=np.tile(np.array([0.95, 0.3, 0.0], np.float32), (2, 1)))
    assert same.odds(WORDS, library_of(TELLING)).is_absent is not None


def test_the_best_hits_tell_whether_anything_fits() -> None:
    assert fitted_to().odds(WORDS, best(-0.2, -0.3)).is_absent is True
    assert fitted_to().odds(WORDS, best(0.4, 0.38)).is_absent is False
    assert fitted_to().odds(WORDS, best()).is_absent is None


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=80), st.integers(80, 1_000_000))
def test_the_evidence_is_made_of_numbers_in_any_library(scores: list[float], n: int) -> None:
    known = evidence(np.array(sorted(scores, reverse=True)), n, 0.0, 0.1)
    assert known.shape == (len(RANKS),)
    assert np.isfinite(known).all()


def test_what_is_likely_is_found_whatever_else_is_said() -> None:
    assert verdict_of([Band.LIKELY, Band.UNLIKELY], is_absent=True) is Verdict.FOUND
    assert verdict_of([Band.MAYBE], is_absent=True) is Verdict.NOTHING
    assert verdict_of([Band.UNLIKELY], is_absent=False) is Verdict.WEAK
    assert verdict_of([Band.MAYBE], is_absent=None) is Verdict.WEAK
    assert verdict_of([Band.UNLIKELY], is_absent=None) is Verdict.NOTHING
    assert verdict_of([], is_absent=None) is Verdict.NOTHING


def test_what_was_fitted_is_read_as_it_was_written(tmp_path: Path) -> None:
    fitted_to("abc").save(tmp_path / CALIBRATION_FILE)
    read = Fitted.load(tmp_path / CALIBRATION_FILE)
    assert str(read.model) == "abc"
    assert read.odds(WORDS, best(0.4)).slope == pytest.approx(
        fitted_to().odds(WORDS, best(0.4)).slope, rel=1e-3
    )


def test_other_weights_of_the_same_name_are_not_judged_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setattr(fitted, "resource_path", lambda *parts: tmp_path / parts[-1])
    fitted.fitted_for.cache_clear()
    fitted_to(fitted.fingerprint("own")).save(tmp_path / CALIBRATION_FILE)
    assert fitted.fitted_for("own", 3) is not None
    assert fitted.fitted_for("own", 4) is None, "another length"
    (tmp_path / "config.json").write_text("{ }")
    fitted.fitted_for.cache_clear()
    assert fitted.fitted_for("own", 3) is None
    (tmp_path / CALIBRATION_FILE).write_bytes(b"damaged")
    fitted.fitted_for.cache_clear()
    assert fitted.fitted_for("own", 3) is None
    fitted.fitted_for.cache_clear()


@pytest.mark.parametrize(("name", "dim"), [("starter", 512), ("starter-large", 1024)])
def test_what_is_shipped_belongs_to_the_weights_that_are_shipped(name: str, dim: int) -> None:
    assert fitted.fitted_for(name, dim) is not None
