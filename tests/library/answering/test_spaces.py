"""Spaces: several models can be complete at once, and each answers what it was chosen for."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from desktop.embedding import Embedder, ModelInfo, Traits
from desktop.errors import ModelUnavailable, QueryUnanswerable
from desktop.jobs import Job
from desktop.library import Library, Places, Purpose, Query, Settings
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.pixels_embedder import PixelsEmbedder
from tests.shared_decoders import DECODERS


class WithGrey(ColourRegistry):
    """Also knows "grey", which understands no words."""

    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self.grey = PixelsEmbedder("grey", 6, "cpu")

    def list_models(self) -> list[ModelInfo]:
        grey = self.grey
        traits = Traits.of(grey)
        info = ModelInfo("grey", "Grey", "", grey.model_id, Path(), False, 0, traits)
        return [*super().list_models(), info]

    def create(self, name: str) -> Embedder:
        return self.grey if name == "grey" else super().create(name)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def library(tmp_path: Path, places: Places) -> Iterator[Library]:
    """With five red photos and five blue ones, embedded by "colours"."""
    for colour in ("red", "blue"):
        for seed in range(5):
            draw(tmp_path / "photos" / f"{colour}-{seed}.jpg", colour, seed)
    library = Library.open(places, None, WithGrey, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield library
    library.close()


def a_photo(library: Library) -> int:
    return int(library.photos.list_ids()[0])


def answering(library: Library) -> tuple[str, str]:
    """Which model answers words, and which a photo."""
    words = library.search(Query("red"))
    likeness = library.search(Query(like_photo_id=a_photo(library)))
    return words.model_id, likeness.model_id


def test_one_model_answers_both_unless_another_is_chosen(library: Library) -> None:
    assert answering(library) == ("colours@1", "colours@1")
    now = library.status()
    assert now.model == now.likeness_model
    assert now.answered_by(now.model) == (Purpose.WORDS, Purpose.LIKENESS)


def test_a_model_without_words_may_answer_likeness(library: Library) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    assert answering(library) == ("colours@1", "colours@1"), "until all photos are embedded"
    coming = library.status()
    assert coming.coming_model is not None and coming.coming_model.name == "grey"
    assert coming.coming_waiting == 10

    library.index(Job())

    assert answering(library) == ("colours@1", "grey@6")
    now = library.status()
    assert (now.model.name, now.likeness_model.name) == ("colours", "grey")
    assert now.coming_model is None
    image = Image.new("RGB", (64, 64), "white")
    assert library.search(Query(like_image=image)).model_id == "grey@6"


def test_both_get_new_photos_and_keep_what_they_have(library: Library, tmp_path: Path) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    library.index(Job())
    draw(tmp_path / "photos" / "new.jpg", "green", 0)

    library.index(Job())

    assert library.models.count_embeddings() == {"colours@1": 11, "grey@6": 11}
    assert library.search(Query("green")).searched == 11
    assert library.search(Query(like_photo_id=a_photo(library))).searched == 11


def test_words_and_a_photo_together_need_one_model_and_it_says_which(library: Library) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    library.index(Job())

    both = library.search(Query("red", like_photo_id=a_photo(library)))

    assert both.model_id == "colours@1"
    assert both.note.startswith("grey did not answer this: words and a photo together need")
    assert library.search(Query("red")).note == ""


def test_words_alone_are_not_given_to_a_model_that_knows_none(library: Library) -> None:
    """It is known before the model is loaded, and nothing changes."""
    before = library.settings
    with pytest.raises(ModelUnavailable, match="does not understand words") as refused:
        library.models.use("grey", Purpose.WORDS)
    assert "--for likeness" in refused.value.hint
    assert library.settings == before
    assert library.status().coming_model is None


def test_a_model_without_words_may_answer_alone(library: Library, places: Places) -> None:
    """Words are refused in a sentence; likeness, conditions and lists need none."""
    library.models.use("grey")
    library.index(Job())
    now = library.status()
    assert (now.model.name, now.likeness_model.name, now.model.has_text) == ("grey", "grey", False)
    with pytest.raises(QueryUnanswerable, match="grey does not understand words"):
        library.search(Query("red"))
    found = library.search(Query(like_photo_id=a_photo(library)))
    assert (found.model_id, found.searched) == ("grey@6", 10)
    assert len(library.search(Query("type:jpeg")).hits) == 10
    library.close()

    again = Library.open(places, None, WithGrey, DECODERS)
    try:
        assert again.notice is None
        assert again.status().model.name == "grey"
        again.models.use("colours")
        assert answering(again) == ("colours@1", "colours@1")
    finally:
        again.close()


def test_words_alone_can_be_given_to_another_model(library: Library) -> None:
    """What answers likeness stays, until one model is chosen for both again."""
    library.models.use("colours-2", Purpose.WORDS)
    library.index(Job())
    assert answering(library) == ("colours-2@7", "colours@1")

    library.models.use("colours-2")

    assert answering(library) == ("colours-2@7", "colours-2@7")


def test_going_back_leaves_the_model_that_was_chosen_for_likeness(library: Library) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    library.models.use("colours-2", Purpose.WORDS)
    library.index(Job())
    assert answering(library) == ("colours-2@7", "grey@6")

    library.models.undo_change()

    assert answering(library) == ("colours@1", "grey@6")


def test_both_are_known_at_the_next_start(library: Library, places: Places) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    library.index(Job())
    library.close()

    again = Library.open(places, None, WithGrey, DECODERS)
    try:
        assert answering(again) == ("colours@1", "grey@6")
        report = again.doctor()
        assert report.facts["model"] == "colours@1"
        assert report.facts["likeness"]["model"] == "grey@6"
        assert report.facts["likeness"]["index"]["photos"] == 10
    finally:
        again.close()


def test_a_model_for_likeness_that_is_away_is_told_and_the_other_answers(
    library: Library, places: Places
) -> None:
    library.close()
    settings = dataclasses.replace(library.settings, likeness_model="gone")
    again = Library.open(places, settings, WithGrey, DECODERS)
    try:
        assert again.notice is not None and "gone" in again.notice.message
        assert answering(again) == ("colours@1", "colours@1")
    finally:
        again.close()


def test_removed_photos_leave_both_indexes(
    library: Library, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 1)
    library.models.use("grey", Purpose.LIKENESS)
    for _ in range(2):
        library.index(Job())
    assert len(list(places.index_path.rglob("gen-*.vectors"))) == 2
    library.folders.remove(library.folders.list_all()[0].folder_id)

    library.index(Job())

    assert not list(places.index_path.rglob("gen-*"))


def test_a_model_that_answers_no_more_leaves_memory(library: Library) -> None:
    library.search(Query("red"))
    registry = library._registry
    assert isinstance(registry, ColourRegistry)
    first: ColourEmbedder = registry.embedders["colours"]
    assert first.is_loaded
    library.models.use("colours-2")
    library.index(Job())
    assert answering(library) == ("colours-2@7", "colours-2@7")
    assert not first.is_loaded


def test_a_photo_that_the_model_for_words_lacks_is_refused_with_words(
    library: Library, places: Places
) -> None:
    library.models.use("grey", Purpose.LIKENESS)
    library.index(Job())
    photo_id = a_photo(library)
    with sqlite3.connect(places.catalog_path) as catalog:
        drop = "DELETE FROM made WHERE photo_id = ? AND length(value) = ?"
        catalog.execute(drop, [photo_id, 4 * ColourEmbedder.dim])
    assert library.search(Query(like_photo_id=photo_id)).hits
    with pytest.raises(QueryUnanswerable, match="has not been read yet"):
        library.search(Query("red", like_photo_id=photo_id))
