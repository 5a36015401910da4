"""Trial: models on a sample of the person's own photos, before one of them is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import SEARCHED, Catalog, Photo
from desktop.embedding import Embedder
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.library.comparing.sample import ModelView, read_sample
from desktop.library.reading_apart import ReadApart, reading_apart
from desktop.media import Decoders

SAMPLE_PHOTOS = 500
_PLACES = 2
"""An embedding lies in the catalog, and once more in the index."""


@dataclass(frozen=True, slots=True)
class TrialHit:
    """n_models: how many of the models that were asked show this photo, too."""

    photo: Photo
    score: float
    n_models: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the whole library would take: seconds for the photos that this model has not read yet,
    and bytes for all."""

    n_photos: int
    seconds: float
    n_bytes: int


Answers = Mapping[str, tuple[TrialHit, ...]]
"""The hits of each model by its name, best first."""


class Trial:
    """Answers of several models on the same photos. Any thread but Qt's main one, one at a time.

    Attributes:
        photos: of the sample.
        names: of the models; texts: the questions that were asked from the start.
        costs: by the name of the model.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        models: Sequence[ModelView],
        embedders: Sequence[Embedder],
        texts: Sequence[str],
        costs: Mapping[str, Cost],
    ) -> None:
        self.photos = tuple(photos)
        self.names = tuple(model.name for model in models)
        self.texts = tuple(texts)
        self.costs = MappingProxyType(dict(costs))
        self._models = tuple(models)
        self._embedders = tuple(embedders)

    @property
    def names_with_words(self) -> tuple[str, ...]:
        """The models that answer words."""
        return tuple(model.name for model in self._models if model.has_text)

    def nearest_to(self, photo_id: int, k: int) -> Answers:
        """What resembles a photo of the sample. Raises KeyError for any other."""
        at = {photo.photo_id: row for row, photo in enumerate(self.photos)}[photo_id]
        return self._answers({model: model.vectors[at] for model in self._models}, k, leave_out=at)

    def nearest_to_image(self, image: Image.Image, k: int) -> Answers:
        """What resembles an upright RGB image. Raises ModelUnavailable."""
        asked = {
            model: embedder.embed_images([image])[0]
            for model, embedder in zip(self._models, self._embedders, strict=True)
        }
        return self._answers(asked, k)

    def answer(self, question: int, k: int) -> Answers:
        """How the models that know words answer `texts[question]`."""
        return self._answers({m: m.texts[question] for m in self._models if m.has_text}, k)

    def close(self) -> None:
        """Give back the memory of what was asked afterwards."""
        for embedder in self._embedders:
            embedder.unload()

    def _answers(
        self,
        asked: Mapping[ModelView, NDArray[np.float32]],
        k: int,
        leave_out: int | None = None,
    ) -> Answers:
        found = {}
        for model, vector in asked.items():
            scores = model.vectors @ vector
            order = np.argsort(-scores, kind="stable")
            found[model.name] = order[order != leave_out][:k].tolist(), scores
        rows = [set(order) for order, _ in found.values()]
        return {
            name: tuple(
                TrialHit(self.photos[at], float(scores[at]), sum(at in row for row in rows))
                for at in order
            )
            for name, (order, scores) in found.items()
        }


class Comparing:
    """Lets models answer on photos of the library, which stays as it is."""

    def __init__(
        self, catalog: Catalog, create: Callable[[str], Embedder], decoders: Decoders
    ) -> None:
        """create: an embedder by its name; raises ModelUnavailable."""
        self._catalog = catalog
        self._create = create
        self._decoders = decoders

    def try_models(
        self,
        names: Sequence[str],
        job: Job,
        texts: Sequence[str] = (),
        including: Sequence[int] = (),
        n_photos: int = SAMPLE_PHOTOS,
    ) -> Trial:
        """Read a sample of the library by each of these models. Minutes; not on the query worker.

        texts: questions to be asked of all. including: photos that shall be in the sample. The
        others are drawn by lot, the same ones every time as long as the library is the same.
        Raises Cancelled, ModelUnavailable, or UserError where there are no photos.
        """
        embedders = {each.name: each for each in map(self._create, names)}.values()
        photos = self._draw(including, n_photos)
        with reading_apart(self._decoders) as read:
            _add_all(read, photos)
            sample = read_sample(read, list(embedders), job, texts)
            by_path = {photo.path: photo for photo in photos}
            shown = [by_path[read.paths[at]] for at in sample.positions.tolist()]
        costs = {model.name: self._cost_of(model) for model in sample.models}
        return Trial(shown, sample.models, list(embedders), texts, costs)

    def _draw(self, including: Sequence[int], n_photos: int) -> list[Photo]:
        """Raises UserError."""
        ids = self._catalog.photos.list_ids(SEARCHED)
        others = np.setdiff1d(ids, np.array(including, np.int64))
        n_drawn = min(max(n_photos - len(including), 0), len(others))
        drawn = np.random.default_rng(len(ids)).choice(others, n_drawn, replace=False)
        photos = self._catalog.photos.get([*including, *np.sort(drawn).tolist()])
        readable = [photo for photo in photos if photo.path.is_file()]
        if not readable:
            raise UserError(
                "There are no photos to compare models on.",
                "`likeness add FOLDER` and `likeness index` make photos known.",
            )
        return readable

    def _cost_of(self, model: ModelView) -> Cost:
        n_photos = self._catalog.photos.count(SEARCHED)
        waiting = self._catalog.count(model.model_id).waiting
        return Cost(
            n_photos, waiting / model.photos_per_s, n_photos * model.bytes_a_photo * _PLACES
        )


def _add_all(read: ReadApart, photos: Sequence[Photo]) -> None:
    """Each within the folder it is in."""
    folders: dict[Path, list[Path]] = {}
    for photo in photos:
        folder = photo.path.parents[photo.relative_path.count("/")]
        folders.setdefault(folder, []).append(photo.path)
    for folder, paths in folders.items():
        read.add(folder, paths)
