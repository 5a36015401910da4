"""The tables, as typed SQLAlchemy models. The migrations build the same, as a test shows."""

from desktop.catalog.schema.base import Base, FileName, SharedPath, range_beneath, wall_clock_s
from desktop.catalog.schema.made import FailureRow, MadeRow, PassRow
from desktop.catalog.schema.people import (
    AttributeRow,
    AttributeValueRow,
    ConceptRow,
    ExampleRow,
    SavedMarkRow,
    SavedSearchRow,
    ThemePhotoRow,
    ThemeRow,
    ThemeRunRow,
)
from desktop.catalog.schema.photos import (
    HAS_OLD_FACTS,
    HAS_PROBLEM,
    IS_DAMAGED,
    IS_GONE,
    IS_READABLE,
    IS_SKIPPED,
    FolderRow,
    ListingRow,
    PassedOverRow,
    PhotoRow,
    StateRow,
)

__all__ = [
    "HAS_OLD_FACTS",
    "HAS_PROBLEM",
    "IS_DAMAGED",
    "IS_GONE",
    "IS_READABLE",
    "IS_SKIPPED",
    "AttributeRow",
    "AttributeValueRow",
    "Base",
    "ConceptRow",
    "ExampleRow",
    "FailureRow",
    "FileName",
    "FolderRow",
    "ListingRow",
    "MadeRow",
    "PassRow",
    "PassedOverRow",
    "PhotoRow",
    "SavedMarkRow",
    "SavedSearchRow",
    "SharedPath",
    "StateRow",
    "ThemePhotoRow",
    "ThemeRow",
    "ThemeRunRow",
    "range_beneath",
    "wall_clock_s",
]
