"""Which files and folders a scan passes over, and why."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pathspec

from desktop.catalog import Reason
from desktop.errors import SettingsUnusable
from desktop.ingest.identity import Identity, identity, path_within
from desktop.media import MIN_SIZE_BYTES
from desktop.settings import CACHE_SIGNATURE, CACHE_TAG

_JUNK = (
    "@eaDir, @tmp, @Recycle, @Recently-Snapshot, #recycle, #snapshot, $RECYCLE.BIN, RECYCLER, "
    "System Volume Information, lost+found, LOST.DIR, __MACOSX, Temporary Internet Files, "
    "iPod Photo Cache, node_modules, __pycache__"
)
JUNK_FOLDERS = frozenset(_JUNK.lower().split(", "))
"""Folders that network storage, operating systems and other programs put beside photos."""

JUNK_SUFFIXES = (".lrdata", ".lrcat-data", ".cocatalogdb", ".photoslibrary-backup")
"""Endings of the names of folders in which other programs keep previews."""

PHOTO_LIBRARIES = (".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary")
_DERIVED = (
    "attachments, cache, caches, data, data.noindex, database, external, faces, internal, plugins, "
    "previews, private, resources, scopes, segmentation, thumbnails"
)
DERIVED_FOLDERS = frozenset(_DERIVED.split(", "))
"""Folders right in a photo library of Apple Photos, iPhoto or Aperture that hold no originals."""

NO_MEDIA = ".nomedia"
"""A file of this name keeps a folder out of Android's gallery:
https://developer.android.com/training/data-storage/shared/media"""

MARKS = frozenset({NO_MEDIA, CACHE_TAG, "catalog.sqlite"})
"""Files by which a folder may say that it is to be passed over; see `mark_of`."""

_OF_LIBRARY = ("catalog.sqlite", "thumbnails", "index", "models")
"""What the data folder of any Likeness library holds; the rarest name first."""

_GLOB = re.compile(r"[*?\[\]\\]")


class Rules:
    """What is passed over: hidden names, junk, our own folders, tiny files, the person's patterns.

    Raises SettingsUnusable when a pattern makes no sense. Any thread; immutable.

    Attributes:
        patterns: as in .gitignore; one may also be a whole path, and begin with "~". What begins
            with "!" is taken in, also where it would be passed over unasked.
        follow_links: links to photos and folders are followed.
        longest_path: bytes of the longest path within a folder that the catalog takes; None for
            any.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        own_folders: Iterable[Path],
        follow_links: bool = False,
        longest_path: int | None = None,
    ) -> None:
        self.patterns = tuple(patterns)
        self.follow_links = follow_links
        self.longest_path = longest_path
        self._own_folders = tuple(own_folders)
        _compiled(self.patterns)

    def own_places(self) -> frozenset[Identity]:
        """The identities of our own folders, so that a scan knows them under any name."""
        found = (identity(folder) for folder in self._own_folders)
        return frozenset(each for each in found if each is not None)

    def at(self, root: Path) -> RulesAt:
        """The rules as they apply in a watched folder. Asks the disk where a pattern is a whole
        path."""
        return RulesAt([_as_in_gitignore(pattern, root) for pattern in self.patterns])


class RulesAt:
    """The rules in one watched folder. All paths are relative to it, with "/".

    Attributes:
        for_files: 16 bytes, the same for rules that pass over the same files of a folder.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        composed = [_composed(pattern) for pattern in patterns]
        self._spec = _compiled(composed) if composed else None
        self._singly = [_compiled([pattern]) for pattern in composed]
        which = repr((list(patterns), MIN_SIZE_BYTES)).encode("utf-8", "surrogatepass")
        self.for_files = hashlib.blake2b(which, digest_size=hashlib.blake2b.SALT_SIZE).digest()

    def why_not_folder(self, name: str, parent_name: str, relative_path: str) -> Reason | None:
        """Why a folder is passed over by its name."""
        verdict = self.verdict(relative_path + "/")
        if verdict is not None:
            return Reason.EXCLUDED_FOLDER if verdict else None
        if name.startswith("."):
            return Reason.HIDDEN_FOLDER
        lower = name.lower()
        is_derived = lower in DERIVED_FOLDERS and parent_name.lower().endswith(PHOTO_LIBRARIES)
        if is_derived or lower in JUNK_FOLDERS or lower.endswith(JUNK_SUFFIXES):
            return Reason.CACHE
        return None

    def verdict(self, relative_path: str) -> bool | None:
        """Whether the person's patterns exclude this path (with "/" at its end, a folder); None
        where they say nothing of it."""
        return (
            None if self._spec is None else self._spec.check_file(_composed(relative_path)).include
        )

    def excludes(self, relative_path: str) -> bool:
        return self.verdict(relative_path) is True

    def matching(self, relative_path: str) -> int:
        """Which of the patterns match the path, as bits."""
        path = _composed(relative_path)
        return sum(
            1 << number
            for number, each in enumerate(self._singly)
            if each.check_file(path).include is not None
        )


