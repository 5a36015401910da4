"""Nearest neighbours of embeddings. The only user of annoy."""

from desktop.index.index import Index
from desktop.index.rating import Rating, rate
from desktop.index.snapshot import Neighbours, Snapshot, Spread

__all__ = ["Index", "Neighbours", "Rating", "Snapshot", "Spread", "rate"]
