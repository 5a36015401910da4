"""Query -> Results: language of searches, engine and score calibration."""

from desktop.search.calibration import Calibrator
from desktop.search.conditions import CHOICES, Fault, check, faults
from desktop.search.engine import Engine
from desktop.search.fitted import Fitted, evidence, fingerprint
from desktop.search.language import KEYS, Clause, Condition, Means, Part, Sentence, parse
from desktop.search.odds import Odds, verdict_of
from desktop.search.query import Band, ClauseScore, Examples, Hit, Purpose, Query, Results, Verdict

__all__ = [
    "CHOICES",
    "KEYS",
    "Band",
    "Calibrator",
    "Clause",
    "ClauseScore",
    "Condition",
    "Engine",
    "Examples",
    "Fault",
    "Fitted",
    "Hit",
    "Means",
    "Odds",
    "Part",
    "Purpose",
    "Query",
    "Results",
    "Sentence",
    "Verdict",
    "check",
    "evidence",
    "faults",
    "fingerprint",
    "parse",
    "verdict_of",
]
