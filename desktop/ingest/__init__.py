"""How files become searchable: rules, scan, watcher, pipeline. The only user of watchdog."""

from desktop.ingest.ingest import Ingest, ScanTally
from desktop.ingest.patience import Drives
from desktop.ingest.pipeline import BATCH, Tally
from desktop.ingest.reading import hash_content
from desktop.ingest.rules import Rules
from desktop.ingest.scan import holds, is_unplugged
from desktop.ingest.watcher import Watcher

__all__ = [
    "BATCH",
    "Drives",
    "Ingest",
    "Rules",
    "ScanTally",
    "Tally",
    "Watcher",
    "hash_content",
    "holds",
    "is_unplugged",
]
