"""Labels beside likeness: which seem wrong, and which mistakes belong together."""

from desktop.search.labels.groups import group_by_likeness
from desktop.search.labels.suspects import N_NEAREST, Doubts, doubts

__all__ = ["N_NEAREST", "Doubts", "doubts", "group_by_likeness"]
