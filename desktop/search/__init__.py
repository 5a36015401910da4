"""Query -> Results: engine and score calibration."""

from desktop.search.engine import Engine
from desktop.search.query import Band, Hit, Purpose, Query, Results

__all__ = ["Band", "Engine", "Hit", "Purpose", "Query", "Results"]
