"""Train the starter model's heads: `python -m desktop.embedding.training --data FOLDER`.

FOLDER holds captions.csv (columns image, split = train or dev, caption; several captions a photo)
and the photos in images/. Both networks stay as published; their answers are worked out once (the
photo as it is, mirrored, and cropped at random), and only the heads learn: captions and photos are
pulled together by a symmetric contrastive loss in which the captions of one photo share the target
(CLIP, Radford et al. 2021, arXiv:2103.00020). What stays is the running mean of the weights, as it
was after the epoch with the best recall on dev. The same seed on the same machine gives the same
heads. Writes heads.safetensors and config.json, then prints the quality measured on dev and on
every folder given with --labelled (one sub-folder a class; nothing is learned from those).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from desktop.embedding.device import choose_device
from desktop.embedding.starter import HEADS_FILE, StarterConfig
from desktop.embedding.starter_heads import DIM, Heads
from desktop.embedding.starter_towers import Features, ImageTower, TextTower, fit_square
from desktop.errors import UserError
from desktop.settings import resource_path

BATCH = 512
N_EPOCHS = 8
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.3
TEMPERATURE = 0.07
MIN_TEMPERATURE = 0.05  # lower ones fit 6,000 photos by heart
AVERAGING = 0.99  # of the running mean, a step
BLOCK_WEIGHTS = (1.0, 0.5, 0.3)  # learned, opinion, look: their share in a photo's own cosine
LIKELY_SHARE, MAYBE_SHARE = 0.5, 0.8  # of dev captions that find their own photo above the score
EXTRACT_BATCH = 32
SHIPPED_SEED = 1

Draw = np.random.Generator
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Captions:
    """One split. `texts[i]` describes `photos[of[i]]`."""

    photos: list[Path]
    texts: list[str]
    of: Rows

    @classmethod
    def read(cls, folder: Path, split: str) -> Captions:
        """Raises UserError when captions.csv is absent or has no caption of that split."""
        path = folder / "captions.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.DictReader(file) if row["split"] == split]
        except (OSError, KeyError, csv.Error) as error:
            raise UserError(
                f"The captions {path} cannot be read: {error!r}.",
                "The file needs the columns image, split and caption.",
            ) from error
        if not rows:
            raise UserError(f"{path} has no caption whose split is {split}.")
        names = sorted({row["image"] for row in rows})
        position = {name: i for i, name in enumerate(names)}
        return cls(
            [folder / "images" / name for name in names],
            [row["caption"] for row in rows],
            np.array([position[row["image"]] for row in rows]),
        )


@dataclass(frozen=True)
class Towers:
    """Both networks, and where they run."""

    image: ImageTower
    text: TextTower

    def sentences(self, texts: Sequence[str]) -> Tensor:
        """Texts -> (n, 384)."""
        return torch.from_numpy(self.text.sentences(texts))

    def features(
        self, paths: Sequence[Path], label: str, view: Callable[[Image.Image], Image.Image]
    ) -> Features:
        """Photos on disk, seen through `view`; progress on stderr."""
        batches = []
        for at in range(0, len(paths), EXTRACT_BATCH):
            images = []
            for path in paths[at : at + EXTRACT_BATCH]:
                with Image.open(path) as image:
                    images.append(view(image.convert("RGB")))
            batches.append(self.image.features(images))
            sys.stderr.write(f"\r{label}: {at + len(images)} of {len(paths)} photos")
        sys.stderr.write("\n")
        return Features(
            torch.cat([batch.seen for batch in batches]).cpu(),
            torch.cat([batch.quarters for batch in batches]).cpu(),
            torch.cat([batch.classes for batch in batches]).cpu(),
        )


def mirror(image: Image.Image) -> Image.Image:
    """Left and right changed."""
    return fit_square(image).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def random_crop(draw: Draw) -> Callable[[Image.Image], Image.Image]:
    """A view that keeps 65-100 % of the area at a nearly kept shape, mirrored half of the time."""

    def view(image: Image.Image) -> Image.Image:
        side, stretch = math.sqrt(draw.uniform(0.65, 1)), draw.uniform(0.94, 1.06)
        width, height = min(1, side * stretch) * image.width, min(1, side / stretch) * image.height
        left = draw.uniform(0, 1) * (image.width - width)
        top = draw.uniform(0, 1) * (image.height - height)
        box = (left, top, left + width, top + height)
        cropped = image.resize(fit_square(image).size, Image.Resampling.BILINEAR, box=box)
        return mirror(cropped) if draw.random() < 0.5 else cropped

    return view


@dataclass(frozen=True)
class Examples:
    """What is learned from, or measured on: views of photos, and sentences that describe them."""

    views: list[Tensor]
    sentences: Tensor
    of: Rows


def contrastive_loss(photos: Tensor, words: Tensor, of: Rows, temperature: Tensor) -> Tensor:
    """Cross-entropy both ways; rows (n, d) of words describe photo `of`, which may occur twice."""
    logits = words @ photos.T / temperature
    photo = torch.from_numpy(of)
    same = (photo[:, None] == photo[None]).float()
    target = same / same.sum(1, keepdim=True)  # symmetric, since `same` is
    per_text = -(target * logits.log_softmax(1)).sum(1).mean()
    per_photo = -(target * logits.log_softmax(0)).sum(0).mean()
    return (per_text + per_photo) / 2


class Learner:
    """Both sides of the heads while they learn; the running mean of their weights is what stays."""

    def __init__(self, heads: Heads, n_steps: int) -> None:
        self._sides = torch.nn.ModuleList([heads.image, heads.text])
        self._log_temperature = torch.nn.Parameter(torch.tensor(math.log(TEMPERATURE)))
        groups = [
            {"params": list(self._sides.parameters()), "weight_decay": WEIGHT_DECAY},
            {"params": [self._log_temperature], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, LEARNING_RATE, total_steps=n_steps, pct_start=0.1
        )
        self._n_done = 0
        self.mean = {name: tensor.clone() for name, tensor in self._sides.state_dict().items()}

    def step(self, photos: Tensor, words: Tensor, of: Rows) -> None:
        """Learn from one batch."""
        self._sides.train()
        temperature = self._log_temperature.exp().clamp(min=MIN_TEMPERATURE)
        image_side, text_side = self._sides
        loss = contrastive_loss(image_side(photos), text_side(words), of, temperature)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._schedule.step()
        self._n_done += 1
        keep = min(AVERAGING, self._n_done / (self._n_done + 10))
        for name, tensor in self._sides.state_dict().items():
            self.mean[name].lerp_(tensor, 1 - keep)

    def measured(self, weights: dict[str, Tensor], measure: Callable[[], float]) -> float:
        """`measure()` with other weights in the sides' place."""
        learning = {name: tensor.clone() for name, tensor in self._sides.state_dict().items()}
        self.finish(weights)
        result = measure()
        self._sides.load_state_dict(learning)
        return result

    def finish(self, weights: dict[str, Tensor]) -> None:
        """Put these weights in, for use."""
        self._sides.load_state_dict(weights)
        self._sides.eval()


