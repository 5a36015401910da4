"""The one facade that both front ends use, and the few types they need."""

from desktop.catalog import Counts, Folder, Metadata, Photo, TakenFrom
from desktop.embedding import ModelInfo, device_name
from desktop.jobs import Job, Progress
from desktop.library.library import Library
from desktop.library.reports import (
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
from desktop.search import Band, Hit, Query, Results
from desktop.settings import Places, Settings, Theme

__all__ = [
    "Band",
    "Counts",
    "DoctorReport",
    "Event",
    "Failed",
    "Folder",
    "FoldersChanged",
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
    "Progress",
    "ProgressChanged",
    "Query",
    "Results",
    "Settings",
    "Status",
    "TakenFrom",
    "Theme",
    "device_name",
]
