import io
import sys

import pytest

from desktop.background import report
from desktop.cli import guarded
from desktop.errors import Cancelled, FolderUnusable


def failing_with(error: BaseException) -> int:
    raise error


def test_what_went_well_keeps_its_code() -> None:
    assert guarded(lambda: 0) == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            FolderUnusable("There is no folder x.", "Check the name."),
            "There is no folder x.\nCheck the name.\n",
        ),
        (FolderUnusable("There is no folder x."), "There is no folder x.\n"),
        (Cancelled(), "Stopped; run it again to go on.\n"),
        (KeyboardInterrupt(), "Stopped.\n"),
    ],
)
def test_what_a_person_can_mend_is_a_sentence(
    error: BaseException, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: failing_with(error)) == 1
    written = capsys.readouterr()
    assert (written.out, written.err) == ("", said)


def test_a_bug_is_told_without_a_traceback_and_logged_with_one(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert guarded(lambda: failing_with(ZeroDivisionError("by nothing"))) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: by nothing" in said
    assert "--debug" in said
    assert "Traceback" not in said
    assert caplog.records[-1].exc_info


@pytest.mark.parametrize("error", [ZeroDivisionError("by nothing"), FolderUnusable("No.")])
def test_debugging_lets_everything_through(error: Exception) -> None:
    with pytest.raises(type(error)):
        guarded(lambda: failing_with(error), debug=True)


def test_a_name_that_the_terminal_cannot_show_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(terminal, encoding="latin-1"))
    assert guarded(lambda: int(not sys.stdout.write("写真.jpg"))) == 0
    assert terminal.getvalue() == b"\\u5199\\u771f.jpg"


def test_what_a_thread_reports_is_a_sentence_and_the_work_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> int:
        report(ZeroDivisionError("a bug"))
        return 0

    assert guarded(work) == 0
    assert "Something went wrong inside Likeness: ZeroDivisionError" in capsys.readouterr().err
