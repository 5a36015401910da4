"""Evaluate: index photos in a temporary place, ask what has a known answer, and sum up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.embedding import Embedder, Registry
from desktop.errors import QueryUnanswerable, UserError
from desktop.index import Index, Neighbours, Snapshot
from desktop.jobs import Job
from desktop.library.evaluation.marking import MarkFigures, figures_of, with_marks
from desktop.library.evaluation.measures import Answered, Retrieval, SetFigures
from desktop.library.evaluation.parts import (
    PartFigures,
    WithTiles,
    figures_of_captions,
    figures_of_parts,
)
from desktop.library.evaluation.questions import Question, QuestionSet, TestPhotos
from desktop.library.reading_apart import ReadApart, reading_apart
from desktop.media import Decoders
from desktop.search import Band, Calibrator
from desktop.settings import Places, Settings

TEXTS_AT_ONCE = 32
SIMILAR_AT = 10
N_LIKE = 200
"""So many photos at least, if there are, are asked what resembles them."""
N_EXAMPLES, N_SHOWN = 16, 6
EXAMPLE_PX = 112

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ShownHit:
    """One hit of an example. picture: a JPEG in base64, "" where there is none."""

    picture: str
    band: Band
    probability: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A question as it was answered: the first hits, and the same with the right photos taken
    out."""

    text: str
    n_right: int
    verdict: str
    hits: tuple[ShownHit, ...]
    verdict_absent: str
    hits_absent: tuple[ShownHit, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured.

    Attributes:
        n_photos: photos that could be searched; n_unreadable: those that could not.
        captions: how well whole captions find their photo; None without captions.
        zero_shot: the share of photos that are nearest to the name of their own class; None without
            classes.
        similar_precision: the share of the 10 photos most like another that are of its class.
        marks: what marks add to the plain names of classes; () without classes.
        parts: how photos are found by parts of them; () where that was not asked for.
        n_absent: photos that captions name and that are not there.
        n_refused: captions and questions that the model does not understand, which are left out.
        examples: for the page; not part of the figures.
    """

    folder: str
    model_id: str
    n_photos: int
    n_unreadable: int
    captions: Retrieval | None
    zero_shot: float | None
    similar_precision: float | None
    sets: tuple[SetFigures, ...]
    elapsed_s: float
    marks: tuple[MarkFigures, ...] = ()
    parts: tuple[PartFigures, ...] = ()
    n_absent: int = 0
    n_refused: int = 0
    examples: tuple[Example, ...] = field(default=(), repr=False)


def evaluate(
    places: Places,
    settings: Settings,
    photos: TestPhotos,
    job: Job,
    make_registry: Callable[[Places, Callable[[], Settings]], Registry] = Registry,
    decoders: Decoders | None = None,
    with_parts: bool = False,
) -> Evaluation:
    """Measure the model of the settings on these photos. Opens no library: catalog, index and
    thumbnails are in a temporary folder, which is removed however this ends.

    decoders: to share them; None for some of its own. with_parts: whether tiles are embedded, too,
    and photos looked for by parts of them. Raises Cancelled, ModelUnavailable, or
    UserError where nothing could be read or the disk is full.
    """
    started_s = time.monotonic()
    embedder = make_registry(places, lambda: settings).create(settings.model)
    with ExitStack() as last_first:
        last_first.callback(embedder.unload)
        read = last_first.enter_context(reading_apart(decoders))
        read.add(photos.photos_path, photos.paths)
        read.embed(embedder, job)
        run = _Run(photos, read, embedder, job)
        measured = run.measure()
        if with_parts:
            measured = replace(measured, parts=tuple(run.measure_parts()))
        return replace(measured, elapsed_s=time.monotonic() - started_s)


class _Run:
    """One evaluation, when the photos have been read.

    Photos have positions in `photos.paths`; ids[position] is the photo_id, 0 where it could not be
    read.
    """

    def __init__(self, photos: TestPhotos, read: ReadApart, embedder: Embedder, job: Job) -> None:
        self._photos = photos
        self._read = read
        self._embedder = embedder
        self._calibrator = Calibrator.of(embedder)
        self._job = job
        self._ids = read.ids_of(embedder.model_id)
        self._all = np.sort(self._ids[self._ids > 0])
        self._vectors = read.vectors_of(self._ids[self._ids > 0], embedder.model_id)
        self._snapshot = self._index()
        self._embeddings: dict[str, FloatArray] = {}
        self._n_refused = 0

    def measure(self) -> Evaluation:
        photos = self._photos
        if not len(self._all):
            raise UserError(f"None of the photos in {photos.folder} could be read.")
        self._embed_words()
        captions = self._captions()
        sets: list[SetFigures] = []
        examples: list[Example] = []
        for each in photos.sets if self._embedder.has_text else ():
            answers = self._answer_all(each)
            if answers:
                sets.append(SetFigures.of(each.name, *zip(*answers.values(), strict=True)))
                examples += self._examples(answers)
        if likeness := self._answer_likeness():
            sets.append(SetFigures.of("find similar", *zip(*likeness, strict=True)))
        has_text = self._embedder.has_text
        return Evaluation(
            folder=str(photos.folder),
            model_id=self._embedder.model_id,
            n_photos=len(self._all),
            n_unreadable=int((self._ids == 0).sum()),
            captions=Retrieval.of(self._ranks(captions)) if captions else None,
            zero_shot=self._zero_shot() if photos.classes and has_text else None,
            similar_precision=self._similar() if photos.classes else None,
            sets=tuple(sets),
            elapsed_s=0.0,
            marks=figures_of(self._mark_all()) if photos.classes and has_text else (),
            n_absent=photos.n_absent,
            n_refused=self._n_refused,
            examples=tuple(examples),
        )

    def measure_parts(self) -> list[PartFigures]:
        tiles = self._read.embed_tiles(self._embedder, self._job)
        among = WithTiles.of(self._snapshot, self._all, tiles)
        figures = figures_of_parts(among, self._read, self._ids, self._embedder, self._job)
        captions = self._captions()
        if captions:
            self._job.report(0, len(captions), "Asking captions with tiles")
            asked = np.stack([self._embeddings[each.text] for each in captions])
            own = self._ids[[each.right[0] for each in captions]]
            figures.append(figures_of_captions(among, own, asked))
        return figures

    def _embed_words(self) -> None:
        if not self._embedder.has_text:
            return
        asked = [*self._photos.captions, *(q for each in self._photos.sets for q in each.questions)]
        texts = list(dict.fromkeys(question.text for question in asked))
        for at in range(0, len(texts), TEXTS_AT_ONCE):
            self._job.report(at, len(texts), "Embedding questions")
            batch = texts[at : at + TEXTS_AT_ONCE]
            self._embeddings |= self._embed(batch)
        self._n_refused = len(texts) - len(self._embeddings)

    def _embed(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        """Those that the model understands: one that it refuses leaves the others."""
        try:
            return dict(zip(texts, self._embedder.embed_text(texts), strict=True))
        except QueryUnanswerable:
            found: dict[str, FloatArray] = {}
            for text in texts if len(texts) > 1 else ():
                found |= self._embed([text])
            return found

    def _captions(self) -> list[Question]:
        """Those that can be asked, of photos that can be searched."""
        return [
            each
            for each in self._photos.captions
            if self._ids[each.right[0]] and each.text in self._embeddings
        ]

    def _ranks(self, captions: Sequence[Question]) -> list[int]:
        ranks = []
        for at, caption in enumerate(captions):
            self._job.report(at, len(captions), "Asking captions")
            found = self._search(caption.text, self._all)
            own = self._ids[caption.right[0]]
            ranks.append(int(np.flatnonzero(found.photo_ids == own)[0]) + 1)
        return ranks

    def _answer_all(self, asked: QuestionSet) -> dict[Question, tuple[Answered, Answered]]:
        """The answers to each question as it is, and with its photos taken out."""
        answers = {}
        for at, question in enumerate(asked.questions):
            self._job.report(at, len(asked.questions), f"Asking {asked.name}")
            right = np.sort(self._ids[list(question.right)])
            right = right[right > 0]
            others = np.setdiff1d(self._all, right)
            if len(right) and len(others) and question.text in self._embeddings:
                present = self._answer(question, self._all, right)
                answers[question] = present, self._answer(question, others, right)
        return answers

    def _answer(self, question: Question, scope: IdArray, right: IdArray) -> Answered:
        found = self._search(question.text, scope)
        odds = self._calibrator.for_words(self._embeddings[question.text], found)
        return Answered.of(found, odds, right)

    def _search(self, text: str, scope: IdArray) -> Neighbours:
        return self._snapshot.search(self._embeddings[text], len(scope), scope)

    def _index(self) -> Snapshot:
        """Nothing is saved: what has been added stays in memory."""
        embedder = self._embedder
        index = Index(Path(), embedder.model_id, embedder.dim, kind="")
        index.add(self._ids[self._ids > 0], self._vectors)
        return index.snapshot

    def _classes(self) -> NDArray[np.str_]:
        return np.array(self._photos.classes)[self._ids > 0]

    def _zero_shot(self) -> float:
        """By the plain name of each class; photos of one whose name is not understood are wrong."""
        names, plain = [], []
        for question in self._plain():
            names.append(self._photos.classes[question.right[0]])
            plain.append(self._embeddings[question.text])
        if not plain:
            return 0.0
        scores = self._vectors @ np.stack(plain).T
        return float((np.array(names)[scores.argmax(axis=1)] == self._classes()).mean())

    def _plain(self) -> list[Question]:
        """The plain names of classes, as far as they can be asked."""
        plain = self._photos.sets[0].questions[::2]
        return [question for question in plain if question.text in self._embeddings]

    def _mark_all(self) -> list[list[tuple[float, float]]]:
        """What marks add to the plain name of each class."""
        rows = np.full(int(self._ids.max()) + 1, -1)
        rows[self._ids[self._ids > 0]] = np.arange(len(self._vectors))
        shares = []
        for question in self._plain():
            right = rows[self._ids[list(question.right)]]
            found = self._search(question.text, self._all)
            words = self._embeddings[question.text]
            odds = self._calibrator.for_words(words, found)
            known = replace(found, photo_ids=rows[found.photo_ids])
            shares.append(with_marks(words, self._vectors, right[right >= 0], known, odds))
        return shares

    def _similar(self) -> float | None:
        vectors, classes = self._vectors, self._classes()
        if len(vectors) <= SIMILAR_AT:
            return None
        shares = []
        for at, vector in enumerate(vectors):
            self._job.report(at, len(vectors), "Comparing photos")
            scores = vectors @ vector
            scores[at] = -np.inf
            nearest = np.argpartition(-scores, SIMILAR_AT)[:SIMILAR_AT]
            shares.append(float((classes[nearest] == classes[at]).mean()))
        return float(np.mean(shares))

    def _answer_likeness(self) -> list[tuple[Answered, Answered]]:
        """What resembles some photos, evenly out of all: as it is, and with those taken out that
        show the same."""
        positions = np.flatnonzero(self._ids > 0)
        answers = []
        for row in range(0, len(positions), max(1, len(positions) // N_LIKE)):
            self._job.report(row, len(positions), "Comparing photos")
            at = int(positions[row])
            right = np.sort(self._ids[self._photos.find_like(at)])
            right = right[right > 0]
            around = self._all[self._all != self._ids[at]]
            others = np.setdiff1d(around, right)
            if len(right) and len(others):
                present, absent = (
                    self._answer_vector(self._vectors[row], scope, right)
                    for scope in (around, others)
                )
                answers.append((present, absent))
        return answers

    def _answer_vector(self, vector: FloatArray, scope: IdArray, right: IdArray) -> Answered:
        found = self._snapshot.search(vector, len(scope), scope)
        return Answered.of(found, self._calibrator.for_likeness(vector, found), right)

    def _examples(self, answers: dict[Question, tuple[Answered, Answered]]) -> Sequence[Example]:
        """Some questions, evenly out of all."""
        chosen = list(answers)[:: max(1, len(answers) // N_EXAMPLES)][:N_EXAMPLES]
        examples = []
        for at, question in enumerate(chosen):
            self._job.report(at, len(chosen), "Gathering examples")
            right = self._ids[list(question.right)]
            others = np.setdiff1d(self._all, right)
            present, absent = answers[question]
            show = partial(self._show, question.text)
            examples.append(
                Example(
                    question.text,
                    len(right[right > 0]),
                    present.verdict.value,
                    show(self._all, present),
                    absent.verdict.value,
                    show(others, absent),
                )
            )
        return examples

    def _show(self, text: str, scope: IdArray, answered: Answered) -> tuple[ShownHit, ...]:
        ids = self._search(text, scope).photo_ids[:N_SHOWN].tolist()
        return tuple(
            ShownHit(self._picture(photo_id), band, probability, is_right)
            for photo_id, band, probability, is_right in zip(
                ids,
                answered.bands,
                answered.probabilities.tolist(),
                answered.is_right.tolist(),
                strict=False,
            )
        )

    def _picture(self, photo_id: int) -> str:
        return self._read.picture_of(int(np.flatnonzero(self._ids == photo_id)[0]), EXAMPLE_PX)
