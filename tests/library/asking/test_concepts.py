"""What photos have taught: asked for as a clause, whichever model answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import ExamplesUnusable, NameUnusable, QueryUnanswerable
from desktop.library import (
    Band,
    Clause,
    Event,
    Job,
    Library,
    Means,
    Places,
    Purpose,
    Query,
    SavedChanged,
)
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for colour in ("red", "blue", "green", "yellow"):
        for seed in range(8):
            folder = "old" if colour == "red" and seed < 3 else "new"
            draw(tmp_path / folder / f"{colour}{seed}.jpg", colour, seed)
    return tmp_path


@pytest.fixture
def library(tmp_path: Path, photos: Path) -> Iterator[Library]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(photos / "old")
    library.folders.add(photos / "new")
    library.index(Job())
    yield library
    library.close()


def ids_of(library: Library, colour: str) -> list[int]:
    photos = library.photos.get(library.photos.list_ids().tolist())
    return [photo.photo_id for photo in photos if photo.path.name.startswith(colour)]


def found(library: Library, text: str, n: int = 40) -> list[str]:
    results = library.search(Query(text, n=n))
    return [photo.path.name for photo in library.photos.get([h.photo_id for h in results.hits])]


def test_a_concept_finds_its_kind_and_its_examples(library: Library) -> None:
    reds = ids_of(library, "red")
    library.concepts.teach("Warm", reds[:5], ids_of(library, "green")[:2])
    names = found(library, "concept:warm")
    assert sorted(names[:8]) == [f"red{at}.jpg" for at in range(8)]
    results = library.search(Query("concept:Warm"))
    assert set(reds[:5]) <= {hit.photo_id for hit in results.hits if hit.band is Band.LIKELY}
    assert Query("concept:Warm").purpose is Purpose.LIKENESS
    assert results.note == ""


def test_a_concept_is_a_clause_like_any_other(library: Library) -> None:
    library.concepts.teach("my thing", ids_of(library, "red")[:5])
    clause = Clause("my thing", means=Means.CONCEPT)
    assert str(clause) == 'concept:"my thing"'
    assert found(library, f"{clause}, name:red1")[0] == "red1.jpg"
    names = found(library, f"blue, -{clause}")
    assert names[0].startswith("blue") and names[-1].startswith("red")
    parts = library.search(Query(f"{clause}, red")).hits[0].parts
    assert [str(part.clause) for part in parts] == [str(clause), "red"]


def test_what_was_not_taught_is_a_fault_of_its_word(library: Library) -> None:
    (fault,) = library.meanings.faults("red concept:cat")
    assert (fault.start, fault.end) == (4, 15) and "“cat”" in fault.message
    library.concepts.teach("Warm", ids_of(library, "red")[:5])
    (fault,) = library.meanings.faults("concept:cat")
    assert "Warm" in fault.hint
    assert library.meanings.faults("concept:warm") == ()
    with pytest.raises(QueryUnanswerable):
        library.search(Query("concept:cat"))


def test_examples_that_are_gone_are_told_of(library: Library) -> None:
    reds = ids_of(library, "red")
    library.concepts.teach("Warm", reds)
    old, new = library.folders.list_all()
    library.folders.remove(old.folder_id)
    note = library.search(Query("concept:warm")).note
    assert note == "3 of the 8 photos that taught “Warm” are gone."
    assert found(library, "concept:warm")[0].startswith("red")
    library.folders.remove(new.folder_id)
    (fault,) = library.meanings.faults("concept:warm")
    assert "All photos" in fault.message


def test_names_and_examples_are_looked_at(library: Library) -> None:
    reds, events = ids_of(library, "red"), []
    library.listen(lambda event: events.append(event))
    for more, less in ((reds[:4], []), (list(range(21)), []), (reds[:5], list(range(21)))):
        with pytest.raises(ExamplesUnusable):
            library.concepts.teach("Warm", more, less)
    with pytest.raises(NameUnusable):
        library.concepts.teach("  ", reds[:5])
    assert not events
    warm = library.concepts.teach("  very   warm ", reds[:5])
    assert warm.name == "very warm"
    library.concepts.rename(warm.concept_id, "Hot")
    assert library.concepts.find("HOT").more == warm.more
    library.concepts.forget(warm.concept_id)
    assert library.concepts.list() == []
    told: list[Event] = [event for event in events if isinstance(event, SavedChanged)]
    assert len(told) == 3


def test_saved_searches_follow_a_name(library: Library) -> None:
    warm = library.concepts.teach("Warm", ids_of(library, "red")[:5])
    library.saved.save("a", Query(text="2*concept:warm, sea -concept:other year:2020"))
    library.saved.save("b", Query(text="warm, like:warm"))
    library.concepts.rename(warm.concept_id, "my red")
    assert [each.text for each in library.saved.list()] == [
        '2*concept:"my red", sea, -concept:other year:2020',
        "warm, like:warm",
    ]


def test_a_concept_is_worked_out_for_whichever_model_answers(library: Library) -> None:
    library.concepts.teach("Warm", ids_of(library, "red")[:5])
    before = library.search(Query("concept:warm"))
    library.models.use("colours-2")
    library.index(Job())
    now = library.search(Query("concept:warm"))
    assert now.model_id != before.model_id
    assert [hit.photo_id for hit in now.hits[:8]] == [hit.photo_id for hit in before.hits[:8]]


def test_a_name_of_bytes_that_are_no_text_is_refused(library: Library) -> None:
    reds = ids_of(library, "red")[:5]
    with pytest.raises(NameUnusable, match="no UTF-8 text"):
        library.concepts.teach("na\udcffme", reds)
    concept = library.concepts.teach("name", reds)
    with pytest.raises(NameUnusable, match="no UTF-8 text"):
        library.concepts.rename(concept.concept_id, "na\udcffme")
