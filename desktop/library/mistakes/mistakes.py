"""Mistakes: where a label and a prediction disagree, what such photos have in common, and which
labels seem wrong by what their neighbours are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import LISTED, Attribute, Catalog, folded
from desktop.errors import NameUnusable
from desktop.jobs import Job
from desktop.library.attributes.attributes import Attributes
from desktop.search import doubts, group_by_likeness

N_SUSPECTS = 24
_MOST_NUMBERS = 100
"""Whole numbers may be names of classes; so many of them at most."""

_AT_ONCE = 5_000
_LABELS = ("label", "truth", "ground truth", "target", "class", "actual", "true", "expected")
_PREDICTIONS = ("prediction", "predicted", "pred", "guess", "output", "answer")


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: the names of two attributes."""

    label: str
    prediction: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often which prediction was made of which label.

    Attributes:
        names: what is said, the most frequent first, as it is written most often.
        counts: (n, n) photos: a row for each label, a column for each prediction.
        mistaken: photo_ids of photos of which both say something, and not the same, rising; and
            what: for each of them, its row and column.
        n_photos: of which both say something.
    """

    pair: Pair
    names: tuple[str, ...]
    counts: NDArray[np.int64]
    mistaken: NDArray[np.int64]
    what: tuple[tuple[int, int], ...]
    n_photos: int

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        """Label, prediction and photos of each kind of mistake, the most frequent first."""
        rows, columns = np.nonzero(self.counts)
        found = [
            (self.names[row], self.names[column], int(self.counts[row, column]))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            if row != column
        ]
        return sorted(found, key=lambda each: -each[2])


@dataclass(frozen=True, slots=True)
class MistakeGroup:
    """Mistaken photos that resemble each other.

    Attributes:
        photo_ids: the most typical first.
        label, prediction: the mistake that is the most frequent among them.
        n_of_it: how many of them are such.
    """

    photo_ids: tuple[int, ...]
    label: str
    prediction: str
    n_of_it: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A photo whose label seems wrong.

    Attributes:
        likelier: the label that its neighbours speak for.
        agree: how many of the `n_nearest` photos nearest to it have its own label.
        doubt: see `desktop.search.labels.suspects`; above 0.
    """

    photo_id: int
    label: str
    likelier: str
    agree: int
    n_nearest: int
    doubt: float


