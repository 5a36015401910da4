from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.album import Album


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Album]:
    """Nine photos of one or two colours."""
    album = Album(tmp_path)
    album.add("red", "green", "blue", "yellow", "white", "black")
    album.add("red blue", "red green", "blue green")
    yield album
    album.catalog.close()
