"""The training program, on a handful of drawn photos."""

from __future__ import annotations

import csv
import io
import json
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from safetensors.numpy import load_file

from desktop.embedding.embedder import FloatArray
from desktop.embedding.starter import StarterEmbedder
from desktop.embedding.starter.training.__main__ import main

COLOURS = ["red", "green", "blue", "yellow", "white", "black"]
GERMAN = ["rot", "grün", "blau", "gelb", "weiß", "schwarz"]
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
    with (folder / "languages.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "split", "language", "kind", "caption"])
        for colour, german in zip(COLOURS, GERMAN, strict=True):
            for size, split in ((12, "dev"), (20, "train"), (30, "train")):
                name = f"{colour}-ball-{size}.png"
                writer.writerow([name, split, "de", "written", f"ein {german}er Ball"])
    return folder


@dataclass(frozen=True)
class Trained:
    seen: Path
    photos: Path
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
    photos, seen = out / "lite0.safetensors", out / "seen"
    shared = ["--data", str(data), "--seen", str(seen), "--seed", "3"]
    main(["photos", *shared, "--eyes", "lite0", "--out", str(photos)])
    with redirect_stdout(io.StringIO()) as printed:
        words = ["words", *shared, "--photos", str(photos), "--out", str(out / "model")]
        words += ["--epochs", "60", "--hidden", "64"]
        main([*words, "--labelled", str(labelled)])
    return Trained(seen, photos, out / "model", printed.getvalue())


def test_what_is_written_is_an_embedder(trained: Trained) -> None:
    embedder = StarterEmbedder(trained.folder, "cpu")
    photos = embedder.embed_images([drawn(colour, "ball", 16) for colour in COLOURS])
    for texts in ([f"a {c} ball" for c in COLOURS], [f"ein {g}er Ball" for g in GERMAN]):
        words = embedder.embed_text(texts)
        assert photos.shape == words.shape == (len(COLOURS), embedder.dim)
        right = (words @ photos.T).argmax(1) == np.arange(len(COLOURS))
        assert right.mean() >= 0.5  # a guess gives 0.17


def test_words_learned_anew_leave_the_photos_comparable(
    data: Path, trained: Trained, tmp_path: Path
) -> None:
    def relearned(folder: Path, photos: Path) -> tuple[str, bytes]:
        shared = [
            "--data",
            str(data),
            "--seen",
            str(trained.seen),
            "--seed",
            "4",
            "--epochs",
            "1",
            "--hidden",
            "64",
        ]
        main(["words", *shared, "--photos", str(photos), "--out", str(folder)])
        return (
            StarterEmbedder(folder, "cpu").model_id,
            (folder / "words.safetensors").read_bytes(),
        )

    # As with the shipped starter, whose photos' side has an older name than its hash.
    folder = tmp_path / "model"
    shutil.copytree(trained.folder, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"photos_revision": "of old"}), "utf-8")
    model_id, words = relearned(folder, trained.folder / "photos.safetensors")
    assert model_id == "starter@of old"
    assert words != (trained.folder / "words.safetensors").read_bytes()


def test_the_seed_decides_what_photos_become(data: Path, trained: Trained, tmp_path: Path) -> None:
    def relearned(seed: int) -> FloatArray:
        shared = ["--data", str(data), "--seen", str(trained.seen), "--seed", str(seed)]
        main(["photos", *shared, "--eyes", "lite0", "--out", str(tmp_path / "photos")])
        return load_file(tmp_path / "photos")["lite0.image.linear.weight"]

    first = load_file(trained.photos)["lite0.image.linear.weight"]
    assert np.abs(relearned(3) - first).mean() < 0.1 * np.abs(relearned(4) - first).mean()


def test_prints_what_was_measured(trained: Trained) -> None:
    assert "dev en: text-to-photo recall@1" in trained.printed
    assert "dev de: text-to-photo recall@1" in trained.printed
    assert "(12 photos, 24 captions)" in trained.printed
    assert "zero-shot accuracy" in trained.printed
    assert "(4 photos, 2 classes)" in trained.printed


def test_a_folder_without_captions_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["photos", "--eyes", "lite0", "--data", str(tmp_path), "--out", str(tmp_path / "x")])
    assert raised.value.code == 1
    assert "captions.csv cannot be read" in capsys.readouterr().err
