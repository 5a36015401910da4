"""Comparison: what several models make of photos in classes, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Registry
from desktop.errors import UserError
from desktop.grouping import LEAST_DRAWN, draw_apart
from desktop.jobs import Job
from desktop.library.comparing.figures import (
    LabelFigures,
    agreement_with_labels,
    nearest,
    overlap,
)
from desktop.library.comparing.sample import ModelView, Sample, read_sample
from desktop.library.evaluation import TestPhotos
from desktop.library.reading_apart import ReadApart, reading_apart
from desktop.media import Decoders
from desktop.settings import Places, Settings

N_EXAMPLES, N_SHOWN = 12, 8
EXAMPLE_PX = 96
LEAST_PHOTOS = LEAST_DRAWN

IdArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What was measured of one model. dim: numbers in an embedding."""

    name: str
    model_id: str
    dim: int
    photos_per_s: float
    bytes_a_photo: int
    labels: LabelFigures


@dataclass(frozen=True, slots=True)
class ComparedHit:
    """One neighbour of an example. n_models: how many of the models show it among theirs."""

    picture: str
    label: str
    score: float
    is_same_label: bool
    n_models: int


@dataclass(frozen=True, slots=True)
class ComparedPhoto:
    """An example: a photo, and its neighbours by each model's name."""

    picture: str
    label: str
    rows: Mapping[str, tuple[ComparedHit, ...]]


@dataclass(frozen=True, slots=True)
class Plane:
    """The photos as one model sees them, in two dimensions: each within 0 to 1, and its label."""

    name: str
    points: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured.

    Attributes:
        k: neighbours that were looked at.
        models: in the order in which they were named.
        in_common: the mean share of the k neighbours that two models have in common, by the names
            of both.
        examples, planes: for the page; not part of the figures.
    """

    folder: str
    k: int
    n_photos: int
    n_unreadable: int
    labels: tuple[str, ...]
    models: tuple[ModelFigures, ...]
    in_common: Mapping[str, Mapping[str, float]]
    elapsed_s: float
    examples: tuple[ComparedPhoto, ...] = field(default=(), repr=False)
    planes: tuple[Plane, ...] = field(default=(), repr=False)


def compare_models(
    places: Places,
    settings: Settings,
    photos: TestPhotos,
    names: Sequence[str],
    k: int,
    job: Job,
    make_registry: Callable[[Places, Callable[[], Settings]], Registry] = Registry,
    decoders: Decoders | None = None,
) -> Comparison:
    """Read labelled photos by each of the models and measure how they agree with the labels and
    with one another. Opens no library: all that is written is in a temporary folder.

    Raises Cancelled, ModelUnavailable, or UserError.
    """
    started_s = time.monotonic()
    registry = make_registry(places, lambda: settings)
    embedders = [registry.create(name) for name in dict.fromkeys(map(registry.resolve, names))]
    with ExitStack() as last_first:
        read = last_first.enter_context(reading_apart(decoders))
        read.add(photos.photos_path, photos.paths)
        sample = read_sample(read, embedders, job)
        if len(sample.positions) < LEAST_PHOTOS:
            raise UserError(
                f"{photos.folder} has too few photos that can be read.",
                f"At least {LEAST_PHOTOS} are needed to compare models.",
            )
        measured = _measure(read, photos, sample, min(k, len(sample.positions) - 1), job)
        return replace(measured, elapsed_s=time.monotonic() - started_s)


def _measure(read: ReadApart, photos: TestPhotos, sample: Sample, k: int, job: Job) -> Comparison:
    labels = np.array(photos.classes)[sample.positions]
    neighbours = {view.name: nearest(view.vectors, k, job) for view in sample.models}
    return Comparison(
        folder=str(photos.folder),
        k=k,
        n_photos=len(sample.positions),
        n_unreadable=sample.n_unreadable,
        labels=tuple(sorted(set(photos.classes))),
        models=tuple(_figures_of(view, labels, k, job) for view in sample.models),
        in_common={
            one: {other: overlap(neighbours[one], neighbours[other]) for other in neighbours}
            for one in neighbours
        },
        elapsed_s=0.0,
        examples=_examples(read, sample, labels, neighbours),
        planes=tuple(_plane_of(view, labels, job) for view in sample.models),
    )


def _figures_of(view: ModelView, labels: NDArray[np.str_], k: int, job: Job) -> ModelFigures:
    return ModelFigures(
        view.name,
        view.model_id,
        view.vectors.shape[1],
        view.photos_per_s,
        view.bytes_a_photo,
        agreement_with_labels(view.vectors, labels, k, job),
    )


def _examples(
    read: ReadApart,
    sample: Sample,
    labels: NDArray[np.str_],
    neighbours: Mapping[str, IdArray],
) -> tuple[ComparedPhoto, ...]:
    """Some photos, evenly out of all."""

    def picture(row: int) -> str:
        return read.picture_of(int(sample.positions[row]), EXAMPLE_PX)

    def row_of(view: ModelView, at: int) -> tuple[ComparedHit, ...]:
        shown = neighbours[view.name][at, :N_SHOWN].tolist()
        return tuple(
            ComparedHit(
                picture(hit),
                str(labels[hit]),
                float(view.vectors[at] @ view.vectors[hit]),
                bool(labels[hit] == labels[at]),
                sum(hit in others[at, :N_SHOWN] for others in neighbours.values()),
            )
            for hit in shown
        )

    chosen = range(0, len(labels), max(1, len(labels) // N_EXAMPLES))
    return tuple(
        ComparedPhoto(
            picture(at), str(labels[at]), {view.name: row_of(view, at) for view in sample.models}
        )
        for at in list(chosen)[:N_EXAMPLES]
    )


def _plane_of(view: ModelView, labels: NDArray[np.str_], job: Job) -> Plane:
    """Laid out as the map of a library is, each model by itself."""
    try:
        flat = draw_apart([view.vectors], len(view.vectors), job).points
    except OSError as error:
        raise UserError("The photos could not be laid out.", f"{error.strerror}.") from error
    low, high = flat.min(axis=0), flat.max(axis=0)
    spread = (flat - low) / np.maximum(high - low, 1e-9)
    return Plane(
        view.name,
        tuple((float(x), float(y), str(name)) for (x, y), name in zip(spread, labels, strict=True)),
    )
