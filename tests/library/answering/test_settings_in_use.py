"""Settings that change while the library is open: saved first, then used, and nothing is dropped
for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import ModelUnavailable, SettingsUnusable
from desktop.jobs import Job
from desktop.library import Library, Places, Query, Settings, Theme
from desktop.settings import load_settings
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

NAMED = {
    "model": "colours",
    "likeness_model": "colours",
    "model_folder": "/elsewhere",
}
"""Where not any value will do."""

OF_ENGINES = {"engine", "engine_uri"}
"""These mean another index: see test_engines.py."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def library(tmp_path: Path, places: Places) -> Iterator[Library]:
    """Four photos, one of them in a sub-folder."""
    for name in ("0.jpg", "1.jpg", "2.jpg", "sub/3.jpg"):
        draw(tmp_path / "photos" / name, "red", int(name[-5]))
    library = Library.open(places, None, ColourRegistry, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield library
    library.close()


def other(settings: Settings, name: str) -> object:
    """Another value for that setting, whatever its kind."""
    now = getattr(settings, name)
    if name == "mounts":
        return {"/srv/photos": "/mnt/photos"}
    if isinstance(now, bool):
        return not now
    if isinstance(now, int):
        return now + 7
    if isinstance(now, dict):
        return {"starter": 0.5}
    if isinstance(now, Theme):
        return Theme.DARK
    return ("*.tmp",) if isinstance(now, tuple) else NAMED.get(name, "cpu")


def changed(library: Library, name: str) -> Settings:
    return dataclasses.replace(library.settings, **{name: other(library.settings, name)})


@pytest.mark.parametrize(
    "name",
    [field.name for field in dataclasses.fields(Settings) if field.name not in OF_ENGINES],
)
def test_whatever_changes_the_loaded_index_stays(
    library: Library, places: Places, name: str
) -> None:
    index = library._spaces.take().index
    settings = changed(library, name)

    library.change_settings(settings)

    assert library._spaces.take().index is index
    assert library.search(Query("red")).searched == 4
    assert load_settings(places.settings_path) == settings


def test_another_limit_is_used_from_the_next_question_on(library: Library) -> None:
    engine = library._spaces.take().engine
    library.change_settings(changed(library, "exact_search_limit"))
    assert library._spaces.take().engine.border == 7
    assert engine.border == 7


def test_settings_that_cannot_be_saved_are_not_used(library: Library, places: Places) -> None:
    before = library.settings
    places.settings_path.mkdir()  # in the way of the file

    with pytest.raises(SettingsUnusable):
        library.change_settings(dataclasses.replace(before, exclude=("sub/",), model="colours-2"))

    assert library.settings == before
    assert library.index(Job()).photos == 4
    assert library.status().coming_model is None
    assert library.status().model.name == "colours"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"exclude": ("!",)}, SettingsUnusable), ({"model": "absent"}, ModelUnavailable)],
)
def test_settings_that_make_no_sense_are_neither_saved_nor_used(
    library: Library, places: Places, wrong: dict[str, object], error: type[Exception]
) -> None:
    before = library.settings

    with pytest.raises(error):
        library.change_settings(dataclasses.replace(before, theme=Theme.DARK, **wrong))

    assert library.settings == before
    assert load_settings(places.settings_path) == before
    assert library.index(Job()).photos == 4
