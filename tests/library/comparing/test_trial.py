"""Models tried on the person's own photos, before one is chosen."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from desktop.cli import parse
from desktop.cli.choosing.compare import compare_on_library
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.library import Library
from desktop.library.comparing import Ballot, Vote
from desktop.settings import Places
from tests.library.comparing.test_comparison import TwoKinds
from tests.pictures import draw, draw_nine
from tests.shared_decoders import DECODERS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    draw_nine(tmp_path / "photos" / "inner")
    library = Library.open(Places.under(tmp_path / "data"), None, TwoKinds, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    yield library
    library.close()


def test_models_answer_side_by_side_and_the_library_stays_as_it_is(library: Library) -> None:
    before = library.models.count_embeddings()
    (asked,) = [p for p in library.photos.get(library.photos.list_ids()) if p.path.stem == "red0"]

    trial = library.comparing.try_models(
        ["colours", "grey"], Job(), ["red"], including=[asked.photo_id]
    )

    assert (trial.names, trial.names_with_words) == (("colours", "grey"), ("colours",))
    assert len(trial.photos) == 9
    rows = trial.nearest_to(asked.photo_id, 2)
    assert {hit.photo.path.stem for hit in rows["colours"]} == {"red1", "red2"}
    seen = Counter(hit.photo.photo_id for hits in rows.values() for hit in hits)
    assert all(hit.n_models == seen[hit.photo.photo_id] for hits in rows.values() for hit in hits)
    (answers,) = trial.answer(0, 3).values()
    assert {hit.photo.path.stem[:3] for hit in answers} == {"red"}
    outside = trial.nearest_to_image(Image.new("RGB", (64, 64), "red"), 3)["colours"]
    assert {hit.photo.path.stem[:3] for hit in outside} == {"red"}
    assert library.models.count_embeddings() == before
    trial.close()


def test_what_the_whole_library_would_take_is_told_beforehand(library: Library) -> None:
    costs = library.comparing.try_models(["colours", "grey"], Job()).costs
    assert costs["colours"].seconds == 0.0, "it has read all of them"
    assert costs["grey"].seconds > 0
    assert costs["grey"].n_photos == 9
    assert costs["grey"].n_bytes == 9 * 16 * 4 * 2


def test_a_sample_is_small_and_the_same_every_time(library: Library) -> None:
    ids = library.photos.list_ids().tolist()
    drawn = [
        {photo.photo_id for photo in trial.photos}
        for trial in (
            library.comparing.try_models(["grey"], Job(), including=ids[:1], n_photos=4)
            for _ in range(2)
        )
    ]
    assert len(drawn[0]) == 4
    assert ids[0] in drawn[0]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("place", ["inside", "outside"])
def test_the_command_line_shows_what_each_model_finds(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    path = tmp_path / "photos" / "inner" / "red0.jpg"
    if place == "outside":
        path = draw(tmp_path / "elsewhere" / "new.jpg", "red", 9)
    asked = ["compare", str(path), "--models", "colours,grey", "-k", "2"]

    assert compare_on_library(library, parse([*asked, "--json"])) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["sample"] == 9
    assert set(values["models"]) == set(values["costs"]) == {"colours", "grey"}
    assert [Path(hit["path"]).stem[:3] for hit in values["models"]["colours"]] == ["red", "red"]
    assert compare_on_library(library, parse(asked)) == 0
    said = capsys.readouterr().out
    assert "The nearest among 9 photos of the library:" in said
    assert "red1.jpg" in said


def test_a_page_is_written_of_labelled_photos_only(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["a.jpg", "--html", "p.html"], ["a.jpg", "--labelled", "."], []):
        with pytest.raises(SystemExit):
            parse(["compare", *wrong])
    assert "add --labelled FOLDER" in capsys.readouterr().err


def test_without_photos_there_is_nothing_to_try(tmp_path: Path) -> None:
    library = Library.open(Places.under(tmp_path / "data"), None, TwoKinds, DECODERS)
    with pytest.raises(UserError, match="no photos to compare"):
        library.comparing.try_models(["grey"], Job())
    library.close()


def test_a_vote_counts_for_the_model_that_stood_there() -> None:
    ballot = Ballot(["one", "two"], 4, random.Random(3))
    assert {frozenset(pair) for pair in ballot.pairs} == {frozenset(["one", "two"])}
    for question in range(3):
        left, _ = ballot.pairs[question]
        ballot.vote(question, Vote.LEFT if left == "two" else Vote.RIGHT)
    ballot.vote(2, Vote.EQUAL)  # thought better of
    assert ballot.tally() == {"two": 2, "one": 0}
    assert list(ballot.tally()) == ["two", "one"], "the best comes first"
    assert ballot.n_equal == 1
    assert [ballot.better(question) for question in range(4)] == ["two", "two", None, None]


def test_every_two_models_meet_equally_often() -> None:
    met = Counter(map(frozenset, Ballot(list("abc"), 6, random.Random(1)).pairs))
    assert set(met.values()) == {2}
    sides = Counter(left for left, _ in Ballot(["a", "b"], 200, random.Random(1)).pairs)
    assert 60 < sides["a"] < 140, "neither stands on one side"
    with pytest.raises(ValueError, match="two models"):
        Ballot(["a"], 1, random.Random())
