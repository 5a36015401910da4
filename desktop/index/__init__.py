"""Nearest neighbours of embeddings. The only user of annoy."""

from desktop.index.index import Index
from desktop.index.snapshot import Neighbours, Snapshot

__all__ = ["Index", "Neighbours", "Snapshot"]
