import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from desktop import jobs
from desktop.errors import Cancelled
from desktop.jobs import Job, Progress, Worker

WAIT_S = 10


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test")
    yield worker
    worker.stop()


class Clock:
    """Stands in for the time module inside jobs, so that rates can be told without waiting."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


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

    def test_rate_and_time_left_are_measured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        monkeypatch.setattr(jobs, "time", clock)
        seen: list[Progress] = []
        job = Job(seen.append)
        for second in range(5):
            clock.now_s = 100.0 + second
            job.report(20 * second, 200, "Indexing")

        assert seen[0].per_s is None
        assert seen[-1].per_s == pytest.approx(20)
        assert seen[-1].left_s == pytest.approx(6)

    def test_the_rate_follows_a_slower_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        monkeypatch.setattr(jobs, "time", clock)
        seen: list[Progress] = []
        job = Job(seen.append)
        done = 0
        for second in range(120):
            clock.now_s = 100.0 + second
            done += 50 if second < 60 else 5
            job.report(done, 0, "Looking")

        assert seen[-1].per_s == pytest.approx(5)
        assert seen[-1].left_s is None, "without a total nothing is left to be told"

    def test_another_label_starts_a_new_measurement(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        monkeypatch.setattr(jobs, "time", clock)
        seen: list[Progress] = []
        job = Job(seen.append)
        job.report(0, 0, "Looking")
        clock.now_s += 2
        job.report(5000, 0, "Looking")
        clock.now_s += 2
        job.report(0, 5000, "Indexing")

        assert [progress.per_s for progress in seen] == [None, 2500, None]


class TestWorker:
    def test_work_is_done_in_order_on_one_thread(self, worker: Worker) -> None:
        def name(number: int) -> tuple[int, str]:
            return number, threading.current_thread().name

        futures = [worker.submit(lambda number=number: name(number)) for number in range(5)]
        assert [future.result(WAIT_S) for future in futures] == [(n, "test") for n in range(5)]

    def test_what_work_raises_reaches_who_waits(self, worker: Worker) -> None:
        def fail() -> None:
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            worker.submit(fail).result(WAIT_S)
        assert worker.submit(lambda: "still alive").result(WAIT_S) == "still alive"

    def test_only_the_newest_waiting_work_of_a_key_is_done(self, worker: Worker) -> None:
        release, done = threading.Event(), []
        worker.submit(lambda: release.wait(WAIT_S))
        typed = [
            worker.submit_latest("search", lambda text=text: done.append(text))
            for text in ("d", "do", "dog")
        ]
        other = worker.submit_latest("status", lambda: done.append("status"))
        release.set()

        typed[-1].result(WAIT_S)
        other.result(WAIT_S)
        assert done == ["dog", "status"]
        assert [future.cancelled() for future in typed] == [True, True, False]

    def test_stop_lets_the_work_in_hand_end_and_cancels_the_rest(self) -> None:
        worker = Worker("stopping")
        started, release = threading.Event(), threading.Event()

        def work() -> str:
            started.set()
            release.wait(WAIT_S)
            return "done"

        in_hand = worker.submit(work)
        waiting = worker.submit(lambda: "never")
        assert started.wait(WAIT_S)
        threading.Timer(0.05, release.set).start()

        assert worker.stop(WAIT_S)
        assert in_hand.result(0) == "done"
        with pytest.raises(CancelledError):
            waiting.result(0)
        assert worker.submit(lambda: "late").cancelled()

    def test_stop_says_when_the_thread_did_not_end(self) -> None:
        worker = Worker("slow")
        started, release = threading.Event(), threading.Event()

        def work() -> None:
            started.set()
            release.wait(WAIT_S)

        worker.submit(work)
        assert started.wait(WAIT_S)
        assert not worker.stop(0.01)
        release.set()
        assert worker.stop(WAIT_S)

    def test_a_worker_that_was_never_used_has_no_thread(self) -> None:
        n_threads = threading.active_count()
        assert Worker("idle").stop()
        assert threading.active_count() == n_threads
