"""The SQLite catalog: what is known about photos, and their embeddings.

The only user of SQLAlchemy and Alembic.
"""

from desktop.catalog.catalog import Catalog
from desktop.catalog.records import (
    Counts,
    FileStat,
    Folder,
    Ingested,
    KnownFile,
    Metadata,
    Photo,
    TakenFrom,
)

__all__ = [
    "Catalog",
    "Counts",
    "FileStat",
    "Folder",
    "Ingested",
    "KnownFile",
    "Metadata",
    "Photo",
    "TakenFrom",
]
