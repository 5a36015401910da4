"""What stopped work is told once, and tried again: soon at first, then ever less often."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.errors import CatalogAway, DiskFull, LibraryBusy, ModelUnavailable, UserError
from desktop.library import Places
from desktop.library.indexing.setback import (
    AWAY_RETRY_S,
    RETRY_AT_MOST_S,
    RETRY_EVERY_S,
    Setback,
)


@pytest.fixture
def clock() -> list[float]:
    """The time, in its one element."""
    return [1000.0]


@pytest.fixture
def setback(tmp_path: Path, clock: list[float]) -> Setback:
    return Setback(Places.under(tmp_path), "it goes on", lambda: clock[0])


def test_what_is_met_again_and_again_is_told_once(setback: Setback) -> None:
    assert setback.met(ModelUnavailable("The model is gone."))
    assert not setback.met(ModelUnavailable("The model is gone."))
    assert setback.waits_because == "The model is gone"
    assert setback.met(ModelUnavailable("The model is damaged."))

    setback.is_over()

    assert setback.waits_because == "" and not setback.is_worth_a_try()
    assert setback.met(ModelUnavailable("The model is damaged."))


def waits_s(setback: Setback, clock: list[float], error: UserError) -> float:
    """How long it waits before the next attempt, which then fails in the same way."""
    setback.met(error)
    since_s = clock[0]
    while not setback.is_worth_a_try():
        clock[0] += 10.0
    return clock[0] - since_s


def test_attempts_in_vain_grow_rare(setback: Setback, clock: list[float]) -> None:
    waits = [waits_s(setback, clock, ModelUnavailable("The model is gone.")) for _ in range(9)]
    assert waits[0] == pytest.approx(RETRY_EVERY_S, abs=10)
    assert waits[1] == pytest.approx(2 * RETRY_EVERY_S, abs=10)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(RETRY_AT_MOST_S, abs=10)


@pytest.mark.parametrize("error", [DiskFull("The disk is full."), LibraryBusy("Another one.")])
def test_what_is_cheap_to_try_is_tried_every_minute(
    setback: Setback, clock: list[float], error: UserError
) -> None:
    waits = [waits_s(setback, clock, error) for _ in range(5)]
    assert waits == pytest.approx([RETRY_EVERY_S] * 5, abs=10)


def test_a_catalog_that_answers_again_is_tried_within_seconds(
    setback: Setback, clock: list[float]
) -> None:
    waits = [waits_s(setback, clock, CatalogAway("It does not answer.")) for _ in range(5)]
    assert max(waits) <= AWAY_RETRY_S + 10
