"""Where attributes disagree, over a real library whose model knows colours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import NameUnusable
from desktop.library import Job, Library, Pair, Places, Query
from tests.cli.test_commands import CommandLine
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

COLOURS = ("red", "green", "blue")
N_EACH = 8
WRONG = {"blue5", "green0", "green1", "red3"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """24 photos; two greens are predicted red, one red blue, and one blue is labelled red."""
    home = tmp_path_factory.mktemp("home")
    rows = ["path,label,prediction,score,number"]
    for colour in COLOURS:
        for seed in range(N_EACH):
            draw(home / "photos" / f"{colour}{seed}.jpg", colour, seed)
            label = "red" if (colour, seed) == ("blue", 5) else colour
            says = {("green", 0): "RED", ("green", 1): "red", ("red", 3): "Blue"}
            prediction = says.get((colour, seed), colour.upper())
            rows.append(f"{colour}{seed},{label},{prediction},0.{seed},{seed % 3}")
    library = Library.open(Places.under(home / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(home / "photos")
    library.index(Job())
    table = home / "table.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    library.attributes.import_file(table, Job())
    yield library
    library.close()


def names(library: Library, photo_ids: tuple[int, ...] | list[int]) -> list[str]:
    return [photo.path.stem for photo in library.photos.get(photo_ids)]


def test_the_pair_is_guessed_by_the_names(library: Library) -> None:
    assert library.mistakes.guess_pair() == Pair("label", "prediction")
    assert [each.name for each in library.mistakes.labels()] == ["label", "number", "prediction"]


def test_the_confusion_counts_what_was_taken_for_what(library: Library) -> None:
    confusion = library.mistakes.compare("LABEL", "prediction")
    assert confusion.n_photos == 24
    assert set(names(library, confusion.mistaken.tolist())) == WRONG
    cells = {(label.lower(), said.lower(), n) for label, said, n in confusion.cells}
    assert cells == {("green", "red", 2), ("red", "blue", 2)}
    assert confusion.counts.sum() == 24


def test_groups_are_of_photos_that_resemble_each_other(library: Library) -> None:
    confusion = library.mistakes.compare("label", "prediction")
    groups = library.mistakes.groups(confusion, Job())
    found = [names(library, group.photo_ids) for group in groups]
    assert sorted(name for group in found for name in group) == [
        "blue5",
        "green0",
        "green1",
        "red3",
    ]
    assert any({"green0", "green1"} <= set(group) for group in found)
    assert groups[0].label.lower() == "green" and groups[0].n_of_it == 2


def test_a_wrong_label_is_the_first_suspect(library: Library) -> None:
    suspects = library.mistakes.suspects("label", Job())
    assert names(library, [suspects[0].photo_id]) == ["blue5"]
    assert (suspects[0].label, suspects[0].likelier) == ("red", "blue")
    assert suspects[0].agree < suspects[0].n_nearest == 23
    assert all(each.doubt > 0 for each in suspects)
    assert len(library.mistakes.suspects("label", Job(), n=1)) == 1


def test_a_score_is_no_label(library: Library) -> None:
    for label, prediction in (("score", "label"), ("label", "score"), ("label", "none")):
        with pytest.raises(NameUnusable):
            library.mistakes.compare(label, prediction)
    with pytest.raises(NameUnusable, match="no label"):
        library.mistakes.suspects("score", Job())
    with pytest.raises(NameUnusable):
        library.mistakes.compare("label", "Label")
    library.mistakes.compare("number", "label")


def test_more_photos_like_a_mistake_without_a_label_are_a_search(library: Library) -> None:
    results = library.search(Query("like:red3.jpg -label:*"))
    assert results.total == 0, "all of them are labelled"
    assert library.search(Query("like:red3.jpg label:*")).total == 24


def test_the_command_line_tells_of_them(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    likeness = CommandLine(library, capsys)
    said = likeness("mistakes").splitlines()
    assert said[0] == "label and prediction disagree on 4 of 24 photos."
    assert ["2", "green", "red"] in [line.lower().split() for line in said]
    told = likeness.json("mistakes", "--label", "label", "--prediction", "prediction")
    assert (told["photos"], told["mistakes"], len(told["confusion"])) == (24, 4, 2)
    assert sum(len(group["photos"]) for group in told["groups"]) == 4
    suspects = likeness.json("mistakes", "--suspects", "-n", "3")
    assert suspects["label"] == "label"
    assert Path(suspects["suspects"][0]["path"]).name == "blue5.jpg"
    assert set(suspects["suspects"][0]) == {"path", "label", "likelier", "agree", "of", "doubt"}
    assert "blue5.jpg" in likeness("mistakes", "--suspects")


def test_without_two_attributes_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library.open(Places.under(tmp_path), None, ColourRegistry, DECODERS)
    likeness = CommandLine(library, capsys)
    for argv in (("mistakes",), ("mistakes", "--suspects")):
        with pytest.raises(NameUnusable) as refusal:
            likeness(*argv)
        assert "likeness attributes import" in refusal.value.hint
    library.close()
