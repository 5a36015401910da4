import io
import os
import signal
import sys

import pytest

from desktop.cli.said.progress import Bar, ProgressLines, watched_job
from desktop.errors import Cancelled
from desktop.jobs import signals_to_end
from desktop.library import Progress


def lines_said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_file_gets_a_line_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ProgressLines("photos", clock=lambda: 0.0)
    for done in range(101):
        lines(Progress(done, 100, "Indexing photos", 25.0, (100 - done) / 25.0))
    said = lines_said(capsys)
    assert len(said) == 11
    assert said[5] == "Indexing photos: 50 of 100, 25.0 photos/s, 2 s left"


def test_where_something_else_is_counted_at_each_step_no_rate_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ProgressLines("")(Progress(128, 2_198, "Finding names", 24.0, 86.0))
    assert lines_said(capsys) == ["Finding names: 128 of 2,198, 86 s left"]


def test_a_slow_job_still_says_something_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter(range(0, 1000, 1))
    lines = ProgressLines("photos", clock=lambda: float(next(seconds)))
    for done in range(30):
        lines(Progress(done, 0, "Looking through Pictures"))
    said = lines_said(capsys)
    assert 2 <= len(said) <= 4
    assert said[0] == "Looking through Pictures: 0"


def test_bytes_are_said_as_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    ProgressLines("B")(Progress(1_000_000, 606_000_000, "Downloading", 2_000_000.0, 302.0))
    assert lines_said(capsys) == ["Downloading: 1 MB of 606 MB, 2 MB/s, 5 min left"]


def test_a_terminal_gets_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Bar("photos")
    bar(Progress(700, 0, "Looking through Pictures"))
    bar(Progress(0, 200, "Indexing photos"))
    bar(Progress(200, 200, "Indexing photos", 31.5, 0.0))
    bar.close()
    said = terminal.getvalue()
    assert "Looking through Pictures: 700" in said
    assert "Indexing photos: 100%" in said
    assert "200/200, 31.5 photos/s, 0 s left" in said


def test_ctrl_c_in_the_midst_of_a_line_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.RawIOBase):
        """A terminal at which the person presses Ctrl-C while a line is being written."""

        def writable(self) -> bool:
            return True

        def write(self, data: memoryview) -> int:  # type: ignore[override]
            os.kill(os.getpid(), signal.SIGINT)
            return len(data)

    buffered = io.BufferedWriter(Interrupted())
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(buffered, line_buffering=True))
    with watched_job("photos") as job, pytest.raises(Cancelled):
        job.report(1, 2, "Indexing photos")


@pytest.mark.parametrize("number", signals_to_end())
def test_a_signal_cancels_the_job_and_a_second_one_is_the_usual(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    before = [signal.getsignal(each) for each in signals_to_end()]
    with watched_job("photos", "Stopping; nothing is kept.") as job:
        os.kill(os.getpid(), number)
        assert job.cancelled
        assert capfd.readouterr().err == "Stopping; nothing is kept.\n"
        with pytest.raises(Cancelled):
            job.report(1, 2, "Indexing photos")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert [signal.getsignal(each) for each in signals_to_end()] == before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signal")
def test_a_closed_terminal_may_say_so_twice_and_nohup_keeps_the_work_going() -> None:
    with watched_job("photos") as job:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        assert job.cancelled
    usual = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with watched_job("photos") as job:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not job.cancelled
    finally:
        signal.signal(signal.SIGHUP, usual)
