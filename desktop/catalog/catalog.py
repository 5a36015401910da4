"""Catalog: every read and write of the SQLite file, each method one short transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text, update

from desktop.catalog import (
    counts,
    doubts,
    folders,
    ingests,
    listings,
    made,
    opening,
    passed_over,
    photos,
    scans,
)
from desktop.catalog.backups import Backups
from desktop.catalog.connections import Connections
from desktop.catalog.faults import explained, note_damage
from desktop.catalog.filters import LISTED, Filter
from desktop.catalog.records import (
    Counts,
    FileStat,
    Folder,
    Glance,
    Ingested,
    KnownFile,
    Listing,
    Metadata,
    Month,
    PassedOver,
    Photo,
    Problem,
    Revisions,
    Subject,
    Value,
)
from desktop.catalog.schema import StateRow
from desktop.errors import CatalogDamaged

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

_REVISIONS = select(
    StateRow.revision,
    StateRow.photos_revision,
    StateRow.embeddings_revision,
    StateRow.people_revision,
    StateRow.people_wrote_at,
)
_PREVIOUS_MODEL = select(StateRow.previous_model)


class Catalog:
    """The truth about photos. Any thread but Qt's main one; the ingest thread alone writes photos.

    Every method may raise CatalogDamaged, or a UserError where the disk refuses (full, read-only,
    gone).
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @classmethod
    def open(cls, path: Path, begin_anew: bool = False) -> Catalog:
        """Open or make the catalog (WAL, foreign keys, busy timeout), migrating it after a backup.

        Raises CatalogTooNew or CatalogDamaged, or CatalogLost where backups show that there was one
        (not if `begin_anew`); none of them changes the file.
        """
        return cls(Connections(path, opening.open_engine(path, begin_anew=begin_anew)))

    def close(self) -> None:
        self._connections.close()

    # folders

    def list_folders(self) -> list[Folder]:
        with self._connections.read() as connection:
            return folders.list_all(connection)

    def add_folder(self, path: Path) -> Folder:
        """Watch `path` (absolute). A folder that is known already is returned as it is."""
        with self._connections.write() as (connection, _):
            return folders.add(connection, path)

    def remove_folder(self, folder_id: int) -> None:
        """Forget a folder with its photos and their embeddings. Files are not touched."""
        with self._connections.write() as (connection, _):
            folders.remove(connection, folder_id)

    def set_folder_missing(self, folder_id: int, missing_since: float | None) -> None:
        with self._connections.write() as (connection, _):
            folders.set_missing(connection, folder_id, missing_since)

    def move_folder(self, folder_id: int, path: Path) -> None:
        """Watch `path` (absolute, not watched yet) in its place, with the same photos in it."""
        with self._connections.write() as (connection, _):
            folders.move(connection, folder_id, path)

    def answer_doubt(self, folder_id: int, forgets: bool) -> None:
        """Forget the photos that are asked about, or ask no more and keep them."""
        about = Subject.PHOTOS if forgets else Subject.PEOPLE
        with self._connections.write(about) as (connection, _):
            if forgets:
                doubts.forget(connection, folder_id)
            else:
                doubts.settle(connection, [folder_id])

    def forget_gone(self, before: float) -> None:
        """Forget photos that went missing before then (seconds since the epoch), with all that is
        attached to them. Not those of folders that are away, or that are asked about."""
        with self._connections.read() as connection:
            has_gone = doubts.has_gone(connection, before)
        if has_gone:
            with self._connections.write() as (connection, _):
                doubts.forget_gone(connection, before)

    def settle_doubts(self) -> None:
        """Ask no more about folders whose photos have turned up. When nothing waits to be read."""
        with self._connections.read() as connection:
            resolved = doubts.list_resolved(connection)
        if resolved:
            with self._connections.write(Subject.PEOPLE) as (connection, _):
                doubts.settle(connection, resolved)

    def count_photos_by_folder(self) -> dict[int, int]:
        """folder_id -> photos that are present or whose whole folder is away; skipped files left
        out."""
        with self._connections.read() as connection:
            return counts.kept(counts.by_folder(connection, folders.list_all(connection)))

    # scan

    def list_files(
        self, folder_id: int, beneath: Collection[str] | None = None
    ) -> dict[str, KnownFile]:
        """relative_path -> what the last scan knew, of every row incl. skipped and missing ones.
        100,000 rows in well under a second.

        beneath: only the files with these relative paths, and those under the sub-folders of these
        relative paths (ranges of the unique index, so they are quick).
        """
        with self._connections.read() as connection:
            return scans.list_files(connection, folder_id, beneath)

    def list_files_of(self, folder_id: int, sub_folders: Collection[str]) -> dict[str, KnownFile]:
        """As `list_files`, of the files right in these sub-folders ("" for the folder itself)."""
        with self._connections.read() as connection:
            return scans.list_files_of(connection, folder_id, sub_folders)

    def has_files(self, folder_id: int) -> bool:
        """Whether any file of the folder is not missing."""
        with self._connections.read() as connection:
            return scans.has_files(connection, folder_id)

    def list_listings(self, folder_id: int) -> dict[str, bytes]:
        """sub_folder -> the digest that `apply_scan` was last given, if no row of a file right in
        it has been written since, else b"". Every sub-folder with a file that is not missing."""
        with self._connections.read() as connection:
            return listings.list_all(connection, folder_id)

    def last_photo_id(self) -> int:
        """The highest photo_id given so far (0 in a new catalog): rows above it came later."""
        with self._connections.read() as connection:
            return scans.last_photo_id(connection)

    def apply_scan(
        self,
        folder_id: int,
        new: Sequence[FileStat] = (),
        changed: Mapping[int, FileStat] | None = None,
        gone: Sequence[int] = (),
        back: Sequence[int] = (),
        doubted_since: float | None = None,
        listed: Mapping[str, bytes | None] | None = None,
        described: Mapping[int, str] | None = None,
    ) -> None:
        """Write what a scan found, in one transaction, with Core bulk statements (>= 20,000
        rows/s).

        new: rows that wait to be read. changed (photo_id -> stat): marked stale, so they are read
        again; problem, skipped_because and missing_since cleared; their embeddings stay and answer
        until then. gone: missing_since = now. back: missing_since = None. doubted_since: the person
        is asked about what is gone since then. listed (sub_folder -> digest, None where it is not
        there any more): what `list_listings` gives from now on. described (photo_id -> sidecars):
        other files are beside it, so that its facts are old. A folder that was removed meanwhile is
        passed over.
        """
        if new or changed or gone or back or listed or described:
            with self._connections.write() as (connection, _):
                differences = new, changed or {}, gone, back, listed or {}, described or {}
                scans.apply(connection, folder_id, *differences)
                if doubted_since is not None:
                    doubts.note(connection, folder_id, doubted_since)

    def list_passed_over(self, folder_id: int) -> list[PassedOver]:
        """What `save_passed_over` was last given, by reason."""
        with self._connections.read() as connection:
            return passed_over.list_scanned(connection, folder_id)

    def save_passed_over(self, folder_id: int, passed: Sequence[PassedOver]) -> None:
        """What a scan of the whole folder passed over, in place of what was so before."""
        with self._connections.write() as (connection, _):
            passed_over.save(connection, folder_id, passed)

    # ingest

    def list_waiting(self, pass_id: str, limit: int, after_photo_id: int = 0) -> list[Photo]:
        """Photos that wait for this pass: present, in a present folder, no problem, not skipped,
        and stale, or not done with yet. Ordered by photo_id, > after_photo_id."""
        with self._connections.read() as connection:
            pass_key = made.find_pass_key(connection, pass_id)
            return photos.list_waiting(connection, pass_key, limit, after_photo_id)

    def list_waiting_sizes(self, pass_id: str) -> tuple[IdArray, IdArray]:
        """photo_ids (n,) int64 ascending, and sizes in bytes (n,) int64, of all waiting photos."""
        with self._connections.read() as connection:
            pass_key = made.find_pass_key(connection, pass_id)
            return photos.list_waiting_sizes(connection, pass_key)

    def list_done(self, contents: Mapping[int, str]) -> dict[int, set[str]]:
        """contents: photo_id -> content_hash. The pass_ids that were done with just this content of
        the photo, those that failed on it included."""
        with self._connections.read() as connection:
            return made.list_done(connection, contents)

    def list_by_hashes(self, content_hashes: Sequence[str]) -> dict[str, list[Photo]]:
        """content_hash -> the photos whose content was this when they were last read, by photo_id:
        missing and stale ones included, skipped rows left out; no entry for unknown contents."""
        with self._connections.read() as connection:
            return photos.list_by_hashes(connection, content_hashes)

    def save_batch(self, batch: Sequence[Ingested]) -> None:
        """One transaction: stat, hash, metadata, problem or skip, and what was made of each; no
        longer stale.

        Where the stored hash differs from the new one, what other passes made is dropped; of a
        photo with a problem or that is skipped all is. Where an Ingested has no metadata, stored
        metadata stays if the hash is the same. A photo_id that was removed meanwhile is passed
        over. Raises ModelMismatch if a vector's length is not that of the pass's others.
        """
        if batch:
            with self._connections.write() as (connection, revision):
                ingests.save(connection, revision, batch)

    def list_old_facts(self, limit: int, after_photo_id: int = 0) -> list[Photo]:
        """Photos whose content is known but of which the file may say something else now: it was
        touched, copied or moved, or facts are read in another way than before. Present, without a
        problem, by photo_id."""
        with self._connections.read() as connection:
            return photos.list_old_facts(connection, limit, after_photo_id)

    def save_facts(self, facts: Mapping[int, Metadata | None]) -> None:
        """photo_id -> what the file says now; None keeps what is known. No longer old."""
        if facts:
            with self._connections.write() as (connection, _):
                ingests.save_facts(connection, facts)

    def merge_rename(self, photo_id: int, moved_to_photo_id: int) -> None:
        """The file of `photo_id` was moved: it takes folder, path and stat of row
        `moved_to_photo_id`, which disappears; first_seen_at, metadata and what was made of
        `photo_id` stay. Clears missing_since. Nothing happens if either was removed meanwhile."""
        with self._connections.write() as (connection, _):
            ingests.merge_rename(connection, photo_id, moved_to_photo_id)

    def copy_made(self, from_photo_id: int, to_photo_id: int) -> None:
        """Give a copy of the same content all that was made of its twin, its hash and metadata.
        Nothing happens if either was removed meanwhile."""
        with self._connections.write() as (connection, revision):
            ingests.copy(connection, revision, from_photo_id, to_photo_id)

    def forget_problem(self, photo_ids: Sequence[int]) -> None:
        """Make photos with a problem wait again (Retry), for what failed."""
        if photo_ids:
            with self._connections.write() as (connection, _):
                ingests.forget_problem(connection, photo_ids)

    # reading

    def find_photo(self, path: Path) -> Photo | None:
        """By its absolute path; None for a file that is skipped."""
        with self._connections.read() as connection:
            return photos.find(connection, path)

    def get_photos(self, photo_ids: Sequence[int]) -> list[Photo]:
        """In the order asked; ids that are unknown are left out. Any number of ids."""
        with self._connections.read() as connection:
            return photos.get(connection, photo_ids)

    def list_photo_ids(self, which: Filter = LISTED) -> IdArray:
        """Newest taken_at first (not yet read ones by mtime), then photo_id. 100,000 readable ones
        in < 0.3 s (an index on a stored sort column)."""
        with self._connections.read() as connection:
            return photos.list_ids(connection, which)

    def count_photos(self, which: Filter = LISTED) -> int:
        with self._connections.read() as connection:
            return photos.count(connection, which)

    def list_by_date(self, which: Filter = LISTED) -> Listing:
        """The same photos with their months, both from one moment. 100,000 in < 0.1 s."""
        with self._connections.read() as connection:
            months = counts.by_month(connection, which)
            return Listing(photos.list_ids(connection, which), months)

    def count_by_month(self, which: Filter = LISTED) -> tuple[Month, ...]:
        """Newest first, months without photos left out. 100,000 photos in < 0.1 s."""
        with self._connections.read() as connection:
            return counts.by_month(connection, which)

    def count_by_sub_folder(self, folder_id: int) -> dict[str, int]:
        """sub_folder -> photos that are LISTED beneath it, at any depth; "" is the folder itself.
        Every sub-folder with such photos, in no order. 100,000 photos in < 0.1 s."""
        with self._connections.read() as connection:
            return counts.by_sub_folder(connection, folder_id)

    def list_content_hashes(self) -> set[str]:
        """Of all photos that were read, missing ones included. 100,000 in about 0.1 s."""
        with self._connections.read() as connection:
            return photos.list_content_hashes(connection)

    def list_problems(self) -> list[Problem]:
        """Of all files that cannot be read, and of all passes that failed on one that can, by
        path."""
        with self._connections.read() as connection:
            failures = made.list_failures(connection)
            return photos.list_problems(connection, failures)

    def count(self, pass_id: str) -> Counts:
        """A stale photo of which something was made before it changed counts as done."""
        return self.glance(pass_id).counts

    def glance(self, model_id: str, pass_ids: Collection[str] = ()) -> Glance:
        """What a front end shows all the time: about a dozen statements in one transaction."""
        with self._connections.read() as connection:
            watched = folders.list_all(connection)
            counted = counts.by_folder(connection, watched)

            def count(pass_id: str) -> Counts:
                pass_key = made.find_pass_key(connection, pass_id)
                return counts.count(connection, pass_key, watched, counted)

            by_pass = {pass_id: count(pass_id) for pass_id in {model_id, *pass_ids}}
            waits = by_pass[model_id].waiting > 0
            return Glance(
                counts=by_pass[model_id],
                by_pass=by_pass,
                folders=tuple(watched),
                photos_by_folder=counts.kept(counted),
                doubts=() if waits else tuple(doubts.list_all(connection, watched)),
                passed_over=passed_over.list_all(connection),
                previous_model=connection.scalar(_PREVIOUS_MODEL),
            )

    def revision(self) -> int:
        """Rises with every committed change of any process. Cheap."""
        return self.revisions().revision

    def revisions(self) -> Revisions:
        """The same, and by what was changed: while `photos` stays, so does what every filter
        means. Cheap."""
        with self._connections.read() as connection:
            return Revisions(*connection.execute(_REVISIONS).one())

    # what passes made

    def get_made(self, photo_ids: Sequence[int], pass_id: str) -> dict[int, Value]:
        """photo_id -> what the pass made of it, of those of which it did."""
        with self._connections.read() as connection:
            return made.get_values(connection, photo_ids, pass_id)

    def forget_other_versions(self, pass_id: str) -> None:
        """Forget all that the same pass made in other versions (other revisions of a model)."""
        with self._connections.read() as connection:
            others = made.list_other_versions(connection, pass_id)
        if others:
            with self._connections.write(Subject.EMBEDDINGS) as (connection, _):
                made.drop_passes(connection, others)

    def find_embedding(self, photo_id: int, model_id: str) -> FloatArray | None:
        with self._connections.read() as connection:
            return made.find_vector(connection, photo_id, model_id)

    def get_embeddings(self, photo_ids: Sequence[int], model_id: str) -> tuple[IdArray, FloatArray]:
        """Those of the asked photos that have one, by rising photo_id."""
        with self._connections.read() as connection:
            return made.get_vectors(connection, photo_ids, model_id)

    def list_embedded_ids(self, model_id: str, since_revision: int = 0) -> IdArray:
        """Sorted photo_ids that have an embedding of model_id written after `since_revision` (each
        row stores the catalog revision of its write), so that an index on disk can be brought up to
        date without reading the rest."""
        with self._connections.read() as connection:
            return made.list_ids(connection, model_id, since_revision)

    def count_embeddings(self) -> dict[str, int]:
        """model_id -> how many."""
        with self._connections.read() as connection:
            return made.count_vectors(connection)

    # which model answers

    def answering_model(self) -> str | None:
        """model_id that answers searches, None in a new catalog."""
        with self._connections.read() as connection:
            return connection.scalar(select(StateRow.answering_model))

    def previous_model(self) -> str | None:
        with self._connections.read() as connection:
            return connection.scalar(_PREVIOUS_MODEL)

    def set_answering_model(self, model_id: str) -> None:
        """The one that answered so far becomes the previous one."""
        with self._connections.write(Subject.PEOPLE) as (connection, _):
            others = update(StateRow).where(StateRow.answering_model.is_distinct_from(model_id))
            connection.execute(
                others.values(previous_model=StateRow.answering_model, answering_model=model_id)
            )

    # health

    def check(self) -> list[str]:
        """PRAGMA integrity_check and foreign_key_check; [] when all is well."""
        try:
            with self._connections.read() as connection:
                found = list(connection.scalars(text("PRAGMA integrity_check")))
                orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
        except CatalogDamaged as error:
            return [error.message]
        if found != ["ok"]:
            note_damage(self._connections.path)
        lost = [
            f"row {row} of {table} refers to nothing in {parent}"
            for table, row, parent, _ in orphans
        ]
        return [line for line in found if line != "ok"] + lost

    @property
    def backups(self) -> Backups:
        return Backups(self._connections.path)

    def back_up_if_due(self, go_on: Callable[[], object] = lambda: None) -> Path | None:
        """Make a verified backup once a day, if the catalog has changed; None if it is not due.

        Seconds, while others read and write. The process that indexes. `go_on` is called often and
        may raise Cancelled. Raises CatalogDamaged where the catalog is, or another UserError.
        """
        revisions = self.revisions()
        if not self.backups.is_due(revisions):
            return None
        with explained(self._connections.path):
            return self.backups.make(revisions.revision, go_on)
