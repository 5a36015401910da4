"""Query -> Results: language of searches, engine and score calibration."""

from desktop.search.alike.look_alikes import (
    BURST_S,
    candidates,
    distances,
    look_alikes,
)
from desktop.search.alike.sameness import MOMENT, N_COMPARED, ClockTime, is_near, with_sameness
from desktop.search.alike.variety import spread_out
from desktop.search.calibration.calibration import Calibrator
from desktop.search.calibration.fitted import Fitted, fingerprint, hit_rows
from desktop.search.calibration.odds import Odds, verdict_of
from desktop.search.engine import Engine
from desktop.search.labels import N_NEAREST, Doubts, doubts, group_by_likeness
from desktop.search.language.attribute_values import number_of
from desktop.search.language.conditions import (
    CHOICES,
    Fault,
    SpokenDate,
    check,
    faults,
    spoken_dates,
    whole_paths,
)
from desktop.search.language.parsing import (
    KEYS,
    Clause,
    Condition,
    Means,
    Names,
    Part,
    Sentence,
    parse,
)
from desktop.search.marks import probe
from desktop.search.query import (
    Band,
    ClauseScore,
    Examples,
    Hit,
    Purpose,
    Query,
    Results,
    Sameness,
    Verdict,
)
from desktop.search.tiles import Tiled

__all__ = [
    "BURST_S",
    "CHOICES",
    "KEYS",
    "MOMENT",
    "N_COMPARED",
    "N_NEAREST",
    "Band",
    "Calibrator",
    "Clause",
    "ClauseScore",
    "ClockTime",
    "Condition",
    "Doubts",
    "Engine",
    "Examples",
    "Fault",
    "Fitted",
    "Hit",
    "Means",
    "Names",
    "Odds",
    "Part",
    "Purpose",
    "Query",
    "Results",
    "Sameness",
    "Sentence",
    "SpokenDate",
    "Tiled",
    "Verdict",
    "candidates",
    "check",
    "distances",
    "doubts",
    "faults",
    "fingerprint",
    "group_by_likeness",
    "hit_rows",
    "is_near",
    "look_alikes",
    "number_of",
    "parse",
    "probe",
    "spoken_dates",
    "spread_out",
    "verdict_of",
    "whole_paths",
    "with_sameness",
]
