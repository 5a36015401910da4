"""Adding a folder: what may be watched, and whether it is watched already under some name."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from desktop.catalog import Catalog, Folder, Photo
from desktop.errors import FolderUnusable
from desktop.ingest import (
    Drives,
    NoAnswer,
    as_listed,
    hash_content,
    holds,
    identity,
    is_library,
    is_unplugged,
    path_within,
)
from desktop.settings import Places


def find_watched(path: Path, folders: Sequence[Folder], drives: Drives) -> Folder | None:
    """The watched folder that stands at `path`, whatever it was called when it was added."""
    return next((each for each in folders if each.path == path), None) or next(
        (each for each in folders if _path_within(path, each.path, drives) == Path()), None
    )


def refuse_overlap(path: Path, folders: Sequence[Folder], drives: Drives) -> None:
    """Raises FolderUnusable if `path` lies within a watched folder, or around one."""
    for folder in folders:
        if _path_within(path, folder.path, drives) is not None:
            raise FolderUnusable(
                f"{path} is watched already, as a part of {folder.path}.",
                "There is nothing more to do.",
            )
        if _path_within(folder.path, path, drives) is not None:
            raise FolderUnusable(
                f"{path} contains {folder.path}, which is watched already.",
                f"Remove {folder.path} first if you want to watch all of {path}.",
            )


def find_watching(
    path: Path, folders: Sequence[Folder], drives: Drives
) -> tuple[Folder, Path] | None:
    """The watched folder that `path` lies in, and where in it; None if no folder holds it."""
    for folder in folders:
        within = _path_within(path, folder.path, drives)
        if within is not None:
            return folder, as_listed(folder.path, within)
    return None


def find_held(path: Path, folders: Sequence[Folder], drives: Drives) -> list[Folder]:
    """The watched folders that lie in `path`."""
    return [each for each in folders if _path_within(each.path, path, drives) is not None]


def names_in_library(path: Path, folders: Sequence[Folder], drives: Drives) -> Iterator[Path]:
    """The names by which the catalog may know the file at `path`, the likeliest first."""
    yield path
    for folder in folders:
        within = _path_within(path, folder.path, drives)
        if within is not None:
            yield folder.path / within
            yield folder.path / as_listed(folder.path, within)


def find_by_content(path: Path, catalog: Catalog) -> Photo | None:
    """The photo that is the very file at `path`, where no folder leads to both names: the photo is
    a link to it, or another hard link of it. A copy is another file."""
    file = identity(path)
    try:
        content_hash = hash_content(path) if file and path.is_file() else ""
    except OSError:
        return None
    twins = catalog.ingests.list_by_hashes([content_hash]).get(content_hash, ())
    return next((twin for twin in twins if identity(twin.path) == file), None)


def adopt(catalog: Catalog, path: Path, drives: Drives) -> Folder | None:
    """The watched folder that stands at `path` now, with all its photos; None if there is none.

    A folder that may come back by itself, with its drive, keeps its place: what lies at `path` is
    a copy of it then.
    """
    for folder in catalog.folders.list_all():
        if _is_moved(folder, drives) and holds(path, catalog.files.list_all(folder.folder_id)):
            catalog.folders.move(folder.folder_id, path)
            return dataclasses.replace(folder, path=path, missing_since=None)
    return None


def refuse_unusable(path: Path, places: Places) -> None:
    """Raises FolderUnusable for what is no folder, cannot be read, or holds a library's files."""
    if not os.path.exists(path):  # Path.exists raises for a name that is too long
        raise FolderUnusable(
            f"There is no folder {path}.", "Check the name and whether its drive is there."
        )
    if not path.is_dir():
        raise FolderUnusable(f"{path} is a file, not a folder.", "Add the folder that holds it.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise FolderUnusable(
            f"The folder {path} cannot be opened.", "Give yourself the right to read it."
        )
    *caches, own = places.own_folders
    is_own = path_within(path, own) == Path() or any(path_within(path, each) for each in caches)
    if is_own or is_library(path) or is_library(path.resolve().parent):
        raise FolderUnusable(
            f"{path} holds Likeness's own files.", "Choose a folder with your photos."
        )


def _is_moved(folder: Folder, drives: Drives) -> bool:
    try:
        return drives.ask(
            folder.path,
            lambda _: not os.path.lexists(folder.path) and not is_unplugged(folder.path),
        )
    except NoAnswer:
        return False


def _path_within(path: Path, folder: Path, drives: Drives) -> Path | None:
    """As path_within; by the names alone where the drive of one of them does not answer."""
    try:
        return drives.ask(folder, lambda _: path_within(path, folder))
    except NoAnswer:
        return path.relative_to(folder) if path.is_relative_to(folder) else None
