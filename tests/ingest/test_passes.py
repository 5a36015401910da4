"""Several passes over the same photos: one decode for all, and each has its own record."""

import shutil
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from desktop.catalog import Counts, Failure, Value
from desktop.errors import ModelUnavailable
from desktop.ingest import EmbeddingPass, Material, Pass
from desktop.media import Fit, Sides
from tests.colour_embedder import ColourEmbedder
from tests.ingest.conftest import Bench
from tests.mean_colour import MeanColour
from tests.pictures import draw
from tests.shared_decoders import Decodes


def draw_all(bench: Bench, *names: str) -> list[int]:
    """Photos called after their colours; their ids."""
    for name in names:
        draw(bench.folder / f"{name}.jpg", name)
    bench.scan()
    return [bench.photo(f"{name}.jpg").photo_id for name in names]


def test_one_decode_feeds_a_model_and_another_pass(bench: Bench, decodes: Decodes) -> None:
    red, blue = draw_all(bench, "red", "blue")
    colour = MeanColour()

    tally = bench.run([bench.embedding, colour])

    assert decodes.n == 2
    assert tally.made == {bench.embedding.pass_id: 2, colour.pass_id: 2}
    assert is_red(bench.catalog.made.get_values([red, blue], colour.pass_id)[red])
    for pass_id in tally.made:
        assert bench.catalog.count(pass_id) == Counts(2, 2, waiting=0, problems=0, missing=0)


def test_two_models_embed_what_is_decoded_once(bench: Bench, decodes: Decodes) -> None:
    draw_all(bench, "red", "blue")
    coming = EmbeddingPass(ColourEmbedder("colours-2"))

    bench.run([bench.embedding, coming])

    assert decodes.n == 2
    assert bench.catalog.made.count_vectors() == {"colours@1": 2, "colours-2@1": 2}


def test_a_pass_that_comes_later_does_what_is_there_and_nothing_else_is_done_again(
    bench: Bench, decodes: Decodes
) -> None:
    draw_all(bench, "red", "blue")
    bench.embed()
    colour = MeanColour()

    assert bench.run([bench.embedding, colour]).made.total() == 0, "no photo waits for the model"
    assert bench.run([colour, bench.embedding]).made == {colour.pass_id: 2}
    assert decodes.n == 4
    assert bench.embedder.n_images == 2


def test_another_version_does_all_anew_and_nothing_else(bench: Bench) -> None:
    (red,) = draw_all(bench, "red")
    bench.run([bench.embedding, MeanColour("1")])
    newer = MeanColour("2")

    assert bench.catalog.count(newer.pass_id).waiting == 1
    bench.run([newer, bench.embedding])
    bench.catalog.made.forget_other_versions(newer.pass_id)

    assert bench.embedder.n_images == 1
    assert newer.n_photos == 1
    assert red in bench.catalog.made.get_values([red], newer.pass_id)
    assert bench.catalog.made.get_values([red], MeanColour("1").pass_id) == {}


def test_a_photo_at_which_a_pass_fails_is_its_own_problem(bench: Bench) -> None:
    black, red = draw_all(bench, "black", "red")
    colour = MeanColour()

    tally = bench.run([bench.embedding, colour])

    (problem,) = bench.catalog.photos.list_problems()
    assert (problem.photo.photo_id, problem.pass_id) == (black, colour.pass_id)
    assert problem.text == "mean colour: It is all black."
    assert tally.problems == 1
    assert bench.counts == Counts(2, 2, waiting=0, problems=0, missing=0), "it can be searched"
    assert bench.catalog.made.get_values([black, red], colour.pass_id).keys() == {red}
    assert bench.run([colour]).problems == 0, "it is not tried again by itself"
    bench.catalog.ingests.forget_problem([black])
    assert bench.run([colour]).problems == 1


def test_a_copy_has_all_that_was_made_and_a_renamed_photo_too(
    bench: Bench, decodes: Decodes
) -> None:
    draw_all(bench, "red", "black")
    colour = MeanColour()
    bench.run([bench.embedding, colour])
    shutil.copy(bench.folder / "red.jpg", bench.folder / "copy.jpg")
    shutil.copy(bench.folder / "black.jpg", bench.folder / "black copy.jpg")
    (bench.folder / "red.jpg").rename(bench.folder / "renamed.jpg")
    bench.scan()

    bench.run([bench.embedding, colour])

    assert decodes.n == 2
    assert bench.catalog.count(colour.pass_id) == Counts(
        4, 2, waiting=0, problems=2, missing=0, failed=2
    )