def _composed(text: str) -> str:
    """With each accent in one character with its letter. Keyboards write them so; a name that comes
    from a Mac may have them apart, and looks the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def mark_of(folder: str | Path) -> Reason | None:
    """Why a folder is passed over because of one of the `MARKS` in it."""
    if os.path.lexists(os.path.join(folder, NO_MEDIA)):
        return Reason.NO_MEDIA
    return Reason.CACHE if is_library(folder) or _is_tagged(folder) else None


def is_library(folder: str | Path) -> bool:
    """Whether the folder holds a Likeness library: ours, or another one that is lying about."""
    return all(os.path.lexists(os.path.join(folder, name)) for name in _OF_LIBRARY)


def _is_tagged(folder: str | Path) -> bool:
    try:
        with open(os.path.join(folder, CACHE_TAG), "rb") as file:
            return file.read(len(CACHE_SIGNATURE)) == CACHE_SIGNATURE.encode()
    except OSError:
        return False


def _compiled(patterns: Sequence[str]) -> pathspec.GitIgnoreSpec:
    try:
        return pathspec.GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise SettingsUnusable(
            f"An exclude pattern cannot be understood: {error}.",
            "Patterns are written as in .gitignore, for example *.tmp or Screenshots/.",
        ) from error


def _as_in_gitignore(pattern: str, root: Path) -> str:
    """A pattern that is a whole path, made relative to the watched folder; others as they are."""
    negation, pattern = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    if pattern.startswith("file://"):
        from urllib.request import url2pathname  # takes a tenth of a second

        pattern = url2pathname(urlsplit(pattern).path)
    whole = os.path.expanduser(pattern)
    if os.sep == "\\" and os.path.isabs(whole):
        whole = whole.replace("\\", "/")
    if not os.path.isabs(whole):
        return negation + re.sub(r"^(\./+)+", "/", pattern)
    is_folder = whole.endswith("/")
    plain, globs = _split_at_glob(whole)
    within = path_within(plain, root)
    if within is None:
        is_around = pattern.startswith("~") and not globs and path_within(root, plain) is not None
        return negation + ("/**" if is_around else pattern)
    inner = "/".join([re.sub(_GLOB, r"\\\g<0>", part) for part in within.parts] + globs)
    return f"{negation}/{inner}{'/' if is_folder and inner else ''}" if inner else negation + "/**"


def _split_at_glob(whole: str) -> tuple[Path, list[str]]:
    """The parts of a path before the first one with a wildcard, and the rest."""
    if os.path.lexists(whole):
        return Path(whole), []
    parts = Path(whole).parts
    n_plain = next((n for n, part in enumerate(parts) if _GLOB.search(part)), len(parts))
    return Path(*parts[:n_plain]), list(parts[n_plain:])
