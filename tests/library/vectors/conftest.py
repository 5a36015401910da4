"""An archive that was read by two models, and what it has written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from desktop.library import Form, Job, Library, Places, Settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

N_PHOTOS = 7
COLOURS = ("red", "blue", "green")
NAMES = [f"{COLOURS[number % 3]}{number}.jpg" for number in range(N_PHOTOS - 1)]
NAMES.append("année, “x”.jpg")

VECTORS = [form for form in Form if form.is_of_vectors and not form.is_table]


@dataclass(frozen=True)
class Archive:
    """Attributes: files: by form, vectors of all photos by "colours"; others: by "colours-2"."""

    library: Library
    photos: Path
    files: dict[Form, Path]
    others: Path


@pytest.fixture(scope="package")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    home = tmp_path_factory.mktemp("archive")
    for number, name in enumerate(NAMES):
        draw(home / "photos" / "deep" / name, COLOURS[number % len(COLOURS)], number)
    library = Library.open(Places.under(home / "data"), Settings(), ColourRegistry, DECODERS)
    library.folders.add(home / "photos")
    library.index(Job())
    ids = library.photos.list_ids().tolist()
    library.models.use("colours-2")
    library.index(Job())
    others = home / "others.npz"
    library.exporting.export(ids, Form.NPZ, others, Job(), model_id="colours-2@7")
    library.models.use("colours")
    library.index(Job())
    files = {form: home / f"archive.{form}" for form in VECTORS}
    for form, place in files.items():
        library.exporting.export(ids, form, place, Job(), model_id="colours@1")
    yield Archive(library, home / "photos", files, others)
    library.close()


OpenLaptop = Callable[..., Library]


@pytest.fixture
def open_laptop(archive: Archive, tmp_path: Path) -> Iterator[OpenLaptop]:
    """Opens a library of the same photos under other names, in which nothing has been read."""
    photos = tmp_path / "mine"
    photos.mkdir()
    for number, path in enumerate(sorted((archive.photos / "deep").iterdir())):
        (photos / f"{number}.jpg").write_bytes(path.read_bytes())
    opened: list[Library] = []

    def open_one(data: str = "laptop", **settings: object) -> Library:
        places = Places.under(tmp_path / data)
        chosen = replace(Settings(), **settings)  # type: ignore[arg-type]
        library = Library.open(places, chosen, ColourRegistry, DECODERS)
        opened.append(library)
        if not library.folders.list_all():
            library.folders.add(photos)
        return library

    yield open_one
    for library in opened:
        library.close()


@pytest.fixture
def laptop(open_laptop: OpenLaptop) -> Library:
    return open_laptop()
