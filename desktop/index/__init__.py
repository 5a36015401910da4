"""Nearest neighbours of embeddings, by any of several engines. The only user of their libraries."""

from desktop.index.engines import ENGINES, EXACT, EngineChoice, EngineRow, make_index
from desktop.index.facts import KIND, Facts, Where
from desktop.index.local.index import Index, remove_kept, remove_others
from desktop.index.local.snapshot import Snapshot
from desktop.index.neighbours import SAMPLE, Neighbours, Spread, best_of
from desktop.index.part import is_among
from desktop.index.rating import Rating, rate_first_answers, time_exact_answers
from desktop.index.scores import ENOUGH, ScoreRange, Scores, SegmentScores
from desktop.index.seam import CatalogVectors, Held, VectorIndex, VectorSnapshot
from desktop.index.speed import EXACT_WITHIN_MS
from desktop.index.stores.store import StoreFull
from desktop.index.tables.places import TablePlace, find_place, parse_place

__all__ = [
    "ENGINES",
    "ENOUGH",
    "EXACT",
    "EXACT_WITHIN_MS",
    "KIND",
    "SAMPLE",
    "CatalogVectors",
    "EngineChoice",
    "EngineRow",
    "Facts",
    "Held",
    "Index",
    "Neighbours",
    "Rating",
    "ScoreRange",
    "Scores",
    "SegmentScores",
    "Snapshot",
    "Spread",
    "StoreFull",
    "TablePlace",
    "VectorIndex",
    "VectorSnapshot",
    "Where",
    "best_of",
    "find_place",
    "is_among",
    "make_index",
    "parse_place",
    "rate_first_answers",
    "remove_kept",
    "remove_others",
    "time_exact_answers",
]
