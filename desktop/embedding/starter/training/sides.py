"""The two sides of a starter model while they learn: that of the photos, then that of the words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from desktop.embedding.embedder import FloatArray
from desktop.embedding.starter.photo_head import PhotoHead, Side, embed
from desktop.embedding.starter.towers import EYES
from desktop.embedding.starter.training.captions import Captions, Rows
from desktop.embedding.starter.training.learning import learn
from desktop.embedding.starter.training.looking import BATCH, VIEWS, Towers
from desktop.embedding.starter.training.measuring import recall
from desktop.embedding.starter.words import (
    LEARNED_DIM,
    LOOK_DIM,
    MEANING_DIM,
    OPINION_SHARE,
    SENTENCE_DIM,
    Sentences,
    opinions,
)
from desktop.settings import resource_path

BLOCK_WEIGHTS = (1.0, 0.5, 0.3)  # learned, opinion, look: their share in a photo's own cosine
ENGLISH_TWICE = 2  # most is asked in English: its captions are learned from this many times
LEARNED_LANGUAGES = ("ar", "de", "fr", "nl", "zh")


def learn_photos(asked: argparse.Namespace, towers: Towers) -> PhotoHead:
    """The photos' side for one network, learned with a words' side that is then thrown away."""
    eyes, data = asked.eyes, asked.data
    draw = np.random.default_rng(asked.seed)
    train, dev = Captions.read(data, "train").only({"en"}), Captions.read(data, "dev").only({"en"})
    network = Sentences.load()
    views = [towers.see("train", [eyes], train.photos, view)[0] for view in VIEWS]
    dev_seen = towers.see("dev", [eyes], dev.photos, "plain")[0]
    sentences = towers.read("train-en", network, train.texts)
    dev_sentences = towers.read("dev-en", network, dev.texts).float()
    torch.manual_seed(asked.seed)  # after the networks, which draw numbers as they are made
    head, text = PhotoHead(EYES[eyes].seen_dim), Side(SENTENCE_DIM)
    head.weights = torch.tensor(BLOCK_WEIGHTS).sqrt()
    parts, starts = class_meanings(towers, network)
    head.know_classes(torch.from_numpy(parts[starts]))
    head.know_looks(views[0].quarters)
    inputs = [head.inputs(seen) for seen in views]
    head.image.standardise_by(inputs[0])
    text.standardise_by(sentences.float())

    def look(rows: Rows) -> tuple[Tensor, Tensor]:
        view, of = draw.integers(0, len(inputs), len(rows)), train.of[rows]
        photos = torch.stack([inputs[v][i] for v, i in zip(view, of, strict=True)])
        return head.image(photos), text(sentences[rows].float())

    def measure() -> float:
        with torch.inference_mode():
            photos = head.image(head.inputs(dev_seen))
            return recall(photos, text(dev_sentences), dev.of, 10)

    learn(nn.ModuleList([head.image, text]), asked.epochs, train.of, look, measure, draw)
    return head


class WordsSide(nn.Module):
    """`WordsHead` while it learns."""

    def __init__(self, names: Tensor, n_hidden: int, dropout: float = 0.5) -> None:
        """names: (eyes, 1000, 128), the opinion of each pair of eyes on each class."""
        super().__init__()
        n_out = (LEARNED_DIM + LOOK_DIM) * len(names)
        self.names = names
        self.drop_in = nn.Dropout(0.4 * dropout)
        self.linear = nn.Linear(SENTENCE_DIM, n_out)
        self.hidden = nn.Linear(SENTENCE_DIM, n_hidden)
        self.drop_hidden = nn.Dropout(dropout)
        self.out = nn.Linear(n_hidden, n_out, bias=False)

    def know(self, meanings: FloatArray, starts: Rows, sentences: Tensor) -> None:
        """Take what the classes mean, and mean and deviation of the training sentences."""
        self.parts, self.starts = meanings, starts
        self.mean, self.deviation = sentences.mean(0), sentences.std(0) + 1e-4

    def opinions_of(self, sentences: Tensor) -> Tensor:
        """The block of opinion for each pair of eyes (eyes, n, 128): nothing of it is learned."""
        batches = []
        for at in range(0, len(sentences), BATCH):
            some = sentences[at : at + BATCH].float().numpy()
            told = opinions(some, self.parts, self.starts)
            shares, near = map(torch.from_numpy, told)
            named = functional.normalize(shares @ self.names, dim=2)
            batches.append(named * near * OPINION_SHARE)
        return torch.cat(batches, 1)

    def forward(self, sentences: Tensor, of_eyes: Tensor) -> Tensor:
        """of_eyes: `opinions_of` the sentences."""
        x = ((sentences - self.mean) / self.deviation).clamp(-6, 6)
        hidden = functional.gelu(self.hidden(self.drop_in(x)), approximate="tanh")
        learned = self.linear(self.drop_in(x)) + self.out(self.drop_hidden(hidden))
        learned = functional.normalize(learned.float(), dim=1)
        blocks = []
        for opinion, block in zip(of_eyes, learned.chunk(len(of_eyes), 1), strict=True):
            blocks += [block[:, :LEARNED_DIM], opinion, block[:, LEARNED_DIM:]]
        return functional.normalize(torch.cat(blocks, 1), dim=1)

    def save(self, path: Path) -> None:
        """Write what `WordsHead.load` reads, in half precision."""
        halves = {
            "mean": self.mean,
            "deviation": self.deviation,
            "linear": self.linear.weight,
            "bias": self.linear.bias,
            "hidden": self.hidden.weight,
            "hidden_bias": self.hidden.bias,
            "out": self.out.weight,
            "names": self.names,
            "parts": torch.from_numpy(self.parts),
        }
        tensors = {name: tensor.detach().half().contiguous() for name, tensor in halves.items()}
        path.write_bytes(save({**tensors, "starts": torch.from_numpy(self.starts)}))


def learn_words(
    heads: dict[str, PhotoHead], asked: argparse.Namespace, towers: Towers
) -> tuple[WordsSide, Sentences]:
    """The words' side for photos' sides that stay as they are."""
    draw = np.random.default_rng(asked.seed)
    train, dev = Captions.read(asked.data, "train"), Captions.read(asked.data, "dev").only({"en"})
    network = Sentences.load()
    train = train.only(set(train.languages) & {"en", *LEARNED_LANGUAGES})

    def photos(name: str, paths: Sequence[Path], view: str) -> Tensor:
        with torch.inference_mode():
            return embed(list(heads.values()), towers.see(name, list(heads), paths, view))

    views = torch.stack([photos("train", train.photos, view) for view in VIEWS])
    dev_photos = photos("dev", dev.photos, "plain")
    sentences = towers.read("train", network, train.texts)
    dev_sentences = towers.read("dev-en", network, dev.texts).float()
    torch.manual_seed(asked.seed)  # after the networks, which draw numbers as they are made
    side = WordsSide(torch.stack([head.names for head in heads.values()]), asked.hidden)
    side.know(*class_meanings(towers, network), sentences.float())
    of_eyes, dev_of_eyes = side.opinions_of(sentences), side.opinions_of(dev_sentences)
    english = np.flatnonzero(np.array(train.languages) == "en")
    every = np.concatenate([np.arange(len(train.of)), *[english] * (ENGLISH_TWICE - 1)])

    def look(rows: Rows) -> tuple[Tensor, Tensor]:
        rows = every[rows]
        view = torch.from_numpy(draw.integers(0, len(views), len(rows)))
        return views[view, torch.from_numpy(train.of[rows])], side(
            sentences[rows].float(), of_eyes[:, rows]
        )

    def measure() -> float:
        with torch.inference_mode():
            return recall(dev_photos, side(dev_sentences, dev_of_eyes), dev.of, 10)

    learn(side, asked.epochs, train.of[every], look, measure, draw)
    return side, network


def class_names() -> list[str]:
    """ImageNet's classes in plain words, in the networks' order."""
    text = resource_path("models", "starter", "classes.txt").read_text(encoding="utf-8")
    return text.splitlines()


def class_meanings(towers: Towers, network: Sentences) -> tuple[FloatArray, Rows]:
    """What each class name and each word of it means (m, 512), and where each class begins."""
    parts = [[name, *(part.strip() for part in name.split(","))] for name in class_names()]
    starts = np.cumsum([0, *map(len, parts[:-1])])
    texts = [part for of_one in parts for part in of_one]
    meanings = towers.read("classes", network, texts)[:, :MEANING_DIM].float().numpy()
    return meanings / np.linalg.norm(meanings, axis=1, keepdims=True), starts
