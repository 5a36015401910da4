"""Reading files, in the threads of the pipeline's pools: hash their content, wait for the processes
that decode, and give up on drives that have fallen silent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from desktop.background import report
from desktop.catalog import FileStat, Ingested, Metadata, Photo
from desktop.errors import LikenessError, NotAPhoto, PhotoUnreadable
from desktop.ingest.facts import to_metadata
from desktop.ingest.links import stat_through
from desktop.ingest.passes import Pass, sides_for
from desktop.ingest.patience import Drives, NoAnswer
from desktop.ingest.scan import is_unplugged
from desktop.jobs import Job
from desktop.media import NOT_ALLOWED, Decoders, HashedFile, Thumbnails

BLOCK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file whose content was hashed; it is decoded if that content is not known yet.

    Attributes: mtime_ns: of the content, which for a link is not that of `stat`.
    """

    photo: Photo
    stat: FileStat
    content_hash: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """Attributes: images: pass_id -> as the `fit` of the pass gave it, for those to be run; damage:
    what is missing of the photo."""

    hashed: Hashed
    metadata: Metadata
    images: Mapping[str, Image.Image]
    damage: str | None = None

    @property
    def photo_id(self) -> int:
        return self.hashed.photo.photo_id


@dataclass(frozen=True, slots=True)
class Left:
    """A file that was replaced while it was read, is gone, or whose drive is silent: the next scan
    finds it as it is then."""

    photo: Photo


Step = Hashed | Decoded | Ingested | Left
"""What became of a file; an Ingested has a problem, or is skipped."""


class Reader:
    """Reads files for one run of the pipeline. Several threads at once; all methods block.

    Attributes:
        silent_folders: folder_ids whose drives have stopped to answer during this run; their files
            are Left.
    """

    def __init__(self, decoders: Decoders, drives: Drives, thumbnails: Thumbnails) -> None:
        self._decoders = decoders
        self._drives = drives
        self._thumbnails = thumbnails
        self.silent_folders: set[int] = set()

    def hash(self, photo: Photo, job: Job) -> Step:
        """Hash the content, unless the file is known to be unchanged. Raises Cancelled."""
        return _alone(photo, None, lambda: self._hash(photo, job))

    def decode(self, hashed: Hashed, passes: Sequence[Pass], job: Job) -> Step:
        """Decode in a process, once for all these passes, and save the thumbnail. Raises Cancelled,
        and UserError when the disk takes no more."""
        photo, content_hash = hashed.photo, hashed.content_hash
        return _alone(photo, content_hash, lambda: self._decode(hashed, passes, job))

    def _hash(self, photo: Photo, job: Job) -> Step:
        if photo.folder_id in self.silent_folders:
            return Left(photo)
        try:
            return self._drives.ask(photo.path, lambda beat: _hash(photo, beat), job)
        except NoAnswer:
            return self._unanswered(photo, None)

    def _decode(self, hashed: Hashed, passes: Sequence[Pass], job: Job) -> Step:
        photo, stat, content_hash = hashed.photo, hashed.stat, hashed.content_hash
        file = HashedFile(
            photo.path, stat.size_bytes, hashed.mtime_ns, content_hash, photo.sidecars
        )
        fits = {each.pass_id: each.fit for each in passes}
        try:
            decoded = self._decoders.read(file, sides_for(passes), fits, self._thumbnails, job)
        except NotAPhoto as reason:
            return Ingested(
                photo.photo_id, stat, content_hash, None, skipped_because=reason.message
            )
        except PhotoUnreadable as reason:
            return self._unreadable(hashed, reason, job)
        except (FileNotFoundError, NotADirectoryError):
            return Left(photo)
        if decoded is None:
            return Left(photo)
        metadata = to_metadata(decoded.facts, stat.mtime_ns)
        return Decoded(hashed, metadata, decoded.images, decoded.damage)

    def was_moved(self, twin: Photo) -> bool:
        """Whether a photo whose content was found elsewhere has left its old place for good.

        Where its whole folder is unplugged, it has not, and the other file is a copy.
        """
        try:
            return self._drives.ask(
                twin.path,
                lambda _: not os.path.lexists(twin.path) and not is_unplugged(_folder(twin)),
            )
        except NoAnswer:
            return False

    def _unreadable(self, hashed: Hashed, reason: PhotoUnreadable, job: Job) -> Step:
        photo = hashed.photo
        try:
            is_there = self._drives.ask(photo.path, lambda _: os.path.lexists(photo.path), job)
        except NoAnswer:
            return self._unanswered(photo, hashed.content_hash)
        if not is_there:
            return Left(photo)
        return Ingested(
            photo.photo_id, hashed.stat, hashed.content_hash, None, problem=reason.message
        )

    def _unanswered(self, photo: Photo, content_hash: str | None) -> Step:
        """Find out what does not answer: the whole drive or, on a failing one, only this file."""
        if self._drives.is_away(_folder(photo), has_photos=True):
            self.silent_folders.add(photo.folder_id)
            return Left(photo)
        return _unread(photo, content_hash, "the disk does not answer")


def hash_content(path: Path, beat: Callable[[], object] = lambda: None) -> str:
    """32 hex digits that are the same for the same bytes. Calls `beat` whenever it has got further.
    Raises OSError. Any thread; lets others run."""
    digest = hashlib.blake2b(digest_size=16)
    block = memoryview(bytearray(BLOCK_BYTES))
    with path.open("rb", buffering=0) as file:
        while n_bytes := file.readinto(block):
            digest.update(block[:n_bytes])
            beat()
    return digest.hexdigest()


def _hash(photo: Photo, beat: Callable[[], None]) -> Step:
    try:
        stat = stat_through(photo.path, photo.relative_path)
        mtime_ns = FileStat.of("", 0, photo.path.stat().st_mtime_ns).mtime_ns
        if photo.content_hash is not None:
            is_same = stat == _known(photo)
            return Hashed(photo, stat, photo.content_hash, mtime_ns) if is_same else Left(photo)
        return Hashed(photo, stat, hash_content(photo.path, beat), mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return Left(photo)
    except PermissionError:
        return Ingested(photo.photo_id, _known(photo), None, None, problem=NOT_ALLOWED)
    except OSError as error:
        return _unread(photo, None, error.strerror or "the disk does not answer")


def _unread(photo: Photo, content_hash: str | None, why: str) -> Ingested:
    problem = f"The file cannot be read: {why}."
    return Ingested(photo.photo_id, _known(photo), content_hash, None, problem=problem)


def _alone(photo: Photo, content_hash: str | None, read: Callable[[], Step]) -> Step:
    """A bug that one file brings to light is reported, and the file becomes a problem; others go
    on."""
    try:
        return read()
    except LikenessError:
        raise
    except Exception as bug:
        report(bug)
        return _unread(photo, content_hash, "Likeness itself fails at it")


def _folder(photo: Photo) -> Path:
    return photo.path.parents[photo.relative_path.count("/")]


def _known(photo: Photo) -> FileStat:
    return FileStat(photo.relative_path, photo.size_bytes, photo.mtime_ns)
