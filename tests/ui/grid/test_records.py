"""What the window knows of photos is read once, and again only after something has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.library import Change, Library, Photo, PhotosChanged
from desktop.ui.bridge import Bridge
from desktop.ui.grid.results_model import ResultsModel
from tests.ui.conftest import OpenWindow
from tests.ui.large_library import HeldLibrary
from tests.ui.window_driver import names


class AskedLibrary(HeldLibrary):
    """Notes the ids of each question, and answers when it may."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.asked: list[list[int]] = []

    def get(self, photo_ids: Sequence[int]) -> list[Photo]:
        self.asked.append(list(photo_ids))
        self.wait()
        return super().get(photo_ids)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[AskedLibrary]:
    made = AskedLibrary(tmp_path)
    yield made
    made.close()


@pytest.fixture
def model(asked: AskedLibrary, qtbot: QtBot) -> Iterator[ResultsModel]:
    bridge = Bridge(asked)
    bridge.listen()
    made = ResultsModel(bridge)
    made.set_photos(asked.list_ids())
    made.show_rows(range(10), 128)
    qtbot.waitUntil(lambda: made.photo_at(0) is not None)
    yield made
    asked.go_on.set()
    made.stop()
    bridge.close()


def test_known_records_are_not_read_again(model: ResultsModel, asked: AskedLibrary) -> None:
    model.set_photos(asked.list_ids()[::-1].copy())
    model.show_rows(range(10), 128)

    assert model.photo_at(0) is not None, "shown at once"
    assert len(asked.asked) == 1


def test_after_a_change_records_are_read_again_and_shown_until_then(
    model: ResultsModel, asked: AskedLibrary, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(PhotosChanged())

    model.set_photos(asked.list_ids())

    assert model.photo_at(0) is not None
    qtbot.waitUntil(lambda: len(asked.asked) == 2)
    assert asked.asked[0] == asked.asked[1]


def test_an_answer_that_a_change_has_overtaken_is_not_the_last_word(
    model: ResultsModel, asked: AskedLibrary, qtbot: QtBot
) -> None:
    asked.go_on.clear()
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(PhotosChanged())
    model.set_photos(asked.list_ids())
    qtbot.waitUntil(lambda: len(asked.asked) == 2)
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(PhotosChanged())
    asked.go_on.set()
    qtbot.wait(50)

    model.set_photos(asked.list_ids())

    qtbot.waitUntil(lambda: len(asked.asked) == 3)


def test_a_photo_that_changed_is_read_again_and_no_other(
    model: ResultsModel, asked: AskedLibrary, qtbot: QtBot
) -> None:
    first, second = asked.list_ids()[:2].tolist()
    for changed in (first, second):
        with qtbot.waitSignal(model._bridge.photos_changed):
            asked.publish(PhotosChanged(frozenset({changed}), Change.LOOKS))
        qtbot.waitUntil(lambda photo_id=changed: asked.asked[-1] == [photo_id])
        # What is still on its way would be asked for again with the next one.
        qtbot.waitUntil(lambda photo_id=changed: model._records[photo_id].age == model._age)
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(PhotosChanged(frozenset({first}), Change.FOUND))
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(PhotosChanged(frozenset({10_000}), Change.LOOKS))

    model.set_photos(asked.list_ids())
    assert len(asked.asked) == 3, "what is found, and photos out of view, are nothing to read"


def test_a_change_while_a_photo_is_read_is_not_lost(
    model: ResultsModel, asked: AskedLibrary, qtbot: QtBot
) -> None:
    changed = PhotosChanged(frozenset({int(asked.list_ids()[0])}), Change.LOOKS)
    asked.go_on.clear()
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(changed)
    qtbot.waitUntil(lambda: len(asked.asked) == 2)
    with qtbot.waitSignal(model._bridge.photos_changed):
        asked.publish(changed)
    asked.go_on.set()
    qtbot.waitUntil(lambda: len(asked.asked) == 3)


def test_a_renamed_photo_is_shown_with_its_new_name(
    open_window: OpenWindow, library: Library, photos: Path, qtbot: QtBot
) -> None:
    window = open_window(library)
    library.start()

    (photos / "red0.jpg").rename(photos / "renamed.jpg")

    qtbot.waitUntil(lambda: "renamed.jpg" in names(window), timeout=30_000)
    assert "red0.jpg" not in names(window)