class Mistakes:
    """On a worker's thread; with 100,000 photos it takes minutes to find suspects."""

    def __init__(
        self, catalog: Catalog, attributes: Attributes, likeness_model: Callable[[], str]
    ) -> None:
        """likeness_model: the model_id by whose embeddings photos are compared."""
        self._catalog = catalog
        self._attributes = attributes
        self._likeness_model = likeness_model

    def labels(self) -> Sequence[Attribute]:
        """The attributes that may be labels, as far as their values tell at a glance."""
        return [each for each in self._attributes.list() if _may_be_label(each)]

    def guess_pair(self) -> Pair | None:
        """What is most probably meant to be compared, by the names; None where there are no two."""
        known = self.labels()
        label = _first_called(known, _LABELS) or next(iter(known), None)
        others = [each for each in known if each != label]
        prediction = _first_called(others, _PREDICTIONS) or next(iter(others), None)
        if label is None or prediction is None:
            return None
        return Pair(label.name, prediction.name)

    def compare(self, label: str, prediction: str) -> Confusion:
        """Where they disagree. Raises NameUnusable for a name that is unknown or of numbers."""
        pair = Pair(self._label(label).name, self._label(prediction).name)
        if pair.label == pair.prediction:
            raise NameUnusable(
                f"“{pair.label}” cannot disagree with itself.", "Name another attribute."
            )
        one, two = self._said(pair.label), self._said(pair.prediction)
        both = sorted(one.keys() & two.keys())
        names = _Names([*(one[each] for each in both), *(two[each] for each in both)])
        cells = [(names.number(one[each]), names.number(two[each])) for each in both]
        counts = np.zeros((len(names.shown), len(names.shown)), np.int64)
        for cell in cells:
            counts[cell] += 1
        wrong = [(each, cell) for each, cell in zip(both, cells, strict=True) if cell[0] != cell[1]]
        return Confusion(
            pair,
            names.shown,
            counts,
            np.array([photo_id for photo_id, _ in wrong], np.int64),
            tuple(cell for _, cell in wrong),
            len(both),
        )

    def groups(self, confusion: Confusion, job: Job) -> list[MistakeGroup]:
        """The mistakes by likeness, the largest group first; photos that have not been read are
        left out. Raises Cancelled."""
        ids, vectors = self._vectors(confusion.mistaken.tolist(), job)
        what = dict(zip(confusion.mistaken.tolist(), confusion.what, strict=True))
        found = []
        for rows in group_by_likeness(vectors, job):
            members = ids[rows].tolist()
            (cell, n), *_ = Counter(what[each] for each in members).most_common(1)
            label, prediction = (confusion.names[number] for number in cell)
            found.append(MistakeGroup(tuple(members), label, prediction, n))
        return found

    def suspects(self, label: str, job: Job, n: int = N_SUSPECTS) -> list[Suspect]:
        """The photos whose labels are the most doubtful, those first; only such of which another
        label is likelier. Raises NameUnusable or Cancelled."""
        name = self._label(label).name
        said = self._said(name)
        ids, vectors = self._vectors(list(said), job)
        names = _Names([said[each] for each in ids.tolist()])
        numbers = [names.number(said[each]) for each in ids.tolist()]
        found = doubts(vectors, numbers, job)
        order = np.argsort(-found.doubt, kind="stable")[:n]
        return [
            Suspect(
                int(ids[row]),
                said[int(ids[row])],
                names.shown[found.likelier[row]],
                int(found.agree[row]),
                found.n_nearest,
                float(found.doubt[row]),
            )
            for row in order.tolist()
            if found.doubt[row] > 0
        ]

    def _label(self, name: str) -> Attribute:
        """Raises NameUnusable where it is no label."""
        attribute = self._attributes.find(name)
        if not _may_be_label(attribute):
            raise NameUnusable(
                f"“{attribute.name}” says {attribute.n_values:,} different numbers; it is a score "
                "and no label.",
                f"Search for {attribute.name}:<0.5 or the like, or name another attribute.",
            )
        return attribute

    def _said(self, name: str) -> dict[int, str]:
        """photo_id -> what it says, of photos that are listed."""
        values = self._catalog.attributes.values_of(name)
        listed = set(self._catalog.photos.list_ids(LISTED).tolist())
        pairs = zip(values.photo_ids.tolist(), values.texts, strict=True)
        return {photo_id: text for photo_id, text in pairs if photo_id in listed}

    def _vectors(
        self, photo_ids: Sequence[int], job: Job
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the photos that have an embedding, and these, of unit length."""
        ids, parts = [np.zeros(0, np.int64)], []
        model_id, wanted = self._likeness_model(), sorted(photo_ids)
        for start in range(0, len(wanted), _AT_ONCE):
            job.report(start, len(wanted), "Reading embeddings")
            some, vectors = self._catalog.made.get_vectors(
                wanted[start : start + _AT_ONCE], model_id
            )
            if len(some):
                ids.append(some)
                parts.append(vectors)
        together = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
        return np.concatenate(ids), together


class _Names:
    """Numbers for what is said, whatever case and accents, the most frequent first."""

    def __init__(self, texts: Sequence[str]) -> None:
        spelt: dict[str, Counter[str]] = {}
        for text, n in Counter(texts).items():
            spelt.setdefault(folded(text), Counter())[text] += n
        order = sorted(spelt, key=lambda key: (-spelt[key].total(), key))
        self._numbers = {key: number for number, key in enumerate(order)}
        self.shown = tuple(spelt[key].most_common(1)[0][0] for key in order)

    def number(self, text: str) -> int:
        return self._numbers[folded(text)]


def _may_be_label(attribute: Attribute) -> bool:
    return attribute.n_photos > 0 and not (
        attribute.is_number and (attribute.n_values > _MOST_NUMBERS or attribute.has_fractions)
    )


def _first_called(known: Sequence[Attribute], names: Sequence[str]) -> Attribute | None:
    """The one whose name has the earliest of these words in it."""
    for name in names:
        for each in known:
            if name in folded(each.name).replace("_", " "):
                return each
    return None
