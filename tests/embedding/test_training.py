"""The training program, on a handful of drawn photos."""

from __future__ import annotations

import csv
import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desktop.embedding.starter import StarterEmbedder
from desktop.embedding.training import main

COLOURS = ["red", "green", "blue", "yellow", "white", "black"]
SHAPES = ["ball", "box"]


def drawn(colour: str, shape: str, size: int) -> Image.Image:
    image = Image.new("RGB", (96, 72), "grey")
    box = (48 - size, 36 - size, 48 + size, 36 + size)
    draw = ImageDraw.Draw(image)
    (draw.ellipse if shape == "ball" else draw.rectangle)(box, fill=colour)
    return image


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 photos with two captions each: the smallest third is dev."""
    folder = tmp_path_factory.mktemp("captioned")
    (folder / "images").mkdir()
    with (folder / "captions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "split", "caption"])
        for colour in COLOURS:
            for shape in SHAPES:
                for size, split in ((12, "dev"), (20, "train"), (30, "train")):
                    name = f"{colour}-{shape}-{size}.png"
                    drawn(colour, shape, size).save(folder / "images" / name)
                    writer.writerow([name, split, f"a {colour} {shape}"])
                    writer.writerow([name, split, f"{shape}, {colour}, on a grey ground"])
    return folder


@dataclass(frozen=True)
class Trained:
    folder: Path
    printed: str


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """What seed 3 gave, measured on two classes of drawn photos besides."""
    out, labelled = tmp_path_factory.mktemp("trained"), tmp_path_factory.mktemp("colours")
    for colour in COLOURS[:2]:
        (labelled / colour).mkdir()
        for size in (10, 20):
            drawn(colour, "ball", size).save(labelled / colour / f"{size}.png")
    with redirect_stdout(io.StringIO()) as printed:
        arguments = ["--data", str(data), "--out", str(out), "--seed", "3"]
        main([*arguments, "--labelled", str(labelled)])
    return Trained(out, printed.getvalue())


def test_what_is_written_is_an_embedder(trained: Trained) -> None:
    embedder = StarterEmbedder(trained.folder, "cpu")
    photos = embedder.embed_images([drawn(colour, "ball", 16) for colour in COLOURS])
    words = embedder.embed_text([f"a {colour} ball" for colour in COLOURS])
    assert photos.shape == (len(COLOURS), embedder.dim)
    right = (words @ photos.T).argmax(1) == np.arange(len(COLOURS))
    assert right.mean() >= 0.5  # a guess gives 0.17


def test_the_seed_decides(data: Path, trained: Trained, tmp_path: Path) -> None:
    def retrained(seed: int) -> str:
        main(["--data", str(data), "--out", str(tmp_path), "--seed", str(seed)])
        return StarterEmbedder(tmp_path, "cpu").model_id

    first = StarterEmbedder(trained.folder, "cpu").model_id
    assert retrained(3) == first
    assert retrained(4) != first


def test_prints_what_was_measured(trained: Trained) -> None:
    assert "dev: text-to-photo recall@1" in trained.printed
    assert "(12 photos, 24 captions)" in trained.printed
    assert "zero-shot accuracy" in trained.printed
    assert "(4 photos, 2 classes)" in trained.printed


def test_a_folder_without_captions_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--data", str(tmp_path), "--out", str(tmp_path)])
    assert raised.value.code == 1
    assert "captions.csv cannot be read" in capsys.readouterr().err
