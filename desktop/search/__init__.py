"""Query -> Results: engine and score calibration."""

from desktop.search.calibration import Calibrator, band_of, verdict_of
from desktop.search.engine import Engine
from desktop.search.query import Band, Hit, Purpose, Query, Results, Verdict

__all__ = [
    "Band",
    "Calibrator",
    "Engine",
    "Hit",
    "Purpose",
    "Query",
    "Results",
    "Verdict",
    "band_of",
    "verdict_of",
]