def learn(heads: Heads, train: Examples, measure: Callable[[], float], draw: Draw) -> None:
    """Train the heads in place and keep the epoch that `measure` says is best."""
    n_batches = math.ceil(len(train.of) / BATCH)
    learner = Learner(heads, N_EPOCHS * n_batches)
    best, best_score = learner.mean, -1.0
    for epoch in range(N_EPOCHS):
        for rows in np.array_split(draw.permutation(len(train.of)), n_batches):
            of = train.of[rows]
            view = draw.integers(0, len(train.views), len(rows))
            photos = torch.stack([train.views[v][i] for v, i in zip(view, of, strict=True)])
            learner.step(photos, train.sentences[rows], of)
        score = learner.measured(learner.mean, measure)
        sys.stderr.write(f"epoch {epoch + 1} of {N_EPOCHS}: recall@10 on dev {score:.3f}\n")
        if score > best_score:
            best_score = score
            best = {name: tensor.clone() for name, tensor in learner.mean.items()}
    learner.finish(best)


def recall(photos: Tensor, words: Tensor, of: Rows, k: int) -> float:
    """The share of words whose own photo is among the k best."""
    scores = words @ photos.T
    own = scores.gather(1, torch.from_numpy(of)[:, None])
    return float(((scores > own).sum(1) < k).float().mean())


def zero_shot(photos: Tensor, words: Tensor, classes: Tensor) -> float:
    """The share of photos nearest to the words for their own class."""
    return float(((photos @ words.T).argmax(1) == classes).float().mean())


def precision(photos: Tensor, classes: Tensor, k: int) -> float:
    """The share of each photo's k nearest others that are of its class."""
    scores = (photos @ photos.T).fill_diagonal_(-2)
    nearest = scores.topk(min(k, len(photos) - 1)).indices
    return float((classes[nearest] == classes[:, None]).float().mean())


