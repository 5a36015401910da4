"""Names of tables: one for each library and model, so that libraries can share a server."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path

_FILE = "library-id"
_READABLE = 24


def table_name(folder: Path, model_id: str) -> str:
    """Of letters, digits and underscores, 54 at most: PostgreSQL takes 63. folder: that of all
    indexes of a library."""
    readable = re.sub(r"[^a-z0-9]+", "_", model_id.lower()).strip("_")[:_READABLE]
    model = hashlib.blake2b(model_id.encode(), digest_size=4).hexdigest()
    return f"{prefix_of(folder)}{model}_{readable}".rstrip("_")


def prefix_of(folder: Path) -> str:
    """With what the names of all tables of a library begin."""
    return f"likeness_{_library_id(folder)}_"


def _library_id(folder: Path) -> str:
    """Made at first use, and kept beside the indexes."""
    path = folder / _FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(4))
    except FileExistsError:
        pass
    return re.sub(r"[^0-9a-f]", "", path.read_text("ascii"))[:8]
