"""Notes of what was measured on this computer: small files of JSON, which may be deleted."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_notes(path: Path) -> dict[str, Any]:
    """What was noted there; {} where nothing whole is."""
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def write_notes(path: Path, notes: Mapping[str, object]) -> None:
    """In one go, whoever else does it meanwhile. What cannot be written is not."""
    coming = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        coming.write_text(json.dumps(notes), encoding="utf-8")
        os.replace(coming, path)
    except OSError:
        coming.unlink(missing_ok=True)
