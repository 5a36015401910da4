"""The SQLite catalog: what is known about photos, and their embeddings.

The only user of SQLAlchemy and Alembic.
"""

from desktop.catalog.backups import Backup, Backups, find_damage
from desktop.catalog.catalog import Catalog
from desktop.catalog.doubts import is_doubtful
from desktop.catalog.listings import IN_QUESTION
from desktop.catalog.opening import is_lost
from desktop.catalog.records import (
    Counts,
    Doubt,
    FileStat,
    Folder,
    Ingested,
    KnownFile,
    Metadata,
    Photo,
    TakenFrom,
)
from desktop.catalog.restoring import restore

__all__ = [
    "IN_QUESTION",
    "Backup",
    "Backups",
    "Catalog",
    "Counts",
    "Doubt",
    "FileStat",
    "Folder",
    "Ingested",
    "KnownFile",
    "Metadata",
    "Photo",
    "TakenFrom",
    "find_damage",
    "is_doubtful",
    "is_lost",
    "restore",
]