def measure_labelled(heads: Heads, towers: Towers, folder: Path) -> str:
    """A line of the table for a folder with one sub-folder a class."""
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    names = sorted({path.parent.name for path in paths})
    if not names:
        raise UserError(f"{folder} has no sub-folders with photos in them.")
    classes = torch.tensor([names.index(path.parent.name) for path in paths])
    photos = heads.embed_features(towers.features(paths, folder.name, fit_square))
    plain, phrased = (
        zero_shot(photos, heads.embed_sentences(towers.sentences(texts)), classes)
        for texts in (names, [f"a photo of {name}" for name in names])
    )
    return (
        f"{folder.name}: zero-shot accuracy {plain:.3f} by the class's name, {phrased:.3f} by "
        f'"a photo of" it, find-similar precision@10 {precision(photos, classes, 10):.3f} '
        f"({len(paths)} photos, {len(names)} classes)\n"
    )


@dataclass(frozen=True)
class Dev:
    """The dev split, as the towers see it."""

    features: Features
    sentences: Tensor
    of: Rows

    def embedded(self, heads: Heads) -> tuple[Tensor, Tensor]:
        """Photos (n, 512) and captions (m, 512)."""
        with torch.inference_mode():
            return heads.embed_features(self.features), heads.embed_sentences(self.sentences)

    def recall(self, heads: Heads) -> float:
        """Text-to-photo recall@10, which decides how long training goes on."""
        return recall(*self.embedded(heads), self.of, 10)


def prepare(heads: Heads, towers: Towers, train: Captions, draw: Draw) -> Examples:
    """Run the towers over the training split and set what the heads take from it unlearned."""
    heads.weights = torch.tensor(BLOCK_WEIGHTS).sqrt()
    names = resource_path("models", "starter", "classes.txt").read_text(encoding="utf-8")
    heads.know_classes(towers.sentences(names.splitlines()))
    views = [fit_square, mirror, random_crop(draw)]
    seen = [towers.features(train.photos, f"view {i + 1}", v) for i, v in enumerate(views)]
    heads.know_looks(seen[0].quarters)
    inputs = [heads.image_inputs(features) for features in seen]
    sentences = towers.sentences(train.texts)
    heads.image.standardise_by(inputs[0])
    heads.text.standardise_by(sentences)
    return Examples(inputs, sentences, train.of)


def write(heads: Heads, out: Path, dev: Dev) -> Heads:
    """Write heads and configuration, print what dev says; return the heads as read back."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / HEADS_FILE
    heads.save(path)
    heads = Heads.load(path)  # measured as shipped, rounding and all
    photos, words = dev.embedded(heads)
    own = (words * photos[torch.from_numpy(dev.of)]).sum(1)
    likely, maybe = (float(own.quantile(1 - share)) for share in (LIKELY_SHARE, MAYBE_SHARE))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    StarterConfig(sha256[:12], DIM, round(likely, 3), round(maybe, 3), sha256).write(out)
    at_1, at_5, at_10 = (recall(photos, words, dev.of, k) for k in (1, 5, 10))
    scores = words @ photos.T
    above = [float((scores > score).float().mean()) for score in (likely, maybe)]
    sys.stdout.write(
        f"dev: text-to-photo recall@1 {at_1:.3f}, @5 {at_5:.3f}, @10 {at_10:.3f} "
        f"({len(photos)} photos, {len(words)} captions)\n"
        f"scores: likely {likely:.3f} ({above[0]:.2%} of all pairs are above), "
        f"maybe {maybe:.3f} ({above[1]:.2%})\n"
    )
    return heads


def train_starter(data: Path, out: Path, seed: int) -> tuple[Heads, Towers]:
    """Train, write, and print what dev says of the heads."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    device = choose_device("auto")
    train, held_out = Captions.read(data, "train"), Captions.read(data, "dev")
    towers = Towers(ImageTower.load(device, torch.float32), TextTower.load(device))
    heads = Heads()
    examples = prepare(heads, towers, train, draw)
    dev = Dev(
        towers.features(held_out.photos, "dev", fit_square),
        towers.sentences(held_out.texts),
        held_out.of,
    )
    learn(heads, examples, lambda: dev.recall(heads), draw)
    return write(heads, out, dev), towers


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m desktop.embedding.training")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with captions.csv, images/"
    )
    parser.add_argument("--out", type=Path, default=resource_path("models", "starter"))
    parser.add_argument("--seed", type=int, default=SHIPPED_SEED)
    parser.add_argument(
        "--labelled", type=Path, nargs="*", default=[], help="folders to measure on"
    )
    asked = parser.parse_args(arguments)
    try:
        heads, towers = train_starter(asked.data, asked.out, asked.seed)
        for folder in asked.labelled:
            sys.stdout.write(measure_labelled(heads, towers, folder))
    except UserError as error:
        parser.exit(1, f"{error.message} {error.hint}\n")


if __name__ == "__main__":
    main()
