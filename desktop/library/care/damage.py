"""What is done about a damaged or lost catalog, before a library can be opened."""

from __future__ import annotations

import shutil
from pathlib import Path

from desktop import catalog
from desktop.catalog import Backup, Backups
from desktop.errors import CatalogDamaged, UserError
from desktop.library.care.process_lock import holding, process_lock
from desktop.settings import Places, catalog_place, load_settings


def is_sound(places: Places) -> bool:
    """Whether the catalog passes SQLite's full check, or was never there. Seconds."""
    path = places.catalog_path
    try:
        if catalog.is_lost(path):
            return False
    except CatalogDamaged:
        return False
    return not path.exists() or catalog.find_damage(path, is_live=True) is None


def refuse_remote(places: Places) -> None:
    """Raises UserError where the catalog is on a server."""
    if isinstance(catalog_place(places, load_settings(places.settings_path)), str):
        raise UserError(
            "The catalog is in a database on a server, and Likeness keeps no backups of it.",
            "Let whoever keeps the server restore it.",
        )


def find_backup(places: Places) -> Backup | None:
    """The newest backup that is whole. Seconds for a large one."""
    return Backups(places.catalog_path).find_newest_good()


def restore(places: Places, backup: Backup | None) -> Path | None:
    """Put a backup, or without one a new catalog, in the place of the damaged one; where that is
    kept from now on, None if there was none.

    What changed since is found by the next scan. Seconds. Raises LibraryBusy or another UserError.
    """
    with holding(process_lock(places)):
        # It knows photos by ids that the older catalog may give to others. It is made again.
        remove_index(places)
        return catalog.replace_catalog(places.catalog_path, backup)


def remove_index(places: Places) -> None:
    """Raises UserError."""
    try:
        shutil.rmtree(places.index_path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UserError(
            f"The index in {places.index_path} cannot be removed: {error.strerror}.",
            "Close other programs that use it and try again.",
        ) from error
