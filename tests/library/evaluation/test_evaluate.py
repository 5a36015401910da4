"""Evaluating a model: what is said of photos of which everything is known, and what is left."""

import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.cli import parse
from desktop.cli.choosing.evaluate import figures, rows_of, summary
from desktop.cli.choosing.evaluation_page import page_of
from desktop.errors import Cancelled, QueryUnanswerable, UserError
from desktop.library import Job, Places, Progress, Settings
from desktop.library.evaluation import Evaluation, TestPhotos, captioned, evaluate, labelled
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_halves, draw_nine
from tests.shared_decoders import DECODERS


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made during the test."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return scratch


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    for colour in ("red", "green", "blue"):
        for seed in range(6):
            draw(tmp_path / "labelled" / colour / f"{seed}.jpg", colour, seed)
    return tmp_path / "labelled"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Nine photos with captions, and one more for training. The table is as a spreadsheet may have
    saved it: with a mark before its text, and one line cut short."""
    draw_nine(tmp_path / "album" / "images")
    draw(tmp_path / "album" / "images" / "black.jpg", "black")
    with (tmp_path / "album" / "captions.csv").open("w", encoding="utf-8-sig", newline="") as file:
        write = csv.writer(file)
        write.writerow(["image", "split", "caption"])
        for colour in ("red", "green", "blue"):
            for seed in range(3):
                write.writerow([f"{colour}{seed}.jpg", "dev", f"All {colour} and nothing more."])
                write.writerow([f"{colour}{seed}.jpg", "dev", f"The {colour} one"])
        write.writerow(["red0.jpg", "dev"])
        write.writerow(["black.jpg", "train", "Black"])
        write.writerow(["gone.jpg", "dev", "Not there"])
    return tmp_path / "album"


def measure(
    photos: TestPhotos, data: Path, job: Job | None = None, with_parts: bool = False
) -> Evaluation:
    settings = Settings(model="colours")
    places = Places.under(data)
    job = job or Job()
    return evaluate(places, settings, photos, job, ColourRegistry, DECODERS, with_parts)


def cancelled_at(label: str) -> Job:
    job = Job(lambda progress: job.cancel() if progress.label == label else None)
    return job


def test_captions_find_their_photos_and_words_all_that_show_them(
    album: Path, tmp_path: Path, scratch: Path
) -> None:
    found = measure(captioned(album), tmp_path / "data")

    assert (found.n_photos, found.n_unreadable) == (9, 0), "photos for training are left out"
    assert ("Named, but not there", "1") in summary(found)
    assert found.captions is not None
    assert found.captions.n_questions == 18
    assert found.captions.recall[5] == 1.0, "three are alike"
    assert found.captions.recall[1] == pytest.approx(1 / 3)
    assert found.captions.median_rank == 2
    (words,) = found.sets
    assert words.name == "caption words"
    assert words.precision[1] == 1.0
    assert words.bands["likely"].right == 1.0
    assert words.verdicts.called_nothing == 0.0
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "data").exists(), "no library was opened"


def test_photos_are_alike_if_captions_share_two_words_that_are_sure(tmp_path: Path) -> None:
    said = {
        "one": ["A brown dog runs.", "The brown dog on grass."],
        "same": ["A dog, brown as earth."],
        "dog": ["A dog on grass."],  # grass is in one caption of "one" only
        "other": ["Two people."],
    }
    colours = dict(zip(said, ("red", "red", "green", "blue"), strict=True))
    for name, colour in colours.items():
        draw(tmp_path / "album" / "images" / f"{name}.jpg", colour)
    rows = [f'{name}.jpg,dev,"{text}"' for name, texts in said.items() for text in texts]
    (tmp_path / "album" / "captions.csv").write_text("\n".join(["image,split,caption", *rows]))

    photos = captioned(tmp_path / "album")
    names = [path.stem for path in photos.paths]
    assert [names[at] for at in photos.find_like(names.index("one"))] == ["same"]
    likeness = measure(photos, tmp_path / "data").sets[-1]
    assert (likeness.name, likeness.n_questions, likeness.precision[1]) == ("find similar", 1, 1.0)


def test_classes_are_named_by_their_folders(classes: Path, tmp_path: Path) -> None:
    (classes / "red" / "notes.txt").write_text("no photo")
    (classes / "red" / "broken.jpg").write_bytes(b"not a picture")

    found = measure(labelled(classes), tmp_path / "data")

    assert (found.n_photos, found.n_unreadable) == (18, 1)
    assert found.zero_shot == 1.0
    assert found.captions is None
    assert found.similar_precision == pytest.approx(0.5), "5 others of a class among the first 10"
    names, likeness = found.sets
    assert names.n_questions == 6, "each as it is, and as a photo of it"
    assert names.verdicts.present["found"] == 6
    assert sum(names.verdicts.absent.values()) == 6
    assert (likeness.name, likeness.n_questions) == ("find similar", 18)
    assert likeness.bands["likely"].right == 1.0, "photos of one colour"
    assert [each.n_marks for each in found.marks] == [1, 3, 5]
    assert found.marks[-1].after == pytest.approx(1 / 13), "one is left of six, among 13"


def test_photos_are_found_by_parts_of_them(tmp_path: Path) -> None:
    """Of each two colours, a photo that is mostly of the first."""
    for left, right in permutations(("red", "green", "blue", "white"), 2):
        draw_halves(tmp_path / "sets" / left / f"{right}.jpg", left, right, share=0.7)

    found = measure(labelled(tmp_path / "sets"), tmp_path / "data", with_parts=True)
    assert [each.asked for each in found.parts] == ["1/4", "1/9", "1/16"]
    assert [each.n_questions for each in found.parts] == [12, 12, 12]
    assert all(each.with_tiles >= each.without > 0.8 for each in found.parts)
    assert "In the first 10 for a part of 1/9, without and with tiles" in dict(summary(found))


def test_copies_of_a_photo_count_each(classes: Path, tmp_path: Path) -> None:
    photo = classes / "red" / "0.jpg"
    (classes / "red" / "copy.jpg").write_bytes(photo.read_bytes())

    assert measure(labelled(classes), tmp_path / "data").n_photos == 19


def test_the_page_needs_no_other_file_and_the_figures_are_json(
    classes: Path, tmp_path: Path
) -> None:
    found = measure(labelled(classes), tmp_path / "data")

    page = page_of(found, summary(found), [rows_of(each) for each in found.sets])
    assert "a photo of red" in page
    assert "data:image/jpeg;base64," in page
    assert not re.search(r"(?:src|href)='(?!data:)", page)
    written = json.loads(json.dumps(figures(found)))
    assert written["sets"][0]["verdicts"]["called_nothing"] == 0.0
    assert written["zero_shot"] == 1.0
    assert "examples" not in written


class Choosy(ColourEmbedder):
    """Understands no words with a # in them."""

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any("#" in text for text in texts):
            raise QueryUnanswerable("It finds no word in this.")
        return super().embed_text(texts)