def test_a_copy_of_what_lacks_a_pass_is_decoded_for_that_alone(bench: Bench) -> None:
    draw_all(bench, "red")
    bench.embed()
    shutil.copy(bench.folder / "red.jpg", bench.folder / "copy.jpg")
    bench.scan()
    colour = MeanColour()

    bench.run([bench.embedding, colour])

    assert bench.embedder.n_images == 1
    assert colour.n_photos == 1, "the copy; its twin waits for its own turn"
    bench.run([colour, bench.embedding])
    assert bench.catalog.count(colour.pass_id).waiting == 0


def test_a_changed_photo_is_done_anew_by_all(bench: Bench) -> None:
    (photo_id,) = draw_all(bench, "red")
    colour = MeanColour()
    bench.run([bench.embedding, colour])
    draw(bench.folder / "red.jpg", "blue", size=(300, 200))
    bench.scan()

    bench.run([bench.embedding, colour])

    assert not is_red(bench.catalog.made.get_values([photo_id], colour.pass_id)[photo_id])
    assert bench.embedder.n_images == 2


class Seen(Pass):
    """What size it was given."""

    name, version, least = "seen", "1", Sides(1000)

    @property
    def fit(self) -> Fit:
        return Image.Image.copy

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        return [b"%dx%d" % photo.image.size for photo in photos]


def test_the_decode_is_as_large_as_any_of_the_passes_needs(bench: Bench) -> None:
    draw(bench.folder / "a.jpg", size=(2400, 1800))
    bench.scan()
    photo_id = bench.photo("a.jpg").photo_id

    bench.run([bench.embedding, Seen()])

    assert bench.catalog.made.get_values([photo_id], "seen@1") == {photo_id: b"2400x1800"}


class Warmth(Pass):
    """How warm the mean colour is: a pass that needs what another has made."""

    name, version, least = "warmth", "1", Sides(1)

    def __init__(self, colour: MeanColour) -> None:
        self.after = (colour,)

    @property
    def fit(self) -> Fit:
        return Image.Image.copy

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        return [b"warm" if is_red(photo.made["mean colour"]) else b"cold" for photo in photos]


@pytest.mark.parametrize("is_earlier", [False, True])
def test_a_pass_gets_what_the_one_it_needs_has_made(bench: Bench, is_earlier: bool) -> None:
    red, blue, black = draw_all(bench, "red", "blue", "black")
    colour = MeanColour()
    warmth = Warmth(colour)
    if is_earlier:
        bench.run([colour])

    bench.run([warmth, colour], in_order=[colour, warmth])

    assert bench.catalog.made.get_values([red, blue, black], warmth.pass_id) == {
        red: b"warm",
        blue: b"cold",
    }
    assert [problem.text for problem in bench.catalog.photos.list_problems()] == [
        "mean colour: It is all black.",
        "warmth: What it needs has failed at this photo.",
    ]
    assert Warmth(MeanColour("2")).pass_id != warmth.pass_id, "it would be done anew as well"


class Unable(MeanColour):
    """Lacks what it needs on this computer."""

    name = "unable"

    def run(self, photos: Sequence[Material]) -> Sequence[Value | Failure]:
        raise ModelUnavailable("There is no colour today.")


def test_a_pass_that_cannot_run_holds_up_no_other_until_its_turn(bench: Bench) -> None:
    draw_all(bench, "red", "blue")
    unable, colour = Unable(), MeanColour()

    bench.run([bench.embedding, unable, colour])

    assert bench.counts.searchable == 2
    assert bench.catalog.count(colour.pass_id).searchable == 2
    assert bench.catalog.count(unable.pass_id).waiting == 2
    with pytest.raises(ModelUnavailable):
        bench.run([unable, bench.embedding, colour])


def is_red(colour: Value) -> bool:
    red, _, blue = np.frombuffer(colour, np.uint8) if isinstance(colour, bytes) else colour
    return bool(red > blue)
