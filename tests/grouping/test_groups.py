"""Vectors that lie together are found, and stay together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from desktop.grouping import NONE, Grouper, GroupingTask, Groups, Way

Floats = NDArray[np.float32]


def blobs(n_each: int, k: int = 6, spread: float = 0.05, seed: int = 1) -> tuple[Floats, Floats]:
    """(n, 64) unit vectors around k middles, in turns, and which middle each is near."""
    rng = np.random.default_rng(0)
    middles = rng.standard_normal((k, 64)) / 8
    truth = np.arange(n_each * k) % k
    around = np.random.default_rng(seed).standard_normal((len(truth), 64)) * spread
    vectors = (middles[truth] + around).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), truth


def grouped(vectors: Floats, asked: GroupingTask) -> Groups:
    grouper = Grouper()
    grouper.fit(vectors[::2])
    for start in range(0, len(vectors), 100):
        grouper.take(vectors[start : start + 100])
    return grouper.group(asked)


def first(n: int, way: Way = Way.EVEN, k: int | None = None) -> GroupingTask:
    return GroupingTask(way, np.full(n, NONE, np.int32), np.ones(n, np.bool_), k=k)


def again(labels: NDArray[np.int32], n: int, **more: object) -> GroupingTask:
    """What was there was in these groups; the rest, up to n, is new."""
    before = np.full(n, NONE, np.int32)
    before[: len(labels)] = labels
    return GroupingTask(is_new=np.arange(n) >= len(labels), before=before, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", list(Way))
def test_what_lies_together_is_found_without_being_told_how_many(way: Way) -> None:
    vectors, truth = blobs(40)
    groups = grouped(vectors, first(len(vectors), way))
    inside = groups.labels != NONE
    assert adjusted_rand_score(truth[inside], groups.labels[inside]) > 0.95
    assert inside.mean() > (0.9 if way is Way.EVEN else 0.6)
    assert (groups.closeness[inside] > 0.5).all() and (groups.closeness[~inside] == 0).all()


def test_as_many_groups_as_are_asked_for() -> None:
    vectors, _ = blobs(40)
    for k in (1, 3, 6, 9):
        labels = grouped(vectors, first(len(vectors), k=k)).labels
        assert len(np.unique(labels[labels != NONE])) == k


def test_what_is_like_nothing_else_is_in_none() -> None:
    vectors, _ = blobs(40)
    odd = np.random.default_rng(5).standard_normal((6, 64)).astype(np.float32)
    odd /= np.linalg.norm(odd, axis=1, keepdims=True)
    everything = np.concatenate([vectors, odd])
    for way in Way:
        labels = grouped(everything, first(len(everything), way)).labels
        assert (labels[-6:] == NONE).sum() >= 5, way


def test_the_same_vectors_give_the_same_groups() -> None:
    vectors, _ = blobs(30, spread=0.12)
    one, two = (grouped(vectors, first(len(vectors))) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)


@pytest.mark.parametrize("way", list(Way))
def test_what_comes_later_joins_and_nobody_else_moves(way: Way) -> None:
    vectors, truth = blobs(40)
    n_before = 180
    labels = grouped(vectors[:n_before], first(n_before, way)).labels
    later = grouped(vectors, again(labels, len(vectors), way=way, anew=False)).labels
    stayed = labels != NONE
    assert (later[:n_before][stayed] == labels[stayed]).mean() > 0.98
    joined = later[n_before:] != NONE
    assert joined.mean() > 0.6
    assert adjusted_rand_score(truth[n_before:][joined], later[n_before:][joined]) > 0.99


def test_groups_that_are_found_anew_keep_their_numbers() -> None:
    vectors, _ = blobs(40)
    labels = grouped(vectors[:180], first(180)).labels + 10
    anew = grouped(vectors, again(labels, len(vectors), way=Way.EVEN)).labels
    assert set(np.unique(anew)) - {NONE} <= set(range(10, 16))
    assert (anew[:180] == labels)[labels != 9].mean() > 0.95


def test_a_kept_group_loses_nothing_and_gets_what_is_like_it() -> None:
    vectors, truth = blobs(40)
    labels = truth[:180].astype(np.int32)
    labels[labels == 1] = 0  # two things in one, as nobody but a person would have it
    for anew in (True, False):
        for way in Way:
            asked = again(labels, len(vectors), way=way, kept=frozenset({0}), anew=anew)
            now = grouped(vectors, asked).labels
            assert (now[:180][labels == 0] == 0).all(), (way, anew)
            assert not (now[:180][labels != 0] == 0).any(), (way, anew)
            more = np.isin(truth[180:], (0, 1))
            assert (now[180:][more] == 0).mean() > 0.5, (way, anew)
            assert not (now[180:][~more] == 0).any(), (way, anew)


def test_a_group_falls_in_two() -> None:
    vectors, truth = blobs(30, k=2)
    grouper = Grouper()
    grouper.fit(vectors)
    grouper.take(vectors)
    labels = grouper.split(2)
    assert NONE not in labels
    assert adjusted_rand_score(truth, labels) == 1.0


def test_few_and_equal_vectors_are_groups_too() -> None:
    vectors, _ = blobs(1, k=3)
    assert len(grouped(vectors, first(3)).labels) == 3
    same = np.repeat(vectors[:1], 20, axis=0)
    for way in Way:
        assert len(grouped(same, first(20, way)).labels) == 20


def test_how_far_it_is_can_be_told() -> None:
    vectors, _ = blobs(40)
    grouper = Grouper()
    grouper.fit(vectors)
    grouper.take(vectors)
    told: list[int] = []
    grouper.group(first(len(vectors)), told.append)
    assert told == sorted(told) and len(told) > 3 and told[-1] < 100


@pytest.mark.parametrize("way", list(Way))
def test_a_library_that_grows_gets_more_groups_and_those_before_stay(way: Way) -> None:
    vectors, truth = blobs(80, k=9)
    in_first = truth < 5
    order = np.concatenate([np.flatnonzero(in_first), np.flatnonzero(~in_first)])
    vectors, truth = vectors[order], truth[order]
    n_before = int(in_first.sum())
    labels = grouped(vectors[:n_before], first(n_before, way)).labels
    now = grouped(vectors, again(labels, len(vectors), way=way, anew=False, grows=True)).labels
    inside = labels != NONE
    assert (now[:n_before] == labels)[inside].mean() > 0.9
    assert len(np.unique(now)) > len(np.unique(labels)) + 2
    new = now[n_before:] != NONE
    assert adjusted_rand_score(truth[n_before:][new], now[n_before:][new]) > 0.7
