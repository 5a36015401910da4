"""The one facade that both front ends use, and the few types they need."""

from desktop.catalog import Backup, Counts, Doubt, Folder, Metadata, Photo, TakenFrom
from desktop.embedding import ModelInfo, device_name
from desktop.jobs import Job, Progress
from desktop.library.bench import Effort
from desktop.library.forgetting import Forgotten, forget_everything
from desktop.library.library import Library
from desktop.library.reports import (
    BenchReport,
    DoctorReport,
    Event,
    Failed,
    FoldersChanged,
    IndexSummary,
    ModelChanged,
    PhotosChanged,
    ProgressChanged,
    Status,
)
from desktop.library.restoring import find_backup, is_sound, restore
from desktop.power import IDLE_AFTER_S, Power, Restraint
from desktop.search import Band, Hit, Query, Results
from desktop.settings import Places, Settings, Theme

__all__ = [
    "IDLE_AFTER_S",
    "Backup",
    "Band",
    "BenchReport",
    "Counts",
    "DoctorReport",
    "Doubt",
    "Effort",
    "Event",
    "Failed",
    "Folder",
    "FoldersChanged",
    "Forgotten",
    "Hit",
    "IndexSummary",
    "Job",
    "Library",
    "Metadata",
    "ModelChanged",
    "ModelInfo",
    "Photo",
    "PhotosChanged",
    "Places",
    "Power",
    "Progress",
    "ProgressChanged",
    "Query",
    "Restraint",
    "Results",
    "Settings",
    "Status",
    "TakenFrom",
    "Theme",
    "device_name",
    "find_backup",
    "forget_everything",
    "is_sound",
    "restore",
]
