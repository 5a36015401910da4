"""Nearest neighbours of embeddings. The only user of annoy."""

from desktop.index.index import Index, remove_others
from desktop.index.part import is_among
from desktop.index.rating import Rating, rate_first_answers
from desktop.index.snapshot import SAMPLE, Neighbours, Snapshot, Spread, best_of
from desktop.index.speed import EXACT_WITHIN_MS

__all__ = [
    "EXACT_WITHIN_MS",
    "SAMPLE",
    "Index",
    "Neighbours",
    "Rating",
    "Snapshot",
    "Spread",
    "best_of",
    "is_among",
    "rate_first_answers",
    "remove_others",
]
