"""Time left and rate, on simulated runs whose cost per photo and per byte is known."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from desktop.ingest.order import spread
from desktop.time_left import STALLED_S, TimeLeft

BATCH = 16
LOADING_S = 6.0
SMALL = (20_000, 200_000)  # bytes of photos of about 500 pixels
LARGE = (1_500_000, 3_500_000)  # and of 12 megapixels

# Seconds a photo and a byte: a CLIP on a processor, a small model, and a graphics card, beside
# which reading the files is nearly everything.
MACHINES = {"clip": (0.035, 6e-9), "starter": (0.010, 8e-9), "gpu": (0.002, 9e-9)}
OLD_LAPTOP = {"old laptop": (0.6, 4e-8)}
LOOK_AHEAD = 2 * BATCH


@dataclass(frozen=True)
class Told:
    """What was shown at a moment, beside what came true."""

    at_s: float
    per_s: float | None
    left_s: float | None
    truly_left_s: float

    @property
    def is_right(self) -> bool:
        return self.left_s is not None and abs(self.left_s / self.truly_left_s - 1) <= 0.2


def photos(n_small: int, n_large: int) -> list[int]:
    """Sizes in bytes, all small ones first."""
    dice = random.Random(1)
    small = [dice.randint(*SMALL) for _ in range(n_small)]
    return small + [dice.randint(*LARGE) for _ in range(n_large)]


def in_order(sizes: Sequence[int]) -> list[int]:
    """The order in which the pipeline takes photos: spread over all of them by pages."""
    places = {place + 1: size for place, size in enumerate(sizes)}
    return [
        places[photo_id]
        for after, last in spread(np.array(list(places), np.int64))
        for photo_id in range(after + 1, last + 1)
    ]


def index(
    sizes: Iterable[int],
    machine: str = "clip",
    slowness: Callable[[float], float] = lambda _: 1.0,
    pause_at_s: float = -1.0,
) -> list[Told]:
    """Index photos in this order on a simulated clock. Batches take 10 % more or less than they
    should, and are reported four times before they are saved; their bytes are read ahead."""
    sizes = list(sizes)
    dice, clock_s = random.Random(2), [0.0]
    time_left = TimeLeft(lambda: clock_s[0])
    per_photo_s, per_byte_s = {**MACHINES, **OLD_LAPTOP}[machine]
    told: list[tuple[float, float | None, float | None]] = []
    n_done = n_bytes = 0
    paused_s = 0.0

    def report() -> None:
        per_s, left_s = time_left.measure(n_done, len(sizes), n_bytes, sum(sizes))
        told.append((clock_s[0] - paused_s, per_s, left_s))

    report()
    clock_s[0] += LOADING_S + per_byte_s * sum(sizes[:LOOK_AHEAD])
    while n_done < len(sizes):
        batch = sizes[n_done : n_done + BATCH]
        if 0 <= pause_at_s <= clock_s[0] and not paused_s:
            paused_s = 500.0
            clock_s[0] += paused_s
            time_left.skip(paused_s)
        ahead = sizes[n_done + LOOK_AHEAD : n_done + LOOK_AHEAD + BATCH]
        duration_s = per_photo_s * len(batch) + per_byte_s * sum(ahead)
        duration_s *= slowness(clock_s[0]) * max(0.5, dice.gauss(1, 0.1))
        for _ in range(4):
            clock_s[0] += duration_s / 5
            report()
        clock_s[0] += duration_s / 5
        n_done += len(batch)
        n_bytes += sum(batch)
        report()
    end_s = clock_s[0] - paused_s
    return [Told(at_s, per_s, left_s, end_s - at_s) for at_s, per_s, left_s in told]


def between(told: Sequence[Told], first_s: float, before_end_s: float = 5.0) -> list[Told]:
    chosen = [each for each in told if each.at_s >= first_s and each.truly_left_s > before_end_s]
    assert len(chosen) > 20, "the run is too short to say anything"
    return chosen


def wrong(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if not each.is_right]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("is_sorted", [False, True])
def test_time_left_is_right_after_the_first_minute(machine: str, is_sorted: bool) -> None:
    sizes = photos(8000, 5000)
    if not is_sorted:
        random.Random(3).shuffle(sizes)

    told = index(in_order(sizes), machine)

    assert not wrong(between(told, 60))


def test_time_left_is_right_where_the_first_minute_holds_a_hundred_photos() -> None:
    told = index(in_order(photos(900, 160)), "old laptop")

    late = between(told, 60, before_end_s=20)
    assert len(wrong(late)) <= 0.03 * len(late)


@pytest.mark.parametrize("machine", MACHINES)
def test_time_left_is_sane_before_the_first_minute(machine: str) -> None:
    told = index(in_order(photos(8000, 5000)), machine)

    early = between(told, LOADING_S + 10)
    assert all(each.left_s and 0.5 < each.left_s / each.truly_left_s < 2 for each in early)


@pytest.mark.parametrize("machine", MACHINES)
def test_where_large_photos_come_last_they_are_foreseen_once_a_few_were_seen(machine: str) -> None:
    """Without being spread: what a hundred photos of a kind have shown is known for good."""
    told = index(photos(2000, 4000), machine)
    per_photo_s, per_byte_s = MACHINES[machine]
    turn_s = LOADING_S + sum(per_photo_s + size * per_byte_s for size in photos(2000, 0))

    assert not wrong(between(told, turn_s * 1.05 + 20))


def test_photos_a_second_are_those_of_late() -> None:
    told = index(photos(8000, 4000))
    per_photo_s, per_byte_s = MACHINES["clip"]
    small_s = per_photo_s + per_byte_s * sum(SMALL) / 2
    large_s = per_photo_s + per_byte_s * sum(LARGE) / 2

    of_small = [each.per_s for each in told if 60 < each.at_s < 200]
    of_large = [each.per_s for each in told if 20 < each.truly_left_s < 150]
    assert of_small == pytest.approx([1 / small_s] * len(of_small), rel=0.2)
    assert of_large == pytest.approx([1 / large_s] * len(of_large), rel=0.2)


def test_a_machine_that_becomes_slower_is_believed_within_a_minute() -> None:
    told = index(in_order(photos(4000, 4000)), slowness=lambda at_s: 3.0 if at_s > 100 else 1.0)

    assert not wrong(between(told, 100 + 65))


def test_a_pause_spoils_neither_rate_nor_time_left() -> None:
    told = index(in_order(photos(4000, 4000)), pause_at_s=90)

    after = between(told, 60)
    assert not wrong(after)
    assert all(each.per_s for each in after)


@pytest.mark.parametrize("machine", MACHINES)
def test_no_rate_is_ever_zero_or_endless(machine: str) -> None:
    for told in index(photos(300, 300), machine, slowness=lambda at_s: 50 if at_s > 15 else 1):
        assert told.per_s is None or 0.01 < told.per_s < 10_000
        assert told.left_s is None or 0 <= told.left_s < 1e6


def test_nothing_is_told_of_a_job_that_has_stalled() -> None:
    clock_s = [0.0]
    time_left = TimeLeft(lambda: clock_s[0])
    for n_done in range(10):
        clock_s[0] += 1
        time_left.measure(n_done, 100)
    clock_s[0] += 10
    per_s, left_s = time_left.measure(9, 100)
    assert per_s is not None and 0.3 < per_s < 0.6, "the step in hand takes longer than the others"
    assert left_s is not None and left_s > 150

    clock_s[0] += STALLED_S
    assert time_left.measure(9, 100) == (None, None)


def test_loading_the_model_does_not_count() -> None:
    first = next(each for each in index(in_order(photos(4000, 4000))) if each.left_s is not None)

    assert first.at_s < LOADING_S + 5
    assert 0.5 < (first.left_s or 0) / first.truly_left_s < 2
