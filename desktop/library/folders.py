"""The folders that are watched: added, found again under whatever name, and forgotten."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from desktop.catalog import Catalog, Filter, Folder, InFolder, Or, Photo
from desktop.errors import FolderUnusable
from desktop.ingest import (
    N_SAMPLE,
    Drives,
    NoAnswer,
    as_listed,
    hash_content,
    holds,
    identity,
    is_library,
    is_shut_away,
    is_unplugged,
    path_within,
    whole_path,
)
from desktop.library.indexing.indexing import Indexing
from desktop.library.reports import Event, FoldersChanged, PhotosChanged, SharedFolder
from desktop.search import Query, whole_paths
from desktop.settings import Places
from desktop.settings_in_use import SettingsInUse


class WatchedFolders:
    """Not on Qt's main thread: it looks at the disk. Paths are compared by what they lead to, so
    that links and other names of a place make no difference; a drive that does not answer is left
    alone, and names have to do."""

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        settings: SettingsInUse,
        drives: Drives,
        indexing: Indexing,
        publish: Callable[[Event], None],
    ) -> None:
        self._catalog = catalog
        self._settings = settings
        self._places = places
        self._drives = drives
        self._indexing = indexing
        self._publish = publish

    @property
    def server(self) -> str:
        """Where the catalog is that machines share: USER@HOST/DATABASE; "" for a file here. Any
        thread, at once."""
        is_shared = self._catalog.claims.is_shared
        return self._catalog.name.partition("://")[2].partition("?")[0] if is_shared else ""

    def list_shared(self) -> list[SharedFolder]:
        """The folders of a shared catalog, and where they are here; [] for a file."""
        mounts = self._catalog.mounts
        return [
            SharedFolder(
                each.folder_id,
                mounts.shared(str(each.path)),
                each.path if mounts.has(each.path) else None,
            )
            for each in (self.list_all() if self._catalog.claims.is_shared else ())
        ]

    def find_gone(self) -> frozenset[int]:
        """The folders that are away now, though no scan has noticed it yet."""
        n_photos, catalog = self._catalog.folders.count_photos(), self._catalog
        return frozenset(
            each.folder_id
            for each in self.list_all()
            if not each.is_missing
            and (not catalog.claims.is_shared or catalog.mounts.has(each.path))
            and self._drives.is_away(each.path, n_photos.get(each.folder_id, 0) > 0)
        )

    def place(self, folder_id: int, path: Path) -> None:
        """A folder of a shared catalog is at `path` on this machine. Indexing starts by itself
        after `Library.start`. Raises FolderUnusable, as `add`, or where it holds other photos."""
        path = whole_path(path)
        folder = next((each for each in self.list_all() if each.folder_id == folder_id), None)
        if folder is None:
            raise FolderUnusable("That folder is not watched any more.", "Add it again.")
        _refuse_unusable(path, self._places)
        _refuse_no_text(path)
        self._refuse_overlap(path, but=folder_id)
        files = self._catalog.files.sample(folder_id, N_SAMPLE)
        if files and not holds(path, files):
            raise FolderUnusable(
                f"The photos of {folder.path} are not in {path}.",
                "Choose the folder in which they are on this computer.",
            )
        mounts = self._catalog.mounts
        mounts.put(mounts.shared(str(folder.path)), str(path))
        self._save_mounts()
        self._indexing.unwatch(folder_id)
        self._publish(FoldersChanged())
        self._publish(PhotosChanged())
        self._indexing.rescan()

    def list_all(self) -> list[Folder]:
        return self._catalog.folders.list_all()

    def add(self, path: Path) -> Folder:
        """Watch a folder; a known one is returned as it is, also where it was moved to `path`.
        Indexing starts by itself after `Library.start`.

        Raises FolderUnusable: absent, no folder, unreadable, our own, within or around a watched
        one.
        """
        known = self.find(path)
        if known is not None and not self._is_unknown_here(known):
            return known
        path = whole_path(path)
        if self._catalog.claims.is_shared:
            return self._add_shared(path, known)
        self._refuse_overlap(path)
        _refuse_unusable(path, self._places)
        folder = self._adopt(path) or self._catalog.folders.add(path)
        self._catalog.folders.note()
        self._publish(FoldersChanged())
        self._indexing.rescan()
        return folder

    def _add_shared(self, path: Path, same_path: Folder | None) -> Folder:
        """The same with a shared catalog: a folder that it knows by another path, or that was not
        yet known to be here, is found by what is in it. same_path: the one it knows by this path.
        """
        _refuse_unusable(path, self._places)
        _refuse_no_text(path)
        folder = self._shared_at(path)
        if folder is None and same_path is not None:
            raise FolderUnusable(
                f"Another machine watches a folder called {path}, and its photos are not in yours.",
                "Index it there first; if they are different folders, add yours by another path.",
            )
        if folder is None:
            self._refuse_overlap(path)
        mounts = self._catalog.mounts
        shared = mounts.shared(str(path if folder is None else folder.path))
        mounts.put(shared, str(path))
        folder = folder or self._catalog.folders.add(path)
        self._save_mounts()
        self._publish(FoldersChanged())
        self._indexing.rescan()
        return dataclasses.replace(folder, path=path)

    def _save_mounts(self) -> None:
        places = self._catalog.mounts.places
        self._settings.change(dataclasses.replace(self._settings(), mounts=places))

    def _shared_at(self, path: Path) -> Folder | None:
        """The folder of a shared catalog whose photos lie at `path`, if it was not here before, or
        is not any more where it was."""
        for folder in self.list_all():
            files = self._catalog.files
            is_free = self._is_unknown_here(folder) or self._is_moved(folder)
            if is_free and holds(path, files.sample(folder.folder_id, N_SAMPLE)):
                return folder
        return None

    def _is_unknown_here(self, folder: Folder) -> bool:
        is_shared = self._catalog.claims.is_shared
        return is_shared and not self._catalog.mounts.has(folder.path)

    def find(self, path: Path) -> Folder | None:
        """The watched folder at `path`, whatever it was called when it was added."""
        path = whole_path(path)
        folders = self.list_all()
        return next((each for each in folders if each.path == path), None) or next(
            (each for each in folders if self._within(path, each.path) == Path()), None
        )

    def remove(self, folder_id: int) -> None:
        """Forget a folder, its photos and their embeddings. The files are not touched."""
        self._indexing.unwatch(folder_id)
        paths = {folder.folder_id: folder.path for folder in self.list_all()}
        self._catalog.folders.remove(folder_id)
        if folder_id in paths and self._catalog.mounts.has(paths[folder_id]):
            self._catalog.mounts.drop(self._catalog.mounts.shared(str(paths[folder_id])))
            self._save_mounts()
        self._catalog.folders.note()
        self._indexing.tidy_soon()
        self._publish(FoldersChanged())
        self._publish(PhotosChanged())

    def answer_doubt(self, folder_id: int, forgets: bool) -> None:
        """Answer a Doubt of `Library.status`: forget the photos that are gone, with all that is
        attached to them, or keep them and ask no more."""
        self._catalog.folders.answer_doubt(folder_id, forgets)
        self._indexing.tidy_soon()
        self._publish(PhotosChanged() if forgets else FoldersChanged())

    def suggest(self) -> Path | None:
        """The system's Pictures folder, if there is one and it is not watched yet."""
        pictures = platformdirs.user_pictures_path()
        watched = {folder.path for folder in self.list_all()}
        return pictures if pictures.is_dir() and pictures not in watched else None

    def filter_for(self, path: Path) -> Filter:
        """The filter for what lies in a watched folder, in one of its sub-folders, or in the
        watched folders that this folder holds, by whatever name. Raises FolderUnusable for any
        other."""
        path = whole_path(path)
        folders = self.list_all()
        for folder in folders:
            within = self._within(path, folder.path)
            if within is not None:
                is_gone = not (os.path.exists(path) or is_shut_away(path))
                if os.path.isfile(path) or (is_gone and os.path.isdir(folder.path)):
                    raise FolderUnusable(f"There is no folder {path}.", "Check the name.")
                inner = as_listed(folder.path, within)
                return InFolder(folder.folder_id, "" if inner == Path() else inner.as_posix())
        held = [each for each in folders if self._within(each.path, path) is not None]
        if not held:
            raise FolderUnusable(
                f"{path} is not in a watched folder, and holds none.",
                "`likeness folders` lists those that are watched.",
            )
        every = tuple(InFolder(folder.folder_id) for folder in held)
        return every[0] if len(every) == 1 else Or(every)

    def resolved(self, query: Query) -> Query:
        """The same, with whole paths behind "folder:" followed to where they lead."""
        leads_to = []
        for path in whole_paths(query.sentence.conditions):
            with contextlib.suppress(FolderUnusable):
                leads_to.append((path, self.filter_for(Path(path))))
        return dataclasses.replace(query, leads_to=tuple(leads_to)) if leads_to else query

    def find_photo(self, path: Path) -> Photo | None:
        """The photo that the file at `path` is, by whatever name the library knows it."""
        path = whole_path(path)
        photos = (self._catalog.photos.find(name) for name in self._names_of(path))
        found = next((photo for photo in photos if photo is not None), None)
        return found or self._find_by_content(path)

    def _names_of(self, path: Path) -> Iterator[Path]:
        """The names by which the catalog may know the file at `path`, the likeliest first."""
        yield path
        for folder in self.list_all():
            within = self._within(path, folder.path)
            if within is not None:
                yield folder.path / within
                yield folder.path / as_listed(folder.path, within)

    def _find_by_content(self, path: Path) -> Photo | None:
        """The photo that is the very file at `path`, where no folder leads to both names: the photo
        is a link to it, or another hard link of it. A copy is another file."""
        file = identity(path)
        try:
            content_hash = hash_content(path) if file and path.is_file() else ""
        except OSError:
            return None
        twins = self._catalog.ingests.list_by_hashes([content_hash]).get(content_hash, ())
        return next((twin for twin in twins if identity(twin.path) == file), None)

    def _refuse_overlap(self, path: Path, but: int | None = None) -> None:
        """Raises FolderUnusable if `path` lies within a watched folder, or around one. but: the
        folder_id of one that does not count."""
        for folder in self.list_all():
            if folder.folder_id == but:
                continue
            if self._within(path, folder.path) is not None:
                raise FolderUnusable(
                    f"{path} is watched already, as a part of {folder.path}.",
                    "There is nothing more to do.",
                )
            if self._within(folder.path, path) is not None:
                raise FolderUnusable(
                    f"{path} contains {folder.path}, which is watched already.",
                    f"Remove {folder.path} first if you want to watch all of {path}.",
                )

    def _adopt(self, path: Path) -> Folder | None:
        """The watched folder that stands at `path` now, with all its photos; None if there is none.

        A folder that may come back by itself, with its drive, keeps its place: what lies at `path`
        is a copy of it then.
        """
        for folder in self.list_all():
            files = self._catalog.files
            if self._is_moved(folder) and holds(path, files.sample(folder.folder_id, N_SAMPLE)):
                self._catalog.folders.move(folder.folder_id, path)
                return dataclasses.replace(folder, path=path, missing_since=None)
        return None

    def _is_moved(self, folder: Folder) -> bool:
        try:
            return self._drives.ask(
                folder.path,
                lambda _: not os.path.lexists(folder.path) and not is_unplugged(folder.path),
            )
        except NoAnswer:
            return False

    def _within(self, path: Path, folder: Path) -> Path | None:
        """As path_within; by the names alone where the drive of one of them does not answer."""
        try:
            return self._drives.ask(folder, lambda _: path_within(path, folder))
        except NoAnswer:
            return path.relative_to(folder) if path.is_relative_to(folder) else None


def _refuse_no_text(path: Path) -> None:
    """Raises FolderUnusable for a path that the settings could not hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise FolderUnusable(
            f"The path {path} is not text, and so cannot be that of a shared folder.",
            "Give it another name, or add the folder through a link.",
        ) from error


def _refuse_unusable(path: Path, places: Places) -> None:
    """Raises FolderUnusable for what is no folder, cannot be read, or holds a library's files."""
    if is_shut_away(path):
        raise FolderUnusable(
            f"Likeness is not allowed to look into the folder that holds {path}.",
            "Change that folder's permissions.",
        )
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
