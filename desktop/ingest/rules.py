"""Which files and folders a scan passes over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pathspec

from desktop.errors import SettingsUnusable
from desktop.ingest.identity import Identity, identity
from desktop.media import MIN_SIZE_BYTES, is_photo_name

JUNK_FOLDERS = frozenset(
    {"@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
)
"""Folders that network storage and operating systems put beside photos."""

_OF_LIBRARY = ("catalog.sqlite", "thumbnails", "index", "models")
"""What the data folder of any Likeness library holds; the rarest name first."""


class Rules:
    """What is passed over: hidden names, junk, our own folders, tiny files, the person's patterns.

    Raises SettingsUnusable when a pattern makes no sense. Any thread; immutable.

    Attributes:
        for_files: 16 bytes, the same for rules that pass over the same files of a folder.
    """

    def __init__(self, patterns: Sequence[str], own_folders: Iterable[Path]) -> None:
        try:
            self._patterns = pathspec.GitIgnoreSpec.from_lines(patterns) if patterns else None
        except ValueError as error:
            raise SettingsUnusable(
                f"An exclude pattern cannot be understood: {error}.",
                "Patterns are written as in .gitignore, for example *.tmp or Screenshots/.",
            ) from error
        self._own_folders = tuple(own_folders)
        which = repr((list(patterns), MIN_SIZE_BYTES)).encode("utf-8", "surrogatepass")
        self.for_files = hashlib.blake2b(which, digest_size=hashlib.blake2b.SALT_SIZE).digest()

    def own_places(self) -> frozenset[Identity]:
        """Our own folders as they stand now, by whatever name a scan gets there."""
        found = (identity(folder) for folder in self._own_folders)
        return frozenset(each for each in found if each is not None)

    def skips_folder(self, name: str, relative_path: str) -> bool:
        """By its name. relative_path: to the watched folder, with "/"."""
        return name.startswith(".") or name in JUNK_FOLDERS or self.excludes(relative_path + "/")

    def skips_name(self, name: str, relative_path: str) -> bool:
        """Whether a file is passed over by its name alone (hidden names include ._*)."""
        return name.startswith(".") or not is_photo_name(name) or self.excludes(relative_path)

    @staticmethod
    def skips_size(size_bytes: int) -> bool:
        return size_bytes < MIN_SIZE_BYTES

    def skips_path(self, root: Path, relative_path: str) -> bool:
        """Whether the scan would never reach this path: one of its folders, or its name, is passed
        over."""
        own = self.own_places()
        *folders, name = relative_path.split("/")
        passed = ""
        for folder in folders:
            passed = f"{passed}/{folder}" if passed else folder
            path = root / passed
            if self.skips_folder(folder, passed) or identity(path) in own or is_library(path):
                return True
        return name.startswith(".") or name in JUNK_FOLDERS

    def excludes(self, relative_path: str) -> bool:
        """Whether the person's patterns exclude this path (with "/" at its end, a folder)."""
        return self._patterns is not None and bool(self._patterns.match_file(relative_path))


def is_library(folder: str | Path) -> bool:
    """Whether the folder holds a Likeness library: ours, or another one that is lying about."""
    return all(os.path.lexists(os.path.join(folder, name)) for name in _OF_LIBRARY)
