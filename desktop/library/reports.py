"""What the library tells its front ends: events while it works, and answers to "how are you?"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop.catalog import Counts, Folder
from desktop.embedding import ModelInfo
from desktop.errors import UserError
from desktop.jobs import Progress
from desktop.power import Restraint

# Events: frozen, published from worker threads to every listener.


@dataclass(frozen=True, slots=True)
class ProgressChanged:
    """progress: None when nothing is being done; paused: the person pressed pause; restraint: what
    holds indexing back by itself, also while there is nothing to do."""

    progress: Progress | None
    paused: bool
    restraint: Restraint = Restraint.NONE


@dataclass(frozen=True, slots=True)
class PhotosChanged:
    """Photos were added, changed or removed; at most about one a second while indexing."""


@dataclass(frozen=True, slots=True)
class FoldersChanged:
    """A folder was added, removed, unplugged or has come back."""


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """Another model answers, or is on its way (see Status)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Background work stopped for a reason the person should read."""

    error: UserError


Event = ProgressChanged | PhotosChanged | FoldersChanged | ModelChanged | Failed


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What `Library.index` did. photos: present now; problems: present photos with a problem."""

    photos: int
    new: int
    changed: int
    renamed: int
    missing: int
    problems: int
    embedded: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Status:
    """A glance at the library.

    Attributes:
        model: the ModelInfo that answers searches.
        coming_model: the one that is being embedded and will answer next; None if none.
        coming_waiting: photos the coming model still lacks.
        previous_model: what `undo_model_change` would go back to; None if nothing.
        better_model: a model worth offering (clip while starter answers); None if none.
        device: where the model runs.
    """

    counts: Counts
    folders: tuple[Folder, ...]
    photos_by_folder: dict[int, int]
    model: ModelInfo
    coming_model: ModelInfo | None
    coming_waiting: int
    previous_model: ModelInfo | None
    better_model: ModelInfo | None
    device: str


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
