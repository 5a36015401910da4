"""Forget everything: remove what Likeness has made, and nothing else."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from desktop.errors import EngineUnavailable, LibraryBusy
from desktop.library.answering.engine_in_use import noted
from desktop.library.care.process_lock import process_lock
from desktop.logs import end_log
from desktop.settings import Places

# Paths within a folder, in full.
_SQLITE = r"\.sqlite([-.](wal|shm|journal|lock|restored|damaged|partial|folders))*"
_CATALOG = rf"catalog(-damaged-\d{{8}}-\d{{6}}(-\d+)?)?{_SQLITE}"
_BACKUP = rf"catalog-\d{{8}}-\d{{6}}-[rv]\d+{_SQLITE}"
_TAG = r"CACHEDIR\.TAG"
_THUMBNAIL = rf"{_TAG}|([0-9a-f]{{2}})/(\1[0-9a-f]{{30}}\.jpg|\.\1[0-9a-f]{{14}}-\w+\.tmp)"
_PART = r"current\.json|gen-\d+\.(json|ids|vectors|ann)"
_OF_SHARED = r"([0-9a-f]{12}/)?"
"""Where what belongs to a shared catalog is kept apart; see `Catalog.identity`."""
_INDEX = (
    rf"{_TAG}|{_OF_SHARED}(library-id|(memory|trials)\.(json|[\d-]+\.tmp)|(engine|answered)\.(json|tmp)"
    rf"|([\w.-]+-[0-9a-f]{{8}}/({_PART})|map\.npz)(\.tmp)?)"
)
_PHOTO = r"(?i:jpe?g|png|heic|tiff?|webp|gif|bmp)"
_ENGINE = rf"{_OF_SHARED}[\w.-]+-[0-9a-f]{{8}}/(milvus|clickhouse)/(?!.*\.{_PHOTO}$).+"
"""What programs keep there that Likeness has started; ClickHouse makes links within."""
_CONVERTED = r"[0-9a-f]{16}(\.(json|tmp)|-\w+/\w+-\d+\.(xml|bin))"
_WORDS = rf"{_OF_SHARED}words-[0-9a-f]{{16}}\.npy(\.tmp)?"
_MODEL = r"[^/]+\.lock|[^/]+/(.+/)?([^/]+\.(safetensors|json)|merges\.txt|vocab\.txt)"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, and what was left.

    Attributes:
        left: what is in our own folders and was not made by Likeness.
        stuck: what could not be removed.
        elsewhere: why embeddings may still be on a server, a sentence; "" where they are not.
    """

    n_files: int
    n_bytes: int
    left: tuple[Path, ...]
    stuck: tuple[Path, ...]
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class _Own:
    """Files of ours: those in `folder` whose path within it is one of `names`.

    is_ours: Likeness made the folder for these files alone, so all of it is looked through, and it
    goes too when it is empty.
    """

    folder: Path
    names: str
    is_ours: bool = True


def forget_everything(places: Places, is_window: bool = False) -> Forgotten:
    """Remove catalog, backups, thumbnails, index, models, settings and log.

    Only files whose names Likeness gives, in the places where it puts them: a photo that somebody
    has put into the data folder stays, and so does what a link points to. The library is closed;
    nothing is logged afterwards. is_window: the caller is the window that has this data folder.
    Blocks, for seconds where there are many thumbnails. Raises LibraryBusy when another process
    uses the library.
    """
    lock = process_lock(places)
    try:
        with lock.acquire(blocking=False):
            elsewhere = _forget_on_server(places.index_path)
            end_log()
            remover = _Remover()
            for own in _belongings(places, is_window):
                remover.remove(own)
    except filelock.Timeout as error:
        raise LibraryBusy(
            "Likeness is open, or is indexing, so nothing was removed.",
            "Close its window, or use the button in its settings.",
        ) from error
    Path(lock.lock_file).unlink(missing_ok=True)
    _remove_own_roots(places)
    left, stuck = tuple(sorted(remover.left)), tuple(sorted(remover.stuck))
    return Forgotten(remover.n_files, remover.n_bytes, left, stuck, elsewhere)


def _forget_on_server(index_path: Path) -> str:
    """Remove what the engines that answer keep on servers, one for each catalog that was used with
    this data folder. Returns why that failed."""
    failed = []
    for folder in (index_path, *sorted(index_path.glob("[0-9a-f]" * 12))):
        choice = noted(folder)
        if choice is None:
            continue
        try:
            choice.row.expect_at_hand()
            choice.row.forget(choice, folder)
        except EngineUnavailable as error:
            failed.append(
                f"What {choice.name} keeps at {choice.uri} is still there: {error.message}"
            )
    return " ".join(failed)


def _belongings(places: Places, is_window: bool) -> tuple[_Own, ...]:
    data, settings, window = places.catalog_path.parent, places.settings_path, places.window_path
    ends = rf"({re.escape(settings.stem)}\.(toml|tmp|lock)|{re.escape(window.name)}(\.lock)?)"
    window_lock = "" if is_window else r"|window\.lock"  # the window removes its own
    return (
        _Own(places.thumbnails_path, _THUMBNAIL),
        _Own(places.index_path, f"{_INDEX}|{_WORDS}|{_ENGINE}"),
        _Own(places.converted_path, _CONVERTED),
        _Own(places.models_path, _MODEL),
        _Own(places.backups_path, _BACKUP),
        _Own(places.log_path.parent, rf"{re.escape(places.log_path.name)}(\.\d+)?"),
        _Own(data, _CATALOG + window_lock, is_ours=False),
        _Own(settings.parent, ends, is_ours=False),
    )


class _Remover:
    """Removes files and counts them."""

    def __init__(self) -> None:
        self.n_files = 0
        self.n_bytes = 0
        self.left: list[Path] = []
        self.stuck: list[Path] = []

    def remove(self, own: _Own) -> None:
        names = re.compile(own.names)
        for path, is_file in _walk(own.folder, deep=own.is_ours):
            name = _within(path, own)
            is_link = own.is_ours and path.is_symlink() and re.fullmatch(_ENGINE, name)
            if is_link or (is_file and names.fullmatch(name)):
                self._unlink(path)
            elif own.is_ours:
                self.left.append(path)
        if own.is_ours:
            _remove_empty(own.folder)

    def _unlink(self, path: Path) -> None:
        try:
            n_bytes = path.lstat().st_size
            path.unlink()
        except OSError:
            self.stuck.append(path)
        else:
            self.n_files += 1
            self.n_bytes += n_bytes


def _within(path: Path, own: _Own) -> str:
    return path.relative_to(own.folder).as_posix()


def _walk(folder: Path, deep: bool) -> Iterator[tuple[Path, bool]]:
    """Everything that is no folder, and whether it is a plain file. Links are not followed."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path), entry.is_file(follow_symlinks=False)
        elif deep:
            yield from _walk(Path(entry.path), deep)


def _remove_empty(folder: Path) -> None:
    """Remove a folder of ours and those in it, as far as they are empty."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                _remove_empty(Path(entry.path))
        if not folder.is_symlink():
            folder.rmdir()


def _remove_own_roots(places: Places) -> None:
    """Remove the folders called likeness that the platform gives us. One that was chosen with
    --data stays."""
    for folder in (
        places.log_path.parent,
        places.thumbnails_path.parent,
        places.settings_path.parent,
        places.catalog_path.parent,
    ):
        for root in (folder, folder.parent):
            if root.name == "likeness":
                with contextlib.suppress(OSError):
                    root.rmdir()
