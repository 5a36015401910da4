"""Machines that share a catalog are answered by the same model, whoever has chosen it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.library import Failed, Job, Library, ModelChanged, Places, Query
from desktop.search import Purpose
from tests.colour_registry import ColourRegistry
from tests.library.test_library import Listener
from tests.pictures import draw, draw_nine
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS


class OneModel(ColourRegistry):
    """Of a machine that has no other."""

    def __init__(self, *how: object) -> None:
        super().__init__(*how)  # type: ignore[arg-type]
        del self.embedders["colours-2"]


Machine = Callable[..., Library]


@pytest.fixture
def machine(postgres: PostgresServer, tmp_path: Path) -> Iterator[Machine]:
    """Opens the library on a machine of this name."""
    opened: list[Library] = []
    with postgres.catalog() as url:

        def open_one(name: str, registry: type[ColourRegistry] = ColourRegistry) -> Library:
            places = dataclasses.replace(Places.under(tmp_path / name), catalog_url=url)
            opened.append(Library.open(places, None, registry, DECODERS))
            return opened[-1]

        yield open_one
        for library in opened:
            library.close()


@pytest.fixture
def there(machine: Machine, tmp_path: Path) -> Library:
    """The machine that has nine photos, read by "colours"."""
    draw_nine(tmp_path / "photos")
    library = machine("there")
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    return library


def change(library: Library, name: str) -> None:
    library.models.use(name)
    library.index(Job())
    assert library.status().model.name == name


def answers(library: Library) -> set[str]:
    return {library._spaces.answering(purpose).name for purpose in Purpose}


def test_an_open_window_follows_within_seconds(there: Library, machine: Machine) -> None:
    here, listener = machine("here"), Listener()
    here.listen(listener)
    here.start()
    here.search(Query(text="red"))
    assert answers(here) == {"colours"}
    time.sleep(1.5)  # so that it has looked once

    change(there, "colours-2")
    changed_s = time.monotonic()

    listener.wait_until(lambda: listener.heard(ModelChanged))
    assert time.monotonic() - changed_s < 10  # it looks every second
    assert answers(here) == {"colours-2"} and here.settings.model == "colours-2"
    results = here.search(Query(text="red"))
    assert results.model_id == there.status().model.model_id and len(results.hits) == 9


def test_a_machine_that_was_off_does_not_take_the_change_back(
    there: Library, machine: Machine, tmp_path: Path
) -> None:
    machine("here").close()
    change(there, "colours-2")
    draw(tmp_path / "photos" / "another.jpg", "red", seed=20)
    there.index(Job())  # which the model before has not read

    here = machine("here")

    assert answers(here) == {"colours-2"} and here.settings.model == "colours-2"
    assert here.status().coming_model is None
    assert there._catalog.answering_model() == here.status().model.model_id


def test_what_is_chosen_here_is_not_taken_back_by_the_next_start(
    there: Library, machine: Machine
) -> None:
    there.models.use("colours-2")  # which has read nothing yet
    there.close()

    again = machine("there")

    assert again.settings.model == "colours-2" and answers(again) == {"colours"}
    coming = again.status().coming_model
    assert coming is not None and coming.name == "colours-2"


def test_a_model_that_is_not_here_is_told_of_once(there: Library, machine: Machine) -> None:
    here, listener = machine("here", OneModel), Listener()
    here.listen(listener)
    here.start()
    time.sleep(1.5)
    change(there, "colours-2")

    listener.wait_until(lambda: listener.heard(Failed))

    there.saved.save("red", Query(text="red"))
    time.sleep(2.5)
    (told,) = [event for event in listener.events if isinstance(event, Failed)]
    assert "not on this computer" in told.error.message
    assert answers(here) == {"colours"} and len(here.search(Query(text="red")).hits) == 9
    here.close()
    assert answers(machine("here", OneModel)) == {"colours"}
    assert there._catalog.answering_model() == there.status().model.model_id
