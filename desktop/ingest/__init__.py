"""How files become searchable: rules, scan, watcher, pipeline. The only user of watchdog."""

from desktop.ingest.ingest import Ingest, ScanTally
from desktop.ingest.pipeline import Tally
from desktop.ingest.rules import Rules
from desktop.ingest.scan import is_away
from desktop.ingest.watcher import Watcher

__all__ = ["Ingest", "Rules", "ScanTally", "Tally", "Watcher", "is_away"]
