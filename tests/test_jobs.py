import threading
import time
from contextlib import suppress

import pytest

from desktop.errors import Cancelled
from desktop.jobs import MOST_REST_S, Job, Progress

WAIT_S = 10


class Clock:
    """Time that a test sets, so that rates can be told without waiting."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def rest(job: Job) -> None:
    with suppress(Cancelled):
        job.check()


class TestJob:
    def test_a_report_reaches_the_listener(self) -> None:
        seen: list[Progress] = []
        Job(seen.append).report(3, 10, "Counting")
        assert seen == [Progress(3, 10, "Counting")]

    def test_a_cancelled_job_raises_at_the_next_report_and_check(self) -> None:
        job = Job()
        job.report(0, 1, "Before")
        job.cancel()
        assert job.cancelled
        with pytest.raises(Cancelled):
            job.report(1, 1, "After")
        with pytest.raises(Cancelled):
            job.check()

    def test_a_paused_job_waits_and_goes_on(self) -> None:
        job = Job()
        went_on = threading.Event()
        job.pause()
        assert job.paused

        def work() -> None:
            job.check()
            went_on.set()

        thread = threading.Thread(target=work)
        thread.start()
        assert not went_on.wait(0.1)
        job.resume()
        assert went_on.wait(WAIT_S)
        thread.join()

    def test_cancelling_ends_a_pause(self) -> None:
        job = Job()
        job.pause()
        raised = threading.Event()

        def work() -> None:
            with pytest.raises(Cancelled):
                job.check()
            raised.set()

        thread = threading.Thread(target=work)
        thread.start()
        job.cancel()
        assert raised.wait(WAIT_S)
        thread.join()
        job.pause()
        assert not job.paused, "what is cancelled cannot be paused"

    def test_rate_and_time_left_reach_the_listener(self) -> None:
        clock = Clock()
        seen: list[Progress] = []
        job = Job(seen.append, clock)
        for second in range(6):
            clock.now_s = 100.0 + second
            job.report(20 * second, 200, "Indexing")

        assert seen[0].per_s is None
        assert seen[-1].per_s == pytest.approx(20)
        assert seen[-1].left_s == pytest.approx(5)

    def test_work_that_differs_from_photo_to_photo_counts(self) -> None:
        clock = Clock()
        seen: list[Progress] = []
        job = Job(seen.append, clock)
        sizes = [1, 1, 9, 1, 9, 9] * 5
        for n_done in range(len(sizes) + 1):
            clock.now_s += sizes[n_done - 1]
            job.report(n_done, 60, "Indexing", sum(sizes[:n_done]), sum(sizes) + 30 * 20)

        assert seen[-1].left_s == pytest.approx(30 * 20, rel=0.05)

    def test_another_label_starts_a_new_measurement(self) -> None:
        clock = Clock()
        seen: list[Progress] = []
        job = Job(seen.append, clock)
        for label, done in (("Looking", 0), ("Looking", 50), ("Looking", 5000), ("Indexing", 0)):
            clock.now_s += 2
            job.report(done, 0, label)

        assert [progress.per_s for progress in seen] == [None, None, 2475, None]

    def test_a_pause_leaves_the_rate_as_it_was(self) -> None:
        clock = Clock()
        seen: list[Progress] = []
        job = Job(seen.append, clock)
        pressed = threading.Event()

        def work() -> None:
            for n_done in range(0, 40, 2):
                clock.now_s += 1
                if n_done == 20:
                    job.pause()
                    pressed.set()
                job.report(n_done, 100, "Indexing")

        thread = threading.Thread(target=work)
        thread.start()
        assert pressed.wait(WAIT_S)
        thread.join(0.1)
        assert thread.is_alive(), "it waits in the report"
        clock.now_s += 1000
        job.resume()
        thread.join()

        assert seen[-1].per_s == pytest.approx(2)

    def test_a_slowed_job_rests_for_the_rest_of_the_time(self) -> None:
        job = Job()
        job.slow_down(0.5)
        started_s = time.monotonic()
        worked_s = 0.0
        while worked_s < 1.2:
            time.sleep(0.1)
            worked_s += 0.1
            job.check()

        assert time.monotonic() - started_s == pytest.approx(2 * worked_s, rel=0.3)

    def test_full_speed_and_cancelling_end_a_rest_at_once(self) -> None:
        for end in (Job.cancel, lambda job: job.slow_down(1)):
            clock = Clock()
            job = Job(clock=clock)
            job.slow_down(0.01)
            clock.now_s += 10
            rested = threading.Thread(target=lambda job=job: rest(job))
            rested.start()
            assert not rested.join(0.1)
            assert rested.is_alive()
            end(job)
            rested.join(MOST_REST_S / 2)
            assert not rested.is_alive()


def test_a_part_of_a_job_is_named_before_what_it_reports() -> None:
    labels: list[str] = []
    job = Job(lambda now: labels.append(now.label))
    with job.part("starter"):
        job.report(1, 2, "Indexing photos")
    job.report(1, 2, "Comparing photos")
    assert labels == ["starter: Indexing photos", "Comparing photos"]
