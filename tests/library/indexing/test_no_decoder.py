"""Where decoders cannot start, no photo is blamed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from desktop.errors import UserError
from desktop.library import Failed, Job, Library, Places
from desktop.library.indexing import check_up, setback
from desktop.media import Decoders
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.no_program import no_program
from tests.pictures import draw_nine


def test_photos_wait_and_are_read_when_decoders_start_again(tmp_path: Path) -> None:
    photos, places = draw_nine(tmp_path / "photos"), Places.under(tmp_path / "data")
    with (
        closing(Decoders(n_processes=1)) as decoders,
        closing(Library.open(places, None, ColourRegistry, decoders)) as library,
    ):
        library.folders.add(photos)
        with no_program(), pytest.raises(UserError, match="does not start"):
            library.index(Job())
        counts = library.status().counts
        assert (counts.waiting, counts.problems) == (9, 0)

        library.index(Job())
        assert library.status().counts.searchable == 9


def test_the_window_tries_again_by_itself_and_says_why_photos_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_up, "HEED_EVERY_S", 0.05)
    monkeypatch.setattr(setback, "RETRY_EVERY_S", 0.2)
    photos, places = draw_nine(tmp_path / "photos"), Places.under(tmp_path / "data")
    listener = Listener()
    with (
        closing(Decoders(n_processes=1)) as decoders,
        closing(Library.open(places, None, ColourRegistry, decoders)) as library,
    ):
        library.listen(listener)
        library.folders.add(photos)
        with no_program():
            library.start()
            listener.wait_until(lambda: "does not start" in listener.waits_because)
        listener.wait_until(lambda: library.status().counts.searchable == 9)
        listener.wait_until(lambda: listener.waits_because == "")
        assert sum(isinstance(event, Failed) for event in listener.events) == 1
