"""The training program, on a handful of drawn photos."""

from __future__ import annotations

import csv
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


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    main(["--data", str(data), "--out", str(out), "--seed", "3"])
    return out


def test_what_is_written_is_an_embedder(trained: Path) -> None:
    embedder = StarterEmbedder(trained, "cpu")
    photos = embedder.embed_images([drawn(colour, "ball", 16) for colour in COLOURS])
    words = embedder.embed_text([f"a {colour} ball" for colour in COLOURS])
    assert photos.shape == (len(COLOURS), embedder.dim)
    right = (words @ photos.T).argmax(1) == np.arange(len(COLOURS))
    assert right.mean() >= 0.5  # a guess gives 0.17


def test_the_seed_decides(data: Path, trained: Path, tmp_path: Path) -> None:
    def revision(folder: Path) -> str:
        return StarterEmbedder(folder, "cpu").model_id

    main(["--data", str(data), "--out", str(tmp_path / "same"), "--seed", "3"])
    main(["--data", str(data), "--out", str(tmp_path / "other"), "--seed", "4"])
    assert revision(tmp_path / "same") == revision(trained)
    assert revision(tmp_path / "other") != revision(trained)


def test_prints_what_was_measured(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for colour in COLOURS[:2]:
        (tmp_path / "labelled" / colour).mkdir(parents=True)
        for size in (10, 20):
            drawn(colour, "ball", size).save(tmp_path / "labelled" / colour / f"{size}.png")
    main(["--data", str(data), "--out", str(tmp_path), "--labelled", str(tmp_path / "labelled")])
    printed = capsys.readouterr().out
    assert "dev: text-to-photo recall@1" in printed
    assert "(12 photos, 24 captions)" in printed
    assert "labelled: zero-shot accuracy" in printed


def test_a_folder_without_captions_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--data", str(tmp_path), "--out", str(tmp_path)])
    assert raised.value.code == 1
    assert "captions.csv cannot be read" in capsys.readouterr().err
