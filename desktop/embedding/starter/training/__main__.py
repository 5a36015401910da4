"""The training program; the package says how it is called."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from desktop.embedding.starter.embedder import PHOTOS_FILE, WORDS_FILE, StarterConfig
from desktop.embedding.starter.photo_head import load_heads, save_heads
from desktop.embedding.starter.towers import EYES
from desktop.embedding.starter.training.captions import Captions
from desktop.embedding.starter.training.looking import SHIPPED_SEED, Towers
from desktop.embedding.starter.training.measuring import Shipped, measure_dev, measure_labelled
from desktop.embedding.starter.training.sides import learn_photos, learn_words
from desktop.embedding.starter.words import WordsHead
from desktop.errors import ModelUnavailable, UserError

PHOTO_EPOCHS, WORD_EPOCHS = 8, 16
WORDS_HIDDEN = 2048


def train_words(asked: argparse.Namespace, towers: Towers) -> None:
    """Write a whole model, and print what was measured."""
    heads = {eyes: head for path in asked.photos for eyes, head in load_heads(path).items()}
    side, network = learn_words(heads, asked, towers)
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    revision = _revision_of(out)
    save_heads(heads, out / PHOTOS_FILE)
    side.save(out / WORDS_FILE)
    photos_sha, words_sha = (_sha256(out / name) for name in (PHOTOS_FILE, WORDS_FILE))
    known = revision.get(photos_sha, photos_sha[:12])
    config = StarterConfig(asked.name, tuple(heads), known, 1.0, 1.0, photos_sha, words_sha)
    words = WordsHead.load(out / WORDS_FILE)
    model = Shipped(load_heads(out / PHOTOS_FILE), words, network, towers)
    likely, maybe = measure_dev(model, Captions.read(asked.data, "dev"))
    replace(config, likely_score=likely, maybe_score=maybe).write(out)
    for folder in asked.labelled:
        sys.stdout.write(measure_labelled(model, folder))


def _revision_of(folder: Path) -> dict[str, str]:
    """photos.safetensors' hash -> its revision, where a model is there already: learning the words'
    side anew leaves the photos' embeddings valid."""
    try:
        config = StarterConfig.read(folder)
    except ModelUnavailable:
        return {}
    return {config.photos_sha256: config.photos_revision}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m desktop.embedding.starter.training")
    sides = parser.add_subparsers(dest="side", required=True)
    photos = sides.add_parser("photos", help="learn the photos' side for one network")
    photos.add_argument("--eyes", choices=EYES, required=True)
    photos.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    words = sides.add_parser("words", help="learn the words' side, and write the whole model")
    words.add_argument("--photos", type=Path, nargs="+", required=True, help="what was learned")
    words.add_argument("--out", type=Path, required=True, help="the folder to write")
    words.add_argument("--name", default="starter")
    words.add_argument("--hidden", type=int, default=WORDS_HIDDEN, help="width of its middle layer")
    words.add_argument("--labelled", type=Path, nargs="*", default=[], help="folders to measure on")
    for side, n_epochs in ((photos, PHOTO_EPOCHS), (words, WORD_EPOCHS)):
        side.add_argument("--epochs", type=int, default=n_epochs)
        side.add_argument("--data", type=Path, required=True, help="captions.csv and images/")
        side.add_argument("--seed", type=int, default=SHIPPED_SEED)
        side.add_argument("--seen", type=Path, help="folder that keeps what the networks saw")
    asked = parser.parse_args(arguments)
    towers = Towers(asked.seen)
    try:
        if asked.side == "photos":
            head = learn_photos(asked, towers)
            save_heads({asked.eyes: head}, asked.out)
        else:
            train_words(asked, towers)
    except UserError as error:
        parser.exit(1, f"{error.message} {error.hint}\n")


if __name__ == "__main__":
    main()
