"""Files to photos: rules, scan, watcher, passes, pipeline. The only user of watchdog."""

from desktop.ingest.contents import WantedContents
from desktop.ingest.identity import as_listed, identity, is_shut_away, path_within, whole_path
from desktop.ingest.ingest import Ingest, ScanTally
from desktop.ingest.passes import (
    PARTS,
    PASSES,
    EmbeddingPass,
    Material,
    OnEmbedded,
    Pass,
    TilesPass,
    sides_for,
)
from desktop.ingest.patience import Drives, NoAnswer
from desktop.ingest.pipeline import BATCH, Tally
from desktop.ingest.reading import hash_content
from desktop.ingest.rules import Rules, is_library
from desktop.ingest.scan import N_SAMPLE, holds, is_unplugged
from desktop.ingest.watcher import Watcher

__all__ = [
    "BATCH",
    "N_SAMPLE",
    "PARTS",
    "PASSES",
    "Drives",
    "EmbeddingPass",
    "Ingest",
    "Material",
    "NoAnswer",
    "OnEmbedded",
    "Pass",
    "Rules",
    "ScanTally",
    "Tally",
    "TilesPass",
    "WantedContents",
    "Watcher",
    "as_listed",
    "hash_content",
    "holds",
    "identity",
    "is_library",
    "is_shut_away",
    "is_unplugged",
    "path_within",
    "sides_for",
    "whole_path",
]
