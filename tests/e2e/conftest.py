from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.cli.demo import copy_pictures
from tests.e2e.program import Program


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The program loads a real model: a cold disk and two cores may take a while."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "program")


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real photos out of packages, one that is broken, and things that are no photos."""
    folder = tmp_path_factory.mktemp("gallery") / "My photos"
    copy_pictures(folder)
    whole = (folder / "coins.png").read_bytes()
    (folder / "broken.png").write_bytes(whole[:40] + bytes(5000))
    (folder / "notes.txt").write_text("not a photo")
    (folder / ".hidden.png").write_bytes(whole)
    return folder


@pytest.fixture(scope="module")
def indexed(gallery: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program whose library holds the gallery. Tests that change it use their own."""
    program = Program(tmp_path_factory.mktemp("indexed"))
    program("add", gallery)
    program("index")
    yield program


@pytest.fixture
def many_photos(tmp_path: Path) -> Path:
    """160 different pieces of real photos, which take some seconds to index."""
    whole = tmp_path / "whole"
    copy_pictures(whole)
    pictures = [Image.open(whole / name).convert("RGB") for name in ("coffee.png", "china.jpg")]
    folder = tmp_path / "many"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(160):
        picture = pictures[number % len(pictures)]
        left = int(rng.integers(picture.width - 200))
        top = int(rng.integers(picture.height - 200))
        piece = picture.crop((left, top, left + 200, top + 200))
        piece.save(folder / f"{number:03}.jpg", quality=95)
    return folder