class ChoosyRegistry(ColourRegistry):
    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self.embedders["colours"] = Choosy()


def test_words_that_a_model_refuses_are_left_out_and_said(
    album: Path, classes: Path, tmp_path: Path
) -> None:
    with (album / "captions.csv").open("a", encoding="utf-8") as file:
        file.write("red0.jpg,dev,###\n")
    (classes / "blue").rename(classes / "# blue")

    def ask(photos: TestPhotos, with_parts: bool = False) -> Evaluation:
        settings, places = Settings(model="colours"), Places.under(tmp_path / "data")
        return evaluate(places, settings, photos, Job(), ChoosyRegistry, DECODERS, with_parts)

    found = ask(captioned(album), with_parts=True)
    assert found.captions is not None and found.captions.n_questions == 18
    assert ("Words not understood, left out", "1") in summary(found)
    found = ask(labelled(classes))
    assert found.n_refused == 2 and found.sets[0].n_questions == 4
    assert found.zero_shot == pytest.approx(2 / 3), "nothing is taken for what cannot be named"


def test_what_so_few_photos_cannot_tell_is_no_figure(tmp_path: Path) -> None:
    for colour in ("red", "green", "blue"):
        draw(tmp_path / "few" / colour / "one.jpg", colour)
    found = measure(labelled(tmp_path / "few"), tmp_path / "data")
    assert [each.n_marks for each in found.marks] == [1], "behind three marks no photo is left"
    json.dumps(figures(found), allow_nan=False)

    shutil.rmtree(tmp_path / "few" / "green")
    shutil.rmtree(tmp_path / "few" / "blue")
    found = measure(labelled(tmp_path / "few"), tmp_path / "data")
    assert found.sets == () and found.marks == ()
    assert dict(summary(found))["Bands and verdicts"].startswith("not measured")
    json.dumps(figures(found), allow_nan=False)


def test_cancelled_at_any_moment_it_leaves_nothing(
    classes: Path, tmp_path: Path, scratch: Path
) -> None:
    labels: list[str] = []

    def note(progress: Progress) -> None:
        labels.append(progress.label)

    measure(labelled(classes), tmp_path / "data", Job(note))
    for label in dict.fromkeys(labels):
        with pytest.raises(Cancelled):
            measure(labelled(classes), tmp_path / "data", cancelled_at(label))
        assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("text", ["", "image,text\na,b\n", "image,split,caption\n"])
def test_captions_that_cannot_be_read_are_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "captions.csv").write_text(text)
    with pytest.raises(UserError):
        captioned(tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        (b"photo,split,caption\na.jpg,test,a red thing\n", "there is no column 'image'"),
        (b"image,split,caption\na.jpg,test,\xff\n", "it is no UTF-8 text"),
    ],
)
def test_why_captions_cannot_be_read_is_said_in_words(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "captions.csv").write_bytes(content)
    with pytest.raises(UserError) as refused:
        captioned(tmp_path)
    assert (
        refused.value.message == f"The captions {tmp_path / 'captions.csv'} cannot be read: {why}."
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_captions_that_are_a_pipe_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "captions.csv")
    with pytest.raises(UserError, match="cannot be read: it is no file"):
        captioned(tmp_path)


def test_a_folder_without_classes_is_a_sentence(tmp_path: Path) -> None:
    draw(tmp_path / "photo.jpg")
    with pytest.raises(UserError, match="no folders with photos"):
        labelled(tmp_path)


def test_one_kind_of_folder_must_be_named() -> None:
    with pytest.raises(SystemExit):
        parse(["evaluate"])
    with pytest.raises(SystemExit):
        parse(["evaluate", "--captions", "a", "--labelled", "b"])
