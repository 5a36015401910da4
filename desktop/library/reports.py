"""What the library tells its front ends: events while it works, and answers to "how are you?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from itertools import chain
from pathlib import Path
from typing import Any

from desktop.catalog import Counts, Doubt, Folder, PassedOver, Reason
from desktop.embedding import ModelInfo
from desktop.errors import UserError
from desktop.jobs import Progress
from desktop.library.passed_over import together
from desktop.power import Restraint, WaitsFor
from desktop.search import Names, Purpose

# Events: frozen, published from worker threads to every listener.


@dataclass(frozen=True, slots=True)
class ProgressChanged:
    """How far indexing is.

    Attributes:
        progress: None when nothing is being done.
        paused: the person pressed pause.
        waits_because: why it waits by itself and goes on by itself, as a sentence; "" if it does
            not.
        restraint: what holds indexing back by itself, also while there is nothing to do.
    """

    progress: Progress | None
    paused: bool
    restraint: Restraint = Restraint.NONE
    waits_because: str = ""


class Change(Flag):
    """What has changed of photos, for those who show them.

    Members:
        THERE: which photos there are, or when they were taken: what lists and counts say.
        LOOKS: what is shown of a photo: its name, its picture, what is wrong with it.
        FOUND: what searches find.
        WAITING: how many wait for something to be made of them.
    """

    THERE = auto()
    LOOKS = auto()
    FOUND = auto()
    WAITING = auto()


ANY_CHANGE = Change.THERE | Change.LOOKS | Change.FOUND | Change.WAITING
MOST_IDS = 1_000


@dataclass(frozen=True, slots=True)
class PhotosChanged:
    """Photos were added, changed or removed; at most about one a second while indexing.

    Attributes:
        photo_ids: which ones; None for more than MOST_IDS, or where it is not known.
    """

    photo_ids: frozenset[int] | None = None
    what: Change = ANY_CHANGE

    def __or__(self, other: PhotosChanged) -> PhotosChanged:
        """Both changes as one."""
        photo_ids = None
        if self.photo_ids is not None and other.photo_ids is not None:
            together = self.photo_ids | other.photo_ids
            photo_ids = together if len(together) <= MOST_IDS else None
        return PhotosChanged(photo_ids, self.what | other.what)


@dataclass(frozen=True, slots=True)
class FoldersChanged:
    """A folder was added, removed, unplugged or has come back."""


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """Another model answers, or is on its way (see Status)."""


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """Another engine of the index answers, or is on its way (see Status)."""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """Settings that were changed elsewhere are in use now."""


@dataclass(frozen=True, slots=True)
class SavedChanged:
    """A search was saved, renamed, moved or forgotten, photos have taught something, or people say
    something else of photos."""


@dataclass(frozen=True, slots=True)
class MapChanged:
    """The map was drawn anew."""


@dataclass(frozen=True, slots=True)
class ThemesChanged:
    """Photos were grouped, or a person has changed a theme."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Background work stopped for a reason the person should read."""

    error: UserError


Event = (
    ProgressChanged
    | PhotosChanged
    | FoldersChanged
    | ModelChanged
    | EngineChanged
    | SettingsChanged
    | SavedChanged
    | MapChanged
    | ThemesChanged
    | Failed
)


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What `Library.index` did.

    Attributes:
        photos, problems: present now.
        waiting: present, and not searchable yet: they could not be reached, or changed meanwhile.
        passed_over: reason -> files and folders, of all watched folders.
        unmatched: the person's patterns that match no photo and no folder.
        embedded: by models.
        made: by other passes, by pass_id.
    """

    photos: int
    new: int
    changed: int
    renamed: int
    missing: int
    problems: int
    waiting: int
    embedded: int
    passed_over: dict[Reason, int]
    unmatched: tuple[str, ...]
    elapsed_s: float
    made: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was meant an answer has searched.

    Attributes:
        searched, total: photos.
        waiting: not read yet; unreadable: those with a problem. Together with searched they make
            the total, but for what changed meanwhile.
        missing: watched folders that are away, with all that is in them.
    """

    searched: int
    total: int
    waiting: int
    unreadable: int
    missing: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class PassStatus:
    """How far a pass is, such as the embedding by a model.

    Attributes:
        pass_id: name@version.
        waiting, failed: photos it has yet to do, and those it failed on.
        is_on: not switched off in the settings.
        waits_for: when it runs in the background.
    """

    name: str
    pass_id: str
    waiting: int
    failed: int
    is_on: bool
    waits_for: WaitsFor


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """A folder of a catalog that machines share.

    Attributes:
        known_as: its path in the catalog.
        here: where it is on this machine; None where that is not known.
    """

    folder_id: int
    known_as: str
    here: Path | None


