"""The SQLite catalog: what is known about photos, and what passes made of them.

The only user of SQLAlchemy and Alembic.
"""

from desktop.catalog.backups import Backup, Backups, find_damage
from desktop.catalog.catalog import Catalog, Photos
from desktop.catalog.filters import (
    LISTED,
    SEARCHED,
    And,
    Away,
    Damaged,
    Filter,
    HasProblem,
    InFolder,
    Kind,
    Missing,
    Not,
    Or,
    Readable,
    Taken,
)
from desktop.catalog.folders import is_doubtful
from desktop.catalog.listings import IN_QUESTION
from desktop.catalog.opening import is_lost
from desktop.catalog.records import (
    N_EXAMPLES,
    Counts,
    Doubt,
    Failure,
    FileStat,
    Folder,
    Ingested,
    KnownFile,
    Metadata,
    Month,
    PassedOver,
    Photo,
    PhotosByDate,
    Problem,
    Reason,
    Revisions,
    Subject,
    Value,
)
from desktop.catalog.restoring import replace_catalog
from desktop.dates import TakenFrom

__all__ = [
    "IN_QUESTION",
    "LISTED",
    "N_EXAMPLES",
    "SEARCHED",
    "And",
    "Away",
    "Backup",
    "Backups",
    "Catalog",
    "Counts",
    "Damaged",
    "Doubt",
    "Failure",
    "FileStat",
    "Filter",
    "Folder",
    "HasProblem",
    "InFolder",
    "Ingested",
    "Kind",
    "KnownFile",
    "Metadata",
    "Missing",
    "Month",
    "Not",
    "Or",
    "PassedOver",
    "Photo",
    "Photos",
    "PhotosByDate",
    "Problem",
    "Readable",
    "Reason",
    "Revisions",
    "Subject",
    "Taken",
    "TakenFrom",
    "Value",
    "find_damage",
    "is_doubtful",
    "is_lost",
    "replace_catalog",
]
