"""Engines: which engines of the index there are, which one answers, and whether it is whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from desktop.catalog import Catalog
from desktop.errors import EngineUnavailable
from desktop.index import (
    ENGINES,
    EngineChoice,
    EngineRow,
    Rating,
    VectorIndex,
    rate_first_answers,
    time_exact_answers,
)
from desktop.library.answering.spaces import Spaces
from desktop.library.indexing.indexing import Indexing
from desktop.library.reports import EngineChanged, Event
from desktop.settings_in_use import SettingsInUse

LITTLE_RECALL = 0.3
"""First answers that have less of the nearest photos are worth a sentence."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """An engine, as it is listed.

    Attributes:
        name: as it is typed.
        title: as it calls itself.
        needs_uri: whether it has no place of its own, so that an address is needed.
        missing: what to do where it is not at hand, in sentences; "" where it is.
        chosen: as it is in use or coming, with its options; "" where it is neither.
        uri: where that one is; "" for the usual place.
        extra: what `pip install likeness[...]` needs for it; "" for nothing.
    """

    name: str
    title: str
    description: str
    options: tuple[str, ...]
    takes_uri: bool
    needs_uri: bool
    extra: str
    is_at_hand: bool
    missing: str
    answers: bool
    is_coming: bool
    chosen: str
    uri: str


@dataclass(frozen=True, slots=True)
class EngineCheck:
    """How the engine holds the embeddings of one model that answers.

    Attributes:
        in_catalog: photos that have an embedding.
        found: photos that are found now.
        held: of these, photos that the engine holds where it outlasts the program.
        revision: all that the catalog had at this revision is held.
        behind: embeddings that were written to the catalog since.
        recall: the share of the exact answer's photos that first answers have; None where every
            answer is exact.
        first_ms, exact_ms: what each takes, the median; None where there is none.
        troubles: a sentence for each thing that is wrong.
    """

    model: str
    engine: str
    in_catalog: int
    found: int
    held: int
    revision: int
    behind: int
    recall: float | None
    first_ms: float | None
    exact_ms: float | None
    troubles: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every photo is found that has an embedding."""
        return self.found == self.in_catalog


class Engines:
    """Lists engines, chooses one and checks it. Not on Qt's main thread: it reads the disk and the
    catalog, and may ask other programs."""

    def __init__(
        self,
        catalog: Catalog,
        spaces: Spaces,
        settings: SettingsInUse,
        indexing: Indexing,
        publish: Callable[[Event], None],
    ) -> None:
        self._catalog = catalog
        self._spaces = spaces
        self._settings = settings
        self._indexing = indexing
        self._publish = publish

    @property
    def answering(self) -> str:
        """As it stands in the settings, such as "faiss:hnsw"."""
        return str(self._spaces.engines.answering)

    @property
    def coming(self) -> str | None:
        """The engine that answers next; None where no change is on its way."""
        coming = self._spaces.engines.coming
        return str(coming) if coming is not None else None

    @property
    def notice(self) -> str:
        """Why another engine answers than the one that should, in sentences; "" where it does, or
        comes."""
        error = self._spaces.engines.notice
        return f"{error.message} {error.hint}".strip() if error is not None else ""

    def list_all(self) -> list[EngineInfo]:
        answering, coming = self._spaces.engines.answering, self._spaces.engines.coming

        def info_of(name: str) -> EngineInfo:
            row = ENGINES[name]
            used = [each for each in (answering, coming) if each and each.name == name]
            return EngineInfo(
                name=name,
                title=row.title,
                description=row.description,
                options=row.options,
                takes_uri=row.takes_uri,
                needs_uri=row.needs_uri,
                extra=row.extra,
                is_at_hand=row.is_at_hand,
                missing=_missing(row),
                answers=answering.name == name,
                is_coming=coming is not None and coming.name == name,
                chosen=str(used[-1]) if used else "",
                uri=used[-1].uri if used else "",
            )

        return [info_of(name) for name in ENGINES]

    def use(self, text: str, uri: str = "") -> None:
        """Let this engine answer, such as "faiss:ivf,int8", as soon as it holds every photo: the
        next indexing sees to that. Choosing the one that answers takes a change back that is on its
        way. Raises EngineUnavailable or SettingsUnusable, and then nothing has changed."""
        choice = chosen(text, uri)
        before = self._settings()
        self._settings.change(
            dataclasses.replace(before, engine=str(choice), engine_uri=choice.uri)
        )
        self._indexing.follow(before)
        self._publish(EngineChanged())

    def take_back(self) -> None:
        """Stay with the engine that answers, where another is on its way. Raises
        SettingsUnusable."""
        before, answering = self._settings(), self._spaces.engines.answering
        self._settings.change(
            dataclasses.replace(before, engine=str(answering), engine_uri=answering.uri)
        )
        self._indexing.follow(before)
        self._publish(EngineChanged())

    def check(self) -> list[EngineCheck]:
        """Ask the engine what it holds, and try how good its first answers are, for each model that
        answers. Seconds for a million photos."""
        return [
            self._check(space.embedder.model_id, space.index) for space in self._spaces.take_all()
        ]

    def _check(self, model_id: str, index: VectorIndex) -> EngineCheck:
        index.measure()
        snapshot, held = index.snapshot, index.held()
        rating = rate_first_answers(snapshot)
        exact_ms = rating.exact_ms if rating is not None else time_exact_answers(snapshot)
        in_catalog = len(self._catalog.made.list_ids(model_id))
        troubles = [held.trouble] if held.trouble else []
        troubles += [self.notice] if self.notice else []
        troubles += _troubles_of(index, held.count, in_catalog, rating)
        return EngineCheck(
            model=model_id,
            engine=self.answering,
            in_catalog=in_catalog,
            found=snapshot.n_items,
            held=held.count,
            revision=held.revision,
            behind=len(self._catalog.made.list_ids(model_id, held.revision)),
            recall=rating.recall if rating is not None else None,
            first_ms=rating.first_ms if rating is not None else None,
            exact_ms=exact_ms,
            troubles=tuple(troubles),
        )


def _missing(row: EngineRow) -> str:
    try:
        row.expect_at_hand()
    except EngineUnavailable as error:
        return f"{error.message} {error.hint}"
    return ""


def chosen(text: str, uri: str = "") -> EngineChoice:
    """The choice that this means. Raises EngineUnavailable where it cannot work: unknown, not
    installed, or its program is away."""
    choice = EngineChoice.parse(text, uri)
    choice.row.expect_at_hand()
    choice.row.expect(choice)
    return choice


def _troubles_of(
    index: VectorIndex, n_held: int, in_catalog: int, rating: Rating | None
) -> list[str]:
    troubles = []
    n_found = index.snapshot.n_items
    if n_found != in_catalog:
        troubles.append(
            f"{n_found:,} photos are found, and {in_catalog:,} have an embedding; the next start "
            "makes that good."
        )
    if index.needs_rebuild and n_held == in_catalog:
        troubles.append(
            "Some of what makes answers quick is lacking; `likeness index` makes it, as the window "
            "does by itself."
        )
    elif index.needs_rebuild:
        troubles.append(
            f"It holds {n_held:,} of {in_catalog:,} photos as it should; the others are compared "
            "one by one until `likeness index` has built it again."
        )
    if rating is not None and rating.recall < LITTLE_RECALL:
        troubles.append(
            f"First answers have only {100 * rating.recall:.0f} % of the nearest photos; the exact "
            "ones follow them, later."
        )
    return troubles
