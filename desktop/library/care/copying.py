"""Copying a library's catalog to another place: into a file, or to a server."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import compress
from operator import not_
from pathlib import Path

from desktop import catalog
from desktop.catalog import Mounts
from desktop.errors import UserError
from desktop.jobs import Job
from desktop.library.care.damage import remove_index
from desktop.library.care.process_lock import holding, process_lock
from desktop.settings import Places, Settings, catalog_place, load_settings
from desktop.settings_in_use import save_settings

IS_FILE = ".sqlite"
"""The ending of a path that names a catalog's file; any other names a data folder."""


@dataclass(frozen=True, slots=True)
class CatalogCopied:
    """What became of the copying.

    Attributes:
        place: of the copy: the path of a file, or a URL.
        data_folder: whose catalog the copy is now; None for a URL, or another file.
        unknown_folders: those that this machine does not have, or cannot note that it has.
        has_changed: something was written while it was copied, and is not in the copy.
    """

    place: Path | str
    data_folder: Path | None
    n_photos: int
    n_rows: int
    n_texts_altered: int
    unknown_folders: tuple[Path, ...]
    has_changed: bool


def copy_library(places: Places, to: Path | str, job: Job) -> CatalogCopied:
    """Copy the catalog of the library at `places` to a file, a data folder or the URL of a
    PostgreSQL database: see `copy_rows`. It stays as it is; the folders that a shared copy has from
    here are noted in the settings. Any thread.

    Raises Cancelled, LibraryBusy where somebody indexes in that data folder, or another UserError;
    nothing is copied then.
    """
    settings = load_settings(places.settings_path)
    source = catalog_place(places, settings)
    mounts = Mounts(settings.mounts)
    target = to if isinstance(to, str) else _file_at(to)
    if target == source:
        raise UserError("That is where the catalog is already.", "Choose another place.")
    with _ready(target, places) as settle:
        copied = catalog.copy_catalog(source, target, mounts, job, settle)
    is_here = [isinstance(source, Path) or mounts.has(each) for each in copied.folders]
    unknown = list(compress(copied.folders, map(not_, is_here)))
    if isinstance(target, str):
        unknown += _note_mounts(places, settings, mounts, compress(copied.folders, is_here))
    return CatalogCopied(
        place=target,
        data_folder=None if isinstance(target, str) else _data_folder(target),
        n_photos=copied.n_photos,
        n_rows=copied.n_rows,
        n_texts_altered=copied.n_texts_altered,
        unknown_folders=tuple(unknown),
        has_changed=copied.has_changed,
    )


def _file_at(path: Path) -> Path:
    path = Path(os.path.abspath(path.expanduser()))
    if path.suffix == IS_FILE and not path.is_dir():
        return path
    return path / Places.under(path).catalog_path.name


def _data_folder(target: Path) -> Path | None:
    is_catalog = target == Places.under(target.parent).catalog_path
    return target.parent if is_catalog else None


@contextmanager
def _ready(target: Path | str, places: Places) -> Iterator[Callable[[], None]]:
    """The folder of a file is made, and nobody indexes there. Gives what must be done right before
    the copy counts: an index that is left there, which knew other photos by their ids, goes."""
    if isinstance(target, str):
        yield lambda: None
        return
    with _made(target):
        if _data_folder(target) is None:
            yield lambda: None
            return
        owner = _owner(target, places)
        with holding(process_lock(owner)):
            yield lambda: remove_index(owner)


@contextmanager
def _made(target: Path) -> Iterator[None]:
    """The folder of a file; one that is made for it goes again where nothing comes into it."""
    folder = target.parent
    is_new = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Choose another one."
        ) from error
    try:
        yield
    finally:
        if is_new and not target.exists():
            with suppress(OSError):
                for lock in folder.glob("*.lock"):
                    lock.unlink()
                folder.rmdir()


def _owner(target: Path, places: Places) -> Places:
    """The places of a data folder by its catalog."""
    known = (places, Places.of_platform())
    found = (each for each in known if each.catalog_path == target)
    return next(found, None) or Places.under(target.parent)


def _note_mounts(
    places: Places, settings: Settings, mounts: Mounts, folders: Iterable[Path]
) -> list[Path]:
    """Note in the settings that the folders are here; those whose paths they cannot hold."""
    unknown = []
    for folder in folders:
        try:
            str(folder).encode()
        except UnicodeEncodeError:
            unknown.append(folder)
        else:
            mounts.put(mounts.shared(str(folder)), str(folder))
    noted = dataclasses.replace(settings, mounts=mounts.places)
    save_settings(places.settings_path, noted, settings)
    return unknown
