"""What a model is worth, measured on captions and on photos in classes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from desktop.embedding.starter.photo_head import PhotoHead, embed
from desktop.embedding.starter.training.captions import Captions, Rows
from desktop.embedding.starter.training.looking import Towers
from desktop.embedding.starter.words import Sentences, WordsHead
from desktop.errors import UserError

LIKELY_SHARE, MAYBE_SHARE = 0.5, 0.8  # of dev captions that find their own photo above the score


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


@dataclass(frozen=True)
class Shipped:
    """A model as it was written, rounding and all, and what it is measured with."""

    heads: dict[str, PhotoHead]
    words: WordsHead
    network: Sentences
    towers: Towers

    def photos(self, name: str, paths: Sequence[Path]) -> Tensor:
        with torch.inference_mode():
            seen = self.towers.see(name, list(self.heads), paths, "plain")
            return embed(list(self.heads.values()), seen)

    def asked(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(self.words.embed(self.network.read(texts, of_any_language=True)))


def measure_dev(model: Shipped, dev: Captions) -> tuple[float, float]:
    """Print a line for each language; return the likely and the maybe score."""
    photos = model.photos("dev", dev.photos)
    lines = (0.0, 0.0)
    for language in dict.fromkeys(dev.languages):
        captions = dev.only({language})
        words = model.asked(captions.texts)
        at_1, at_5, at_10 = (recall(photos, words, captions.of, k) for k in (1, 5, 10))
        sys.stdout.write(
            f"dev {language}: text-to-photo recall@1 {at_1:.3f}, @5 {at_5:.3f}, @10 {at_10:.3f} "
            f"({len(photos)} photos, {len(words)} captions)\n"
        )
        if language == "en":
            own = (words * photos[torch.from_numpy(captions.of)]).sum(1)
            likely, maybe = (float(own.quantile(1 - s)) for s in (LIKELY_SHARE, MAYBE_SHARE))
            lines = round(likely, 3), round(maybe, 3)
            above = [float((words @ photos.T > score).float().mean()) for score in lines]
            sys.stdout.write(
                f"scores: likely {likely:.3f} ({above[0]:.2%} of all pairs are above), "
                f"maybe {maybe:.3f} ({above[1]:.2%})\n"
            )
    return lines


def measure_labelled(model: Shipped, folder: Path) -> str:
    """A line of the table for a folder with one sub-folder a class."""
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    names = sorted({path.parent.name for path in paths})
    if not names:
        raise UserError(f"{folder} has no sub-folders with photos in them.")
    classes = torch.tensor([names.index(path.parent.name) for path in paths])
    photos = model.photos(folder.name, paths)
    plain, phrased = (
        zero_shot(photos, model.asked(texts), classes)
        for texts in (names, [f"a photo of {name}" for name in names])
    )
    return (
        f"{folder.name}: zero-shot accuracy {plain:.3f} by the class's name, {phrased:.3f} by "
        f'"a photo of" it, find-similar precision@10 {precision(photos, classes, 10):.3f} '
        f"({len(paths)} photos, {len(names)} classes)\n"
    )
