"""Catalog: every read and write of the SQLite file, as methods that each hold one short session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.catalog.records import (
    Counts,
    FileStat,
    Folder,
    Ingested,
    KnownFile,
    Photo,
)

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


class Catalog:
    """The truth about photos. Any thread but Qt's main one; the ingest thread alone writes photos."""

    @classmethod
    def open(cls, path: Path) -> Catalog:
        """Open or make the catalog (WAL, foreign keys, busy timeout), migrating it after a backup.

        Raises CatalogTooNew or CatalogDamaged; neither changes the file.
        """
        raise NotImplementedError

    def close(self) -> None: ...

    # folders

    def list_folders(self) -> list[Folder]: ...
    def add_folder(self, path: Path) -> Folder:
        """Watch `path` (absolute). A folder that is known already is returned as it is."""
    def remove_folder(self, folder_id: int) -> None:
        """Forget a folder with its photos and their embeddings. Files are not touched."""
    def set_folder_missing(self, folder_id: int, missing_since: float | None) -> None: ...
    def count_photos_by_folder(self) -> dict[int, int]:
        """folder_id -> photos that are present or whose whole folder is away; skipped files left out."""

    # scan

    def list_files(
        self, folder_id: int, beneath: str | None = None
    ) -> dict[str, KnownFile]:
        """relative_path -> what the last scan knew, of every row incl. skipped and missing ones.
        100,000 rows in well under a second. beneath: only the file with this relative path, or the
        files under the sub-folder of this relative path (a range of the unique index, so it is quick)."""
    def last_photo_id(self) -> int:
        """The highest photo_id given so far (0 in a new catalog): rows above it came later."""
    def apply_scan(
        self,
        folder_id: int,
        new: Sequence[FileStat] = (),
        changed: Mapping[int, FileStat] | None = None,
        gone: Sequence[int] = (),
        back: Sequence[int] = (),
    ) -> None:
        """Write what a scan found, in one transaction, with Core bulk statements (>= 20,000 rows/s).

        new: rows that wait to be read. changed (photo_id -> stat): marked stale, so they are read again;
        problem, skipped_because and missing_since cleared; their embeddings stay and answer until then.
        gone: missing_since = now. back: missing_since = None.
        """

    # ingest

    def list_waiting(self, model_id: str, limit: int, after_photo_id: int = 0) -> list[Photo]:
        """Photos to be read or embedded for this model: present, in a present folder, no problem, not
        skipped, and stale or without an embedding of model_id. Ordered by photo_id, > after_photo_id."""
    def list_by_hash(self, content_hash: str) -> list[Photo]:
        """Photos with this content, missing ones included, rows that were skipped left out."""
    def save_batch(self, model_id: str, batch: Sequence[Ingested]) -> None:
        """One transaction: stat, hash, metadata, problem or skip, and embedding of each; no longer stale.

        Where the stored hash differs from the new one, embeddings of other models are dropped too.
        Where an Ingested has no metadata, stored metadata stays if the hash is the same.
        A photo_id that was removed meanwhile is passed over.
        """
    def merge_rename(self, photo_id: int, moved_to_photo_id: int) -> None:
        """The file of `photo_id` was moved: it takes folder, path and stat of row `moved_to_photo_id`,
        which disappears; first_seen_at, metadata and embeddings of `photo_id` stay. Clears missing_since."""
    def copy_embeddings(self, from_photo_id: int, to_photo_id: int) -> None:
        """Give a copy of the same content the embeddings (all models), hash and metadata of its twin."""
    def forget_problem(self, photo_ids: Sequence[int]) -> None:
        """Make photos with a problem wait again (Retry)."""

    # reading

    def find_photo(self, path: Path) -> Photo | None: ...
    def get_photos(self, photo_ids: Sequence[int]) -> list[Photo]:
        """In the order asked; ids that are unknown are left out. Any number of ids."""
    def list_photo_ids(
        self, folder_id: int | None = None, include_away: bool = False
    ) -> IdArray:
        """Newest taken_at first (not yet read ones by mtime), then photo_id. Without skipped files,
        problems and files gone from a present folder; with `include_away`, photos of missing folders too.
        100,000 in < 0.3 s (an index on a stored sort column)."""
    def list_problems(self) -> list[Photo]: ...
    def count(self, model_id: str, folder_id: int | None = None) -> Counts: ...
    def revision(self) -> int:
        """Rises with every committed change of any process that may alter a result. Cheap."""

    # embeddings

    def find_embedding(self, photo_id: int, model_id: str) -> FloatArray | None: ...
    def iter_embeddings(
        self, model_id: str, batch: int = 10_000
    ) -> Iterator[tuple[IdArray, FloatArray]]:
        """(photo_ids (n,), embeddings (n, d)) by rising photo_id, one session a batch."""
    def get_embeddings(
        self, photo_ids: Sequence[int], model_id: str
    ) -> tuple[IdArray, FloatArray]:
        """Those of the asked photos that have one, by rising photo_id."""
    def list_embedded_ids(self, model_id: str, since_revision: int = 0) -> IdArray:
        """Sorted photo_ids that have an embedding of model_id written after `since_revision` (each
        embedding row stores the catalog revision of its write), so that an index on disk can be brought
        up to date without reading the rest."""
    def count_embeddings(self) -> dict[str, int]:
        """model_id -> how many."""
    def drop_embeddings(self, model_id: str) -> None: ...

    # which model answers

    def answering_model(self) -> str | None:
        """model_id that answers searches, None in a new catalog."""
    def previous_model(self) -> str | None: ...
    def set_answering_model(self, model_id: str) -> None:
        """The one that answered so far becomes the previous one."""

    # health

    def check(self) -> list[str]:
        """PRAGMA integrity_check and foreign_key_check; [] when all is well."""
    def back_up(self, to_path: Path) -> None:
        """A consistent copy, also while others write (SQLite's backup)."""