@dataclass(frozen=True, slots=True)
class Status:
    """A glance at the library.

    Attributes:
        photos_by_folder: as many as the window lists of each, problems left out.
        model: the ModelInfo that answers words.
        likeness_model: the one that answers what resembles a photo; the same, as a rule.
        coming_model: the one that is being embedded and will answer next; None if none.
        passes: all of them; the model that answers first, then the coming one.
        engine: which answers, such as "faiss:flat"; coming_engine: which is being filled and
            answers next; None if none.
        previous_model: what `undo_model_change` would go back to; None if nothing.
        better_model: a model worth offering (clip while starter answers); None if none.
        device: where the model runs.
        doubts: folders of which so much was gone at once that the person is asked.
        passed_over: by folder_id, what the last scan passed over and why.
        unmatched: the person's patterns that match no photo and no folder, as far as is known.
        attributes: the names of what people say of photos, folded.
    """

    counts: Counts
    folders: tuple[Folder, ...]
    photos_by_folder: dict[int, int]
    model: ModelInfo
    likeness_model: ModelInfo
    coming_model: ModelInfo | None
    previous_model: ModelInfo | None
    better_model: ModelInfo | None
    device: str
    passes: tuple[PassStatus, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    passed_over: Mapping[int, tuple[PassedOver, ...]] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()
    attributes: Names = frozenset()
    engine: str = ""
    coming_engine: str | None = None

    def answered_by(self, model: ModelInfo) -> tuple[Purpose, ...]:
        """What this model answers now."""
        answering = {Purpose.WORDS: self.model, Purpose.LIKENESS: self.likeness_model}
        return tuple(
            purpose for purpose, known in answering.items() if known.model_id == model.model_id
        )

    @property
    def all_passed_over(self) -> list[PassedOver]:
        """Of all folders, by reason, the most first."""
        return together(chain.from_iterable(self.passed_over.values()))

    @property
    def coming_waiting(self) -> int:
        """Photos the coming model still lacks."""
        coming = self.coming_model and self.coming_model.model_id
        return sum(each.waiting for each in self.passes if each.pass_id == coming)

    @property
    def reads_anew(self) -> bool:
        """Whether the coming model is one that answers, as this version has it: photos that a
        version before has read are read again."""
        answering = {self.model.name: self.model, self.likeness_model.name: self.likeness_model}
        coming = self.coming_model
        before = answering.get(coming.name) if coming is not None else None
        return before is not None and coming is not None and before.model_id != coming.model_id

    @property
    def n_problems(self) -> int:
        """All that is listed: files that cannot be read, what passes failed on, and damaged
        photos."""
        n_unreadable = self.counts.problems - self.counts.failed
        n_failed = sum(each.failed for each in self.passes)
        return n_unreadable + n_failed + self.counts.damaged

    @property
    def others(self) -> tuple[PassStatus, ...]:
        """Passes besides those of models."""
        models = (self.model, self.likeness_model, self.coming_model)
        ids = {model.model_id for model in models if model is not None}
        return tuple(each for each in self.passes if each.pass_id not in ids)

    @property
    def others_waiting(self) -> tuple[PassStatus, ...]:
        """Passes besides those of models that are on and have photos to do."""
        return tuple(each for each in self.others if each.is_on and each.waiting)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What the doctor found.

    Attributes:
        healthy: no troubles.
        facts: JSON-ready, by topic, in reading order.
        troubles: a sentence each.
    """

    healthy: bool
    facts: dict[str, Any]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingChoice:
    """A setting as it is, as the measurement would have it, and why in a few words."""

    name: str
    now: int | bool | str
    chosen: int | bool | str
    why: str


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What `Library.bench` measured.

    Attributes:
        model_id, device, precision: what embedded.
        busy_share: of the processor, taken by other programs before it began.
        megapixels: of the photos drawn for it.
        read_per_s: photos hashed, decoded and given a thumbnail, by all decoding processes.
        embed_per_s: images through the model; embed_on_cpu_per_s: the same on the processor, None
            where that is the device.
        index_per_s: photos the whole way, catalog included, with everything running at once.
        compared_per_ms: embeddings that the exact search compares with a query.
        n_within_answer: how many photos it compares within answer_ms.
        saved_per_s: transactions in the data folder, of `batch` photos each.
        choices: the settings that follow.
    """

    model_id: str
    device: str
    precision: str
    n_cores: int
    busy_share: float
    megapixels: float
    read_per_s: float
    embed_per_s: float
    embed_on_cpu_per_s: float | None
    index_per_s: float
    compared_per_ms: float
    answer_ms: float
    n_within_answer: int
    saved_per_s: float
    batch: int
    choices: tuple[SettingChoice, ...]
    elapsed_s: float
