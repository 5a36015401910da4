"""Helper processes: they answer, fail, fall silent and end, and their owner always hears of it."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psutil
import pytest

from desktop.background import Helper, HelperBug, HelperEnded, HelperSilent
from desktop.errors import Cancelled, PhotoUnreadable
from desktop.jobs import Job

LONG_S = 30.0


def prepare() -> tuple[Callable[..., object], Callable[..., object]]:
    return answer, answer


def answer(
    ask_back: Callable[[object], object], work: Callable[..., object], *arguments: object
) -> object:
    return work(*arguments) if work is not ask_twice else ask_twice(ask_back)


def ask_twice(ask_back: Callable[[object], object]) -> object:
    return ask_back("a"), ask_back("b")


def fail() -> None:
    raise ZeroDivisionError("a bug")


def run_out_of_memory() -> None:
    raise MemoryError


def refuse() -> None:
    raise PhotoUnreadable("It is cut off.", "Copy it again.")


def lambda_that_cannot_be_sent() -> object:
    return lambda: None


def hang() -> None:
    """Without letting Python run, as a decoder in C does."""
    ctypes.PyDLL(None).sleep(3600)


class Spoilt:
    """Cannot be read on the other side."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[()]]:
        return run_out_of_memory, ()


@pytest.fixture
def helper() -> Iterator[Helper]:
    started = Helper.start("test", prepare, n_lines=2)
    yield started
    started.close()


@pytest.mark.parametrize("work", [fail, run_out_of_memory, lambda_that_cannot_be_sent])
@pytest.mark.parametrize("line", [0, 1])
def test_a_bug_is_raised_here_and_the_line_goes_on(
    helper: Helper, work: Callable[..., object], line: int
) -> None:
    with pytest.raises(HelperBug, match=r"Traceback"):
        helper.ask((work,), LONG_S, line=line)
    assert helper.ask((abs, -3), LONG_S, line=line) == 3


@pytest.mark.parametrize("line", [0, 1])
def test_a_question_that_cannot_be_read_is_answered_too(helper: Helper, line: int) -> None:
    with pytest.raises(HelperBug, match="MemoryError"):
        helper.ask((abs, Spoilt()), LONG_S, line=line)
    assert helper.ask((abs, -3), LONG_S, line=line) == 3


def test_what_was_raised_on_purpose_comes_as_it_is(helper: Helper) -> None:
    with pytest.raises(PhotoUnreadable) as refused:
        helper.ask((refuse,), LONG_S)
    assert (refused.value.message, refused.value.hint) == ("It is cut off.", "Copy it again.")
    with pytest.raises(FileNotFoundError):
        helper.ask((os.stat, "/no/such/file"), LONG_S)


def test_it_may_ask_back(helper: Helper) -> None:
    assert helper.ask((ask_twice,), LONG_S, on_asked=lambda value: value * 2) == ("aa", "bb")


@pytest.mark.skipif(sys.platform == "win32", reason="sleeps with POSIX's call")
def test_silence_and_a_cancelled_job_end_it_whatever_it_does(helper: Helper) -> None:
    with pytest.raises(HelperSilent):
        helper.ask((hang,), 0.3)
    assert helper.has_ended and not psutil.pid_exists(helper.pid)

    other, job = Helper.start("test", prepare, n_lines=2), Job()
    threading.Timer(0.3, job.cancel).start()
    begun_s = time.monotonic()
    with pytest.raises(Cancelled):
        other.ask((hang,), LONG_S, job)
    assert time.monotonic() - begun_s < LONG_S / 2
    assert other.has_ended and not psutil.pid_exists(other.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="stops it with POSIX's signal")
def test_one_that_does_not_even_read_its_question_is_ended_too(helper: Helper) -> None:
    psutil.Process(helper.pid).suspend()
    with pytest.raises(HelperEnded):
        helper.ask((len, bytes(5_000_000)), 0.5)
    assert not psutil.pid_exists(helper.pid)


def test_what_is_raised_here_while_it_works_ends_it_and_no_answer_meets_another_question(
    helper: Helper,
) -> None:
    def run_out(_: object) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        helper.ask((ask_twice,), LONG_S, on_asked=run_out)
    with pytest.raises(HelperEnded):
        helper.ask((abs, -3), LONG_S)


@pytest.mark.skipif(sys.platform == "win32", reason="sleeps with POSIX's call")
def test_who_waits_at_either_line_hears_of_its_end(helper: Helper) -> None:
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(helper.ask, (time.sleep, 60), LONG_S, line=line) for line in (0, 1, 1)]
        assert not wait(asked, 0.3).done
        psutil.Process(helper.pid).kill()
        assert {type(each.exception(LONG_S)) for each in asked} == {HelperEnded}


def test_it_says_how_it_ended(helper: Helper) -> None:
    with pytest.raises(HelperEnded) as ended:
        helper.ask((os._exit, 7), LONG_S)
    assert ended.value.exit_code == 7


def test_what_fails_before_it_is_ready_is_raised_by_start() -> None:
    with pytest.raises(HelperBug, match="ZeroDivisionError"):
        Helper.start("test", fail)
    with pytest.raises(PhotoUnreadable):
        Helper.start("test", refuse)


def test_one_that_nobody_holds_any_more_ends() -> None:
    helper = Helper.start("test", prepare, n_lines=2)
    process = psutil.Process(helper.pid)
    del helper
    _, alive = psutil.wait_procs([process], 10)
    assert not alive


def test_it_runs_nothing_out_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in sys.stdlib_module_names:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this must not run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    helper = Helper.start("test", prepare, n_lines=2)
    assert helper.ask((abs, -3), LONG_S) == 3
    helper.close()
