"""A folder that is added may be one that is watched already and was moved."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from desktop.catalog import Catalog, Folder
from desktop.ingest import holds, is_unplugged


def adopt(catalog: Catalog, path: Path) -> Folder | None:
    """The watched folder that stands at `path` now, with all its photos; None if there is none.

    A folder that may come back by itself, with its drive, keeps its place: what lies at `path` is
    a copy of it then.
    """
    for folder in catalog.list_folders():
        is_moved = not os.path.lexists(folder.path) and not is_unplugged(folder.path)
        if is_moved and holds(path, catalog.list_files(folder.folder_id)):
            catalog.move_folder(folder.folder_id, path)
            return dataclasses.replace(folder, path=path, missing_since=None)
    return None
