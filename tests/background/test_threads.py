"""Threads that end when they are told to, and tell of what nobody expected."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError

import pytest

from desktop.background import Loop, Worker, reported, stop_all
from desktop.errors import Cancelled, UserError

WAIT_S = 10


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test")
    yield worker
    worker.stop()


def test_work_is_done_in_order_on_one_thread(worker: Worker) -> None:
    def name(number: int) -> tuple[int, str]:
        return number, threading.current_thread().name

    futures = [worker.submit(lambda number=number: name(number)) for number in range(5)]
    assert [future.result(WAIT_S) for future in futures] == [(n, "test") for n in range(5)]


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize("bug", [ValueError("no"), MemoryError(), SystemExit(1)])
def test_what_nobody_expected_is_reported_and_the_next_work_is_done(
    worker: Worker, bugs: list[BaseException], bug: BaseException
) -> None:
    with pytest.raises(type(bug)):
        worker.submit(raising(bug)).result(WAIT_S)
    worker.submit_latest("unread", raising(bug))
    assert worker.submit(lambda: "still alive").result(WAIT_S) == "still alive"
    assert bugs == [bug, bug]


@pytest.mark.parametrize("error", [UserError("The disk is full."), Cancelled()])
def test_what_was_expected_reaches_who_waits_and_nobody_else(
    worker: Worker, bugs: list[BaseException], error: Exception
) -> None:
    with pytest.raises(type(error)):
        worker.submit(raising(error)).result(WAIT_S)
    assert not bugs


def test_a_loop_goes_on_after_steps_that_raise(bugs: list[BaseException]) -> None:
    steps = iter([raising(ZeroDivisionError()), raising(Cancelled()), raising(KeyError("bug"))])

    def step() -> bool:
        work = next(steps, None)
        if work is not None:
            work()
        return work is not None

    loop = Loop("loop", step)
    assert loop.join(0), "one that never began has nothing to end"
    loop.start()
    assert loop.join(WAIT_S)
    assert [type(bug) for bug in bugs] == [ZeroDivisionError, KeyError]


def test_several_workers_end_within_the_time_of_one() -> None:
    workers, go_on = [Worker(f"worker-{n}") for n in range(5)], threading.Event()
    for worker in workers:
        worker.submit(lambda: go_on.wait(WAIT_S))
    begun_s = time.monotonic()
    assert not stop_all(workers, 0.2)
    assert time.monotonic() - begun_s < 1
    go_on.set()
    assert stop_all(workers, WAIT_S)


@pytest.mark.usefixtures("bugs")
def test_steps_of_closing_follow_one_another_though_one_fails() -> None:
    done: list[int] = []
    for step in (lambda: done.append(1), raising(KeyError()), lambda: done.append(3)):
        with reported():
            step()
    assert done == [1, 3]


def test_only_the_newest_waiting_work_of_a_key_is_done(worker: Worker) -> None:
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


def test_stop_lets_the_work_in_hand_end_and_cancels_the_rest() -> None:
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


def test_stop_says_when_the_thread_did_not_end() -> None:
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


def test_a_worker_that_was_never_used_has_no_thread() -> None:
    n_threads = threading.active_count()
    assert Worker("idle").stop()
    assert threading.active_count() == n_threads
