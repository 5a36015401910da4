"""Learn the heads of a starter model from captioned photos.

    python -m desktop.embedding.starter.training photos --eyes lite2 --data CAPTIONED --out FILE
    python -m desktop.embedding.starter.training words --photos FILE... --data CAPTIONED --out MODEL

The first learns the photos' side for one network, together with English words. The second puts one
or more of them side by side as a model, leaves them as they are, and learns the words' side for
them in every language that has captions. It prints the quality measured on dev, and on every folder
given with --labelled (one sub-folder a class; nothing is learned from those).

CAPTIONED holds images/, captions.csv (image, split = train or dev, caption) and, if there are other
languages, languages.csv (the same and language).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from desktop.embedding.embedder import FloatArray
from desktop.embedding.running.device import choose_device
from desktop.embedding.running.precision import has_bfloat16
from desktop.embedding.starter.embedder import PHOTOS_FILE, WORDS_FILE, StarterConfig
from desktop.embedding.starter.photo_head import PhotoHead, Side, embed, load_heads, save_heads
from desktop.embedding.starter.towers import EYES, Eyes, Features, ImageTower
from desktop.embedding.starter.words import (
    LEARNED_DIM,
    LOOK_DIM,
    MEANING_DIM,
    OPINION_SHARE,
    SENTENCE_DIM,
    Sentences,
    WordsHead,
    opinions,
)
from desktop.errors import ModelUnavailable, UserError
from desktop.settings import resource_path

BATCH = 512
PHOTO_EPOCHS, WORD_EPOCHS = 8, 16
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.3
TEMPERATURE = 0.07
MIN_TEMPERATURE = 0.05  # lower ones fit 6,000 photos by heart
AVERAGING = 0.99  # of the running mean, a step
BLOCK_WEIGHTS = (1.0, 0.5, 0.3)  # learned, opinion, look: their share in a photo's own cosine
WORDS_HIDDEN = 2048
ENGLISH_TWICE = 2  # most is asked in English: its captions are learned from this many times
LIKELY_SHARE, MAYBE_SHARE = 0.5, 0.8  # of dev captions that find their own photo above the score
EXTRACT_BATCH = 32
SHIPPED_SEED = 1

Draw = np.random.Generator
Rows = NDArray[np.int64]
View = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Captions:
    """One split. `texts[i]`, in `languages[i]`, describes `photos[of[i]]`."""

    photos: list[Path]
    texts: list[str]
    languages: list[str]
    of: Rows

    @classmethod
    def read(cls, folder: Path, split: str) -> Captions:
        """Raises UserError when captions.csv is absent or has no caption of that split."""
        rows = [row for row in _rows(folder / "captions.csv") if row["split"] == split]
        if not rows:
            raise UserError(f"{folder / 'captions.csv'} has no caption whose split is {split}.")
        names = sorted({row["image"] for row in rows})
        position = {name: i for i, name in enumerate(names)}
        if (folder / "languages.csv").exists():
            others = _rows(folder / "languages.csv")
            rows += [row for row in others if row["split"] == split and row["image"] in position]
        return cls(
            [folder / "images" / name for name in names],
            [row["caption"] for row in rows],
            [row.get("language", "en") for row in rows],
            np.array([position[row["image"]] for row in rows]),
        )

    def only(self, languages: Iterable[str]) -> Captions:
        """Those in some languages; all photos stay."""
        wanted = set(languages)
        kept = [i for i, language in enumerate(self.languages) if language in wanted]
        return replace(
            self,
            texts=[self.texts[i] for i in kept],
            languages=[self.languages[i] for i in kept],
            of=self.of[kept],
        )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
            if rows and not {"image", "split", "caption"} <= rows[0].keys():
                raise KeyError("image, split, caption")
    except (OSError, KeyError, csv.Error) as error:
        raise UserError(
            f"The captions {path} cannot be read: {error!r}.",
            "The file needs the columns image, split and caption.",
        ) from error
    return rows


def mirror(eyes: Eyes) -> View:
    """Left and right changed."""
    return lambda image: eyes.fit(image).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def random_crop(eyes: Eyes, draw: Draw) -> View:
    """A view that keeps 65-100 % of the area at a nearly kept shape, mirrored half of the time."""

    def view(image: Image.Image) -> Image.Image:
        side, stretch = math.sqrt(draw.uniform(0.65, 1)), draw.uniform(0.94, 1.06)
        width, height = min(1, side * stretch) * image.width, min(1, side / stretch) * image.height
        left = draw.uniform(0, 1) * (image.width - width)
        top = draw.uniform(0, 1) * (image.height - height)
        box = (left, top, left + width, top + height)
        cropped = image.resize((eyes.px, eyes.px), Image.Resampling.BILINEAR, box=box)
        return mirror(eyes)(cropped) if draw.random() < 0.5 else cropped

    return view


@dataclass(frozen=True)
class Towers:
    """The networks; what they make of photos and captions is kept in a folder, if one is given."""

    kept: Path | None

    def see(
        self, name: str, eyes: Sequence[str], paths: Sequence[Path], view: str
    ) -> list[Features]:
        """What each pair of eyes sees of the photos; view: one of `VIEWS`.

        name: of the photos, for progress and for the kept files."""
        return [self._see(name, one, paths, view) for one in eyes]

    def read(self, name: str, network: Sentences, texts: Sequence[str]) -> Tensor:
        """Captions -> (n, 2304) float16. Takes minutes for 100,000; progress on stderr."""

        def rows() -> FloatArray:
            read = []
            for at in range(0, len(texts), BATCH):
                read.append(network.read(texts[at : at + BATCH], of_any_language=True))
                sys.stderr.write(f"\r{name}: {at + len(read[-1])} of {len(texts)} captions")
            sys.stderr.write("\n")
            return np.concatenate(read)

        return self._once(f"words-{name}", lambda: {"sentences": rows()})["sentences"]

    def _see(self, name: str, eyes: str, paths: Sequence[Path], view: str) -> Features:
        look = {
            "plain": EYES[eyes].fit,
            "mirror": mirror(EYES[eyes]),
            "crop": random_crop(EYES[eyes], np.random.default_rng(SHIPPED_SEED)),
        }[view]

        def seen() -> dict[str, FloatArray]:
            tower = ImageTower.load(EYES[eyes], choose_device("auto"), torch.float32)
            features = look_at(tower, paths, f"{name} {view} through {eyes}", look)
            return {field: getattr(features, field).numpy() for field in _FIELDS}

        arrays = self._once(f"{eyes}-{name}-{view}", seen)
        return Features(**{field: arrays[field].float() for field in _FIELDS})

    def _once(self, name: str, make: Callable[[], dict[str, FloatArray]]) -> dict[str, Tensor]:
        """What `make` gives in half precision, from the kept file where there is one."""
        path = self.kept and self.kept / f"{name}.npz"
        if path and path.exists():
            with np.load(path) as kept:
                return {field: torch.from_numpy(kept[field]) for field in kept.files}
        halves = {field: rows.astype(np.float16) for field, rows in make().items()}
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, allow_pickle=False, **halves)
        return {field: torch.from_numpy(rows) for field, rows in halves.items()}


_FIELDS = ("seen", "quarters", "classes")
VIEWS = ("plain", "mirror", "crop")


def look_at(tower: ImageTower, paths: Sequence[Path], label: str, view: View) -> Features:
    """Photos on disk, seen through `view`; progress on stderr."""
    batches = []
    for at in range(0, len(paths), EXTRACT_BATCH):
        images = []
        for path in paths[at : at + EXTRACT_BATCH]:
            with Image.open(path) as image:
                images.append(view(image.convert("RGB")))
        batches.append(tower.features(images))
        sys.stderr.write(f"\r{label}: {at + len(images)} of {len(paths)} photos")
    sys.stderr.write("\n")
    return Features(
        torch.cat([batch.seen for batch in batches]).cpu(),
        torch.cat([batch.quarters for batch in batches]).cpu(),
        torch.cat([batch.classes for batch in batches]).cpu(),
    )


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
    """A network while it learns; the running mean of its weights is what stays."""

    def __init__(self, learning: nn.Module, n_steps: int) -> None:
        self._learning = learning
        self._log_temperature = nn.Parameter(torch.tensor(math.log(TEMPERATURE)))
        groups = [
            {"params": list(learning.parameters()), "weight_decay": WEIGHT_DECAY},
            {"params": [self._log_temperature], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, LEARNING_RATE, total_steps=n_steps, pct_start=0.1
        )
        self._n_done = 0
        self.mean = {name: tensor.clone() for name, tensor in learning.state_dict().items()}

    def step(self, look: Callable[[], tuple[Tensor, Tensor]], of: Rows) -> None:
        """Learn from one batch: `look` gives the rows of photos and of words."""
        self._learning.train()
        with _fast_numbers():
            photos, words = look()
        temperature = self._log_temperature.exp().clamp(min=MIN_TEMPERATURE)
        loss = contrastive_loss(photos.float(), words.float(), of, temperature)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._schedule.step()
        self._n_done += 1
        keep = min(AVERAGING, self._n_done / (self._n_done + 10))
        for name, tensor in self._learning.state_dict().items():
            self.mean[name].lerp_(tensor, 1 - keep)

    def measured(self, weights: dict[str, Tensor], measure: Callable[[], float]) -> float:
        """`measure()` with other weights in place of those that are learned."""
        learning = {name: tensor.clone() for name, tensor in self._learning.state_dict().items()}
        self.finish(weights)
        result = measure()
        self._learning.load_state_dict(learning)
        return result

    def finish(self, weights: dict[str, Tensor]) -> None:
        """Put these weights in, for use."""
        self._learning.load_state_dict(weights)
        self._learning.eval()


def _fast_numbers() -> contextlib.AbstractContextManager[object]:
    """bfloat16 where this CPU multiplies it: four times as fast."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16())


def learn(
    learning: nn.Module,
    n_epochs: int,
    of: Rows,
    look: Callable[[Rows], tuple[Tensor, Tensor]],
    measure: Callable[[], float],
    draw: Draw,
) -> None:
    """Train in place and keep the epoch that `measure` says is best.

    look: rows of captions -> rows of photos and of words, both (n, d)."""
    n_batches = math.ceil(len(of) / BATCH)
    learner = Learner(learning, n_epochs * n_batches)
    best, best_score = learner.mean, -1.0
    for epoch in range(n_epochs):
        for rows in np.array_split(draw.permutation(len(of)), n_batches):
            learner.step(lambda rows=rows: look(rows), of[rows])  # type: ignore[misc]
        score = learner.measured(learner.mean, measure)
        sys.stderr.write(f"epoch {epoch + 1} of {n_epochs}: recall@10 on dev {score:.3f}\n")
        if score >= best_score:
            best_score = score
            best = {name: tensor.clone() for name, tensor in learner.mean.items()}
    learner.finish(best)


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


LEARNED_LANGUAGES = ("ar", "de", "fr", "nl", "zh")


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
