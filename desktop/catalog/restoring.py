"""Putting a backup, or a new catalog, in the place of a damaged one, which is kept."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import time
from pathlib import Path

from desktop.catalog.catalog import Catalog
from desktop.catalog.databases.sqlite.backups import Backup, find_damage, read_noted_folders
from desktop.catalog.databases.sqlite.faults import damage_mark, faults_explained, unusable
from desktop.catalog.databases.sqlite.opening import alone
from desktop.errors import UserError

log = logging.getLogger(__name__)

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a catalog. It goes first: beside another catalog its pages would be
taken for that one's own."""


def replace_catalog(path: Path, backup: Backup | None) -> Path | None:
    """Set the damaged catalog aside and put `backup` in its place; where it is now, None if there
    was none.

    Without a backup a new catalog is made, which watches the same folders: see
    `note_folders`. An interruption leaves the damaged catalog or the one that was put in
    its place. The caller makes sure that nobody indexes. Raises UserError.
    """
    with alone(path), faults_explained(path):
        folders = _salvage_folders(path) if backup is None else []
        try:
            replacement = _copy_beside(backup, path) if backup is not None else None
            aside = _set_aside(path)
            if replacement is not None:
                os.replace(replacement, path)
            damage_mark(path).unlink(missing_ok=True)
        except OSError as error:
            raise unusable(path, error) from error
    catalog = Catalog.open(path, begin_anew=True)
    for folder in folders:
        catalog.folders.add(folder)
    catalog.close()
    if aside is not None:
        log.warning("the damaged catalog is kept as %s", aside.name)
    return aside


def _copy_beside(backup: Backup, path: Path) -> Path:
    copied = path.with_name(path.name + ".restored")
    shutil.copyfile(backup.path, copied)
    with copied.open("rb+") as file:
        os.fsync(file.fileno())
    if found := find_damage(copied):
        copied.unlink()
        raise UserError(
            f"The backup {backup.path} could not be copied: {found}.",
            "Check the disk; then try again.",
        )
    return copied


def _set_aside(path: Path) -> Path | None:
    when = time.strftime("%Y%m%d-%H%M%S")
    aside, number = path.with_name(f"{path.stem}-damaged-{when}{path.suffix}"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}-damaged-{when}-{number}{path.suffix}")
    for ending in (*_BESIDE, ""):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{ending}", f"{aside}{ending}")
    return aside if aside.exists() else None


def _salvage_folders(path: Path) -> list[Path]:
    """The watched folders as the damaged catalog has them, or else as they were noted last."""
    folders = _read_folders(path)
    if folders is None:
        folders = read_noted_folders(path)
    return [folder for folder in folders if folder.is_absolute()]


def _read_folders(path: Path) -> list[Path] | None:
    """None where they cannot all be read."""
    if not path.exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(path)) as catalog:
            names = catalog.execute("SELECT path FROM folder ORDER BY folder_id").fetchall()
            return [Path(os.fsdecode(name)) for (name,) in names]
    except (sqlite3.Error, TypeError) as error:
        log.warning("the folders in the damaged catalog cannot be read: %s", error)
        return None
