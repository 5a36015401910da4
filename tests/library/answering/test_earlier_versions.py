"""A model of which a newer version of Likeness reads photos otherwise: the old answers stay while
they are read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.embedding import Embedder
from desktop.errors import Cancelled
from desktop.jobs import Job, Progress
from desktop.library import Library, Places, Purpose, Query, Settings
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

N_PHOTOS = 20
OLD, NEW = "colours@1", "colours@2"


class Newer(ColourRegistry):
    """As a newer version has it: "colours" are read otherwise, and what it was is known."""

    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self.before = self.embedders["colours"]
        self.embedders["colours"] = ColourEmbedder("colours", revision="2")

    def create_earlier(self, model_id: str) -> Embedder | None:
        return self.before if model_id == self.before.model_id else None


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Of a library that the version before has read."""
    for at in range(N_PHOTOS):
        draw(tmp_path / "photos" / f"{at}.jpg", "red" if at % 2 else "blue", at)
    places = Places.under(tmp_path / "data")
    before = Library.open(places, None, ColourRegistry, DECODERS)
    before.models.use("colours-2")
    before.folders.add(tmp_path / "photos")
    before.index(Job())
    before.models.use("colours")
    before.index(Job())
    assert before.status().model.model_id == OLD
    before.close()
    return places


def answered_by(library: Library) -> set[str]:
    """Who answers words and likeness; all photos are searched."""
    photo_id = int(library.photos.list_ids()[0])
    answers = [library.search(Query("red")), library.search(Query(like_photo_id=photo_id))]
    assert {answer.searched for answer in answers} == {N_PHOTOS}
    return {answer.model_id for answer in answers}


def test_the_old_answers_stay_until_all_photos_are_read_again(places: Places) -> None:
    library = Library.open(places, None, Newer, DECODERS)
    now = library.status()
    assert now.reads_anew
    assert (now.coming_waiting, now.counts.waiting) == (N_PHOTOS, 0)
    assert now.model.title == "Colours" and now.answered_by(now.model) == tuple(Purpose)
    assert answered_by(library) == {OLD}

    def stop(progress: Progress) -> None:
        if progress.done:
            halfway.cancel()

    halfway = Job(stop)
    with pytest.raises(Cancelled):
        library.index(halfway)
    assert answered_by(library) == {OLD}
    library.close()

    library = Library.open(places, None, Newer, DECODERS)
    done = library.models.count_embeddings()[NEW]
    assert 0 < done < N_PHOTOS and library.status().coming_waiting == N_PHOTOS - done
    assert answered_by(library) == {OLD}
    assert library.index(Job()).embedded == N_PHOTOS - done

    assert answered_by(library) == {NEW}
    assert library.models.count_embeddings() == {"colours-2@7": N_PHOTOS, NEW: N_PHOTOS}
    now = library.status()
    assert not now.reads_anew and now.coming_model is None
    assert now.previous_model is not None and now.previous_model.name == "colours-2"
    library.close()


def test_another_model_may_be_chosen_meanwhile(places: Places) -> None:
    library = Library.open(places, None, Newer, DECODERS)
    library.models.use("colours-2")
    now = library.status()
    assert not now.reads_anew and now.model.name == "colours-2", "all photos have it"
    library.close()
