"""The status bar tells what photos wait for, one thing at a time."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.library import (
    Counts,
    Folder,
    ModelInfo,
    PassStatus,
    Progress,
    ProgressChanged,
    Status,
    WaitsFor,
)
from desktop.settings import Theme
from desktop.ui.look.theme import LIGHT, Appearance
from desktop.ui.window.status_bar import StatusBar

COUNTS = Counts(photos=9, searchable=9, waiting=0, problems=1, missing=0)
MODEL = ModelInfo("clip", "CLIP", "", "clip@1", Path(), False, 0)
COLOUR = PassStatus("mean colour", "mean colour@1", 5, 2, True, WaitsFor.NOTHING)


@pytest.fixture
def status_bar(qtbot: QtBot) -> StatusBar:
    bar = StatusBar(LIGHT)
    qtbot.addWidget(bar)
    return bar


@pytest.mark.parametrize(
    ("waiting", "colour", "words"),
    [
        (3, COLOUR, "3 photos waiting"),
        (0, COLOUR, "mean colour: 5 photos waiting"),
        (0, replace(COLOUR, is_on=False), ""),
        (0, replace(COLOUR, waiting=0), ""),
    ],
)
def test_what_photos_wait_for_is_told_once(
    status_bar: StatusBar, waiting: int, colour: PassStatus, words: str
) -> None:
    model = PassStatus("clip", "clip@1", waiting, 0, True, WaitsFor.NOTHING)
    counts = replace(COUNTS, waiting=waiting)
    status = Status(counts, (), {}, MODEL, MODEL, None, None, None, "cpu", passes=(model, colour))
    status_bar.show_status(status)

    assert status_bar._doing.text() == words
    assert status.n_problems == 3, "one file, and two that the pass failed on"


def test_what_has_no_room_is_told_in_short(status_bar: StatusBar, qtbot: QtBot) -> None:
    folder = Folder(1, Path("/Pictures"), 0.0, None)
    status_bar.show_status(
        Status(COUNTS, (folder,), {}, MODEL, MODEL, None, None, None, "cpu", passes=())
    )
    status_bar.show()
    status_bar.resize(800, 40)
    qtbot.waitUntil(lambda: status_bar._doing.shown == "9 photos can be searched")
    status_bar.resize(status_bar.minimumSizeHint().width() + 90, 40)
    qtbot.waitUntil(lambda: status_bar._doing.shown == "9 photos")

    status_bar.show_progress(ProgressChanged(Progress(12, 480, "Indexing photos"), False))
    status_bar.resize(status_bar.minimumSizeHint().width() + 90, 40)
    qtbot.waitUntil(lambda: status_bar._doing.shown == "12 of 480")
    assert status_bar._doing.toolTip() == "Indexing photos: 12 of 480"


def test_a_better_model_is_offered_only_to_those_who_have_photos(status_bar: StatusBar) -> None:
    folder = Folder(1, Path("/Pictures"), 0.0, None)
    for folders in ((), (folder,)):
        status_bar.show_status(
            Status(COUNTS, folders, {}, MODEL, MODEL, None, None, MODEL, "cpu", passes=())
        )
        assert status_bar._better.isHidden() == (not folders)


def test_photos_that_a_version_before_has_read_are_said_to_be_read_anew(
    status_bar: StatusBar,
) -> None:
    newer = replace(MODEL, model_id="newer@2")
    lacks = PassStatus(MODEL.name, "newer@2", 5, 0, True, WaitsFor.NOTHING)
    status_bar.show_status(
        Status(COUNTS, (), {}, MODEL, MODEL, newer, None, None, "cpu", passes=(lacks,))
    )
    assert status_bar._better_words[0] == f"{MODEL.title} reads photos anew: 5 photos to go"
    assert "what it saw before" in status_bar._better.toolTip()


def test_what_is_coming_is_never_cut(
    status_bar: StatusBar, qtbot: QtBot, appearance: Appearance
) -> None:
    appearance.choose(Theme.LIGHT)
    coming = replace(MODEL, name="starter", title="Starter", model_id="starter@1")
    lacks = PassStatus("starter", "starter@1", 5, 0, True, WaitsFor.NOTHING)
    status_bar.setMinimumWidth(300)
    status_bar.show()
    status_bar.show_status(
        Status(COUNTS, (), {}, MODEL, MODEL, coming, None, None, "cpu", passes=(lacks,))
    )
    status_bar.show_progress(ProgressChanged(Progress(3, 9, "Indexing photos"), False))
    button, said = status_bar._better, []
    for width in range(900, 320, -20):
        status_bar.resize(width, 40)
        qtbot.waitUntil(lambda: button.width() >= button.sizeHint().width())
        said.append(button.text().strip())
    in_turn = list(dict.fromkeys(said))
    assert in_turn == ["Starter is coming: 5 photos to go", "Starter: 5 to go", ""]
    assert "5 photos to go" in button.toolTip() and "is coming" in button.accessibleName()
