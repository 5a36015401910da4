"""The groups of the catalog's methods, by what they are about: each method is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.catalog.connections import Group, reads, writes
from desktop.catalog.records import FileStat, Ingested, Metadata, Photo, Problem, Subject
from desktop.catalog.rows import (
    attributes,
    concepts,
    counts,
    folders,
    ingests,
    listings,
    made,
    photos,
    scans,
    searches,
    themes,
)

IdArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

FORGOTTEN_AT_ONCE = 5_000
"""Photos; see `Made.forget_other_versions`."""


class Folders(Group):
    """The watched folders, and what a person is asked about them."""

    list_all = reads(folders.list_all)
    add = writes(folders.add)
    remove = writes(folders.remove)
    set_missing = writes(folders.set_missing)
    move = writes(folders.move, Subject.PHOTOS | Subject.EMBEDDINGS | Subject.PEOPLE)
    count_photos = reads(counts.kept_by_folder)

    def note(self) -> None:
        """Note which folders are watched beside the catalog, for a day when it cannot be read."""
        self._connections.database.note_folders([folder.path for folder in self.list_all()])

    def answer_doubt(self, folder_id: int, forgets: bool) -> None:
        """Forget the photos that are asked about, or ask no more and keep them."""
        about = Subject.PHOTOS if forgets else Subject.PEOPLE
        with self._connections.write(about) as (connection, _):
            if forgets:
                folders.forget_doubted(connection, folder_id)
            else:
                folders.settle_doubts(connection, [folder_id])

    def settle_doubts(self) -> None:
        """Ask no more about folders whose photos have been found elsewhere or have come back. Call
        it when no photo waits to be read, since any of those may be one of them."""
        with self._connections.read() as connection:
            resolved = folders.list_resolved_doubts(connection)
        if resolved:
            with self._connections.write(Subject.PEOPLE) as (connection, _):
                folders.settle_doubts(connection, resolved)


class Files(Group):
    """What scans found: all files, also those that turned out to be no photos."""

    list_all = reads(scans.list_files)
    list_of = reads(scans.list_files_of)
    sample = reads(scans.sample_files)
    are_there = reads(scans.has_files)
    list_listings = reads(listings.list_all)
    last_id = reads(scans.last_photo_id)
    list_passed_over = reads(scans.list_passed_over)
    save_passed_over = writes(scans.save_passed_over)

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
                    folders.note_doubt(connection, folder_id, doubted_since)


class Photos(Group):
    """The photos, for those who show or search them; a group that only reads."""

    get = reads(photos.get)
    get_shots = reads(photos.get_shots)
    find = reads(photos.find)
    find_ids = reads(photos.find_ids)
    find_named = reads(photos.find_named)
    list_ids = reads(photos.list_ids)
    list_when_and_where = reads(photos.list_when_and_where)
    list_facts = reads(photos.list_facts)
    list_moments = reads(photos.list_moments)
    list_by_date = reads(counts.list_by_date)
    list_content_hashes = reads(photos.list_content_hashes)
    count = reads(photos.count)
    names_in_use = reads(counts.names_in_use)
    count_by_month = reads(counts.by_month)
    count_by_sub_folder = reads(counts.by_sub_folder)

    def list_problems(self) -> list[Problem]:
        """What is wrong with files that cannot be read, and where passes failed on one that can, by
        path."""
        with self._connections.read() as connection:
            failures = made.list_failures(connection)
            return photos.list_problems(connection, failures)


class Ingests(Group):
    """Which photos wait, and what became of them: for the ingest thread. Of a shared catalog only
    photos wait that this process may index, see `Claims`."""

    list_by_hashes = reads(photos.list_by_hashes)
    merge_rename = writes(ingests.merge_rename)

    def list_waiting(self, pass_id: str, limit: int, after_photo_id: int = 0) -> list[Photo]:
        """Photos that wait for this pass: present, in a present folder, no problem, not skipped,
        and stale, or not done with yet. Ordered by photo_id, > after_photo_id."""
        mine = self._connections.claims.mine()
        with self._connections.read() as connection:
            pass_key = made.find_pass_key(connection, pass_id)
            return photos.list_waiting(connection, pass_key, limit, after_photo_id, mine)

    def list_old_facts(self, limit: int, after_photo_id: int = 0) -> list[Photo]:
        """Photos whose content is known but of which the file may say something else now: it was
        touched, copied or moved, or facts are read in another way than before. Present, without a
        problem, by photo_id."""
        mine = self._connections.claims.mine()
        with self._connections.read() as connection:
            return photos.list_old_facts(connection, limit, after_photo_id, mine)

    def list_waiting_sizes(self, pass_id: str) -> tuple[IdArray, IdArray]:
        """photo_ids (n,) int64 ascending, and sizes in bytes (n,) int64, of all waiting photos."""
        mine = self._connections.claims.mine()
        with self._connections.read() as connection:
            pass_key = made.find_pass_key(connection, pass_id)
            return photos.list_waiting_sizes(connection, pass_key, mine)

    def save(self, batch: Sequence[Ingested]) -> None:
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

    def save_facts(self, facts: Mapping[int, Metadata | None]) -> None:
        """photo_id -> what the file says now; None keeps what is known. No longer old."""
        if facts:
            with self._connections.write() as (connection, _):
                ingests.save_facts(connection, facts)

    def copy(self, from_photo_id: int, to_photo_id: int) -> None:
        """Give a photo all that is known of another with the same content: what was made of it, its
        hash and metadata. Nothing happens if either was removed meanwhile."""
        with self._connections.write() as (connection, revision):
            ingests.copy(connection, revision, from_photo_id, to_photo_id)

    def forget_problem(self, photo_ids: Sequence[int]) -> None:
        """Make photos with a problem wait again for what failed (Retry)."""
        if photo_ids:
            with self._connections.write() as (connection, _):
                ingests.forget_problem(connection, photo_ids)

    def forget_gone(self, before: float) -> None:
        """Forget photos that went missing before then (seconds since the epoch), with all that is
        attached to them. Not those of folders that are away, or that are asked about."""
        with self._connections.read() as connection:
            has_gone = folders.has_gone(connection, before)
        if has_gone:
            with self._connections.write() as (connection, _):
                folders.forget_gone(connection, before)


class Made(Group):
    """What passes made of photos; the embeddings of a model are the vectors of its pass."""

    get_values = reads(made.get_values)
    find_vector = reads(made.find_vector)
    get_vectors = reads(made.get_vectors)
    list_ids = reads(made.list_ids)
    list_done = reads(made.list_done)
    count_vectors = reads(made.count_vectors)
    list_dims = reads(made.list_dims)
    list_of_contents = reads(made.list_of_contents)

    def get_with_photos(
        self, photo_ids: Sequence[int], pass_id: str
    ) -> tuple[list[Photo], FloatArray]:
        """Those of the photos that have a vector of the content that they have now, in the order
        asked, and the vectors (n, d), both from one moment."""
        with self._connections.read() as connection:
            known = photos.get(connection, photo_ids)
            ids, vectors = made.get_vectors(connection, photo_ids, pass_id)
        row_of = {photo_id: row for row, photo_id in enumerate(ids.tolist())}
        found = [each for each in known if each.content_hash and each.photo_id in row_of]
        return found, vectors[[row_of[each.photo_id] for each in found]]

    def put_by_content(
        self, pass_id: str, vectors: Mapping[str, FloatArray]
    ) -> list[made.OfContent]:
        """One transaction: give photos the vector of their content_hash, those that have none by
        this pass yet, and return them. The content is looked up in the same transaction, so that
        any process may do so while another one indexes. Raises ModelMismatch."""
        with self._connections.write(Subject.EMBEDDINGS) as (connection, revision):
            return made.put_by_content(connection, revision, pass_id, vectors)

    def forget_other_versions(self, pass_id: str, in_use: Collection[str] = ()) -> None:
        """Forget all that the same pass made in other versions (other revisions of a model), but
        for those in use. A transaction for a few thousand photos at a time: all of 100,000 at once
        take 4 seconds and another 800 MB of the disk."""
        with self._connections.read() as connection:
            versions = made.list_other_versions(connection, pass_id)
        others = [each for each in versions if each not in in_use]
        for other in others:
            n_dropped = FORGOTTEN_AT_ONCE
            while n_dropped == FORGOTTEN_AT_ONCE:
                with self._connections.write(Subject.EMBEDDINGS) as (connection, _):
                    n_dropped = made.drop_some(connection, other, FORGOTTEN_AT_ONCE)
        if others:
            with self._connections.write(Subject.EMBEDDINGS) as (connection, _):
                made.drop_passes(connection, others)


class ConceptRows(Group):
    """What photos have taught names to mean."""

    list_all = reads(concepts.list_all)
    teach = writes(concepts.teach, Subject.PEOPLE)
    rename = writes(concepts.rename, Subject.PEOPLE)
    forget = writes(concepts.forget, Subject.PEOPLE)


class AttributeRows(Group):
    """What people say of photos under names of their own. Filters ask for it, so that a write is
    about photos, too."""

    list_all = reads(attributes.list_all)
    list_names = reads(attributes.list_names)
    of_photos = reads(attributes.of_photos)
    values_of = reads(attributes.values_of)
    list_paths = reads(attributes.list_paths)
    put = writes(attributes.put, Subject.PEOPLE | Subject.PHOTOS)
    remove = writes(attributes.remove, Subject.PEOPLE | Subject.PHOTOS)


class Searches(Group):
    """What people have saved to be searched for again."""

    list_all = reads(searches.list_all)
    save = writes(searches.save, Subject.PEOPLE)
    rename = writes(searches.rename, Subject.PEOPLE)
    say = writes(searches.say, Subject.PEOPLE)
    forget = writes(searches.forget, Subject.PEOPLE)
    move = writes(searches.move, Subject.PEOPLE)


_THEMES = Subject.PHOTOS | Subject.PEOPLE


class ThemeRows(Group):
    """Groups of photos that look alike; what people make of them is kept."""

    list_all = reads(themes.list_all)
    list_photos = reads(themes.list_photos)
    last_run = reads(themes.last_run)
    save = writes(themes.save, Subject.PHOTOS)
    rename = writes(themes.rename, _THEMES)
    hide = writes(themes.hide, _THEMES)
    merge = writes(themes.merge, _THEMES)
    split = writes(themes.split, _THEMES)
