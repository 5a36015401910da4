"""Where decoders cannot start, no photo is blamed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from desktop.errors import UserError
from desktop.library import Job, Library, Places
from desktop.media import Decoders
from tests.colour_registry import ColourRegistry
from tests.no_program import no_program
from tests.pictures import draw_nine


def test_photos_wait_and_are_read_when_decoders_start_again(tmp_path: Path) -> None:
    photos, places = draw_nine(tmp_path / "photos"), Places.under(tmp_path / "data")
    with (
        closing(Decoders(n_processes=1)) as decoders,
        closing(Library.open(places, None, ColourRegistry, decoders)) as library,
    ):
        library.add_folder(photos)
        with no_program(), pytest.raises(UserError, match="does not start"):
            library.index(Job())
        counts = library.status().counts
        assert (counts.waiting, counts.problems) == (9, 0)

        library.index(Job())
        assert library.status().counts.searchable == 9
