"""The approximate part of an index: finds most of the nearest rows without comparing them all."""

from desktop.index.approximate.building import LABEL, build_apart
from desktop.index.approximate.kinds import (
    ANNOY,
    FAISS,
    KINDS,
    Approximate,
    ApproximateKind,
    Build,
    find_kind,
)

__all__ = [
    "ANNOY",
    "FAISS",
    "KINDS",
    "LABEL",
    "Approximate",
    "ApproximateKind",
    "Build",
    "build_apart",
    "find_kind",
]
