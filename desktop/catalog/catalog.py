"""Catalog: the truth about photos, opened and asked as a whole; its methods stand in groups."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import select, update

from desktop.catalog.connections import Connections
from desktop.catalog.databases import database_at
from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.databases.sqlite.backups import Backups
from desktop.catalog.groups import (
    AttributeRows,
    ConceptRows,
    Files,
    Folders,
    Ingests,
    Made,
    Photos,
    Searches,
    ThemeRows,
)
from desktop.catalog.records import Counts, Glance, Revisions, Subject
from desktop.catalog.rows import counts, folders, made, scans
from desktop.catalog.schema import StateRow
from desktop.errors import CatalogDamaged

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

    Every method, those of the groups too, may raise CatalogDamaged, or a UserError where the disk
    refuses (full, read-only, gone).

    Attributes:
        name: as a person knows it: the path of a file, or a URL without a password.
        mounts: where the folders of a shared catalog are on this machine.
        claims: which folders this process may index.
        longest_path: bytes of the longest path within a folder that it takes; None for any.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.name = connections.database.name
        self.mounts = connections.database.mounts
        self.claims = connections.claims
        self.longest_path = connections.database.longest_path
        self.folders = Folders(connections)
        self.files = Files(connections)
        self.photos = Photos(connections)
        self.ingests = Ingests(connections)
        self.made = Made(connections)
        self.searches = Searches(connections)
        self.concepts = ConceptRows(connections)
        self.themes = ThemeRows(connections)
        self.attributes = AttributeRows(connections)

    @classmethod
    def open(
        cls, where: Path | str, begin_anew: bool = False, mounts: Mounts | None = None
    ) -> Catalog:
        """Open or make the catalog, migrating it if need be: SQLite's file after a backup.

        where: the path of a file, or the URL of a PostgreSQL database. mounts: where its folders
        are here. Raises CatalogTooNew, CatalogDamaged or CatalogAway, or CatalogLost where backups
        show that there was a file (not if `begin_anew`); none of them changes anything.
        """
        database = database_at(where, mounts)
        return cls(Connections(database, database.open(begin_anew)))

    def close(self) -> None:
        self._connections.close()

    def identity(self) -> str:
        """What it is known by among the catalogs that one data folder may be used with, as a part
        of a file's name; "" for the one in the data folder itself."""
        with self._connections.read() as connection:
            return self._connections.database.identify(connection)

    @property
    def n_written(self) -> int:
        """By how much this process has raised the revision."""
        return self._connections.n_written

    def count(self, pass_id: str) -> Counts:
        """How many photos are done with a pass, and so on. One that has changed since it was done
        still counts as done."""
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
                photos_by_folder={id_: each.readable for id_, each in counted.items()},
                doubts=() if waits else tuple(folders.list_doubts(connection, watched)),
                passed_over=scans.list_all_passed_over(connection),
                previous_model=connection.scalar(_PREVIOUS_MODEL),
            )

    def revision(self) -> int:
        """Rises with every committed change of any process. Cheap."""
        return self.revisions().revision

    def revisions(self) -> Revisions:
        """The same, and for each kind of change its own: while `photos` is the same number, every
        filter still means the same photos. Cheap."""
        with self._connections.read() as connection:
            return Revisions(*connection.execute(_REVISIONS).one())

    # which model answers

    def answering_model(self) -> str | None:
        """model_id that answers words, None in a new catalog."""
        with self._connections.read() as connection:
            return connection.scalar(select(StateRow.answering_model))

    def previous_model(self) -> str | None:
        with self._connections.read() as connection:
            return connection.scalar(_PREVIOUS_MODEL)

    def likeness_model(self) -> str | None:
        """model_id that answers what resembles a photo, None where none was set yet."""
        with self._connections.read() as connection:
            return connection.scalar(select(StateRow.likeness_model))

    def set_likeness_model(self, model_id: str) -> None:
        with self._connections.write(Subject.PEOPLE) as (connection, _):
            connection.execute(update(StateRow).values(likeness_model=model_id))

    def set_answering_model(self, model_id: str) -> None:
        """The one that answered so far becomes the previous one, unless it is the same model in
        another version, to which nobody wants to go back."""
        with self._connections.write(Subject.PEOPLE) as (connection, _):
            before = connection.scalar(select(StateRow.answering_model))
            if before == model_id:
                return
            changed = update(StateRow).values(answering_model=model_id)
            if before is not None and before.partition("@")[0] != model_id.partition("@")[0]:
                changed = changed.values(previous_model=before)
            connection.execute(changed)

    # health

    def check(self) -> list[str]:
        """What is wrong with the catalog as a whole; [] when all is well."""
        try:
            with self._connections.read() as connection:
                return self._connections.database.check(connection)
        except CatalogDamaged as error:
            return [error.message]

    def n_bytes(self) -> int:
        """How large it is."""
        with self._connections.read() as connection:
            return self._connections.database.n_bytes(connection)

    @property
    def backups(self) -> Backups | None:
        """None where whoever keeps the database sees to them."""
        return self._connections.database.backups

    def back_up_if_due(self, go_on: Callable[[], object] = lambda: None) -> Path | None:
        """Make a verified backup once a day, if the catalog has changed; None if it is not due, or
        others see to that.

        Seconds, while others read and write. The process that indexes. `go_on` is called often and
        may raise Cancelled. Raises CatalogDamaged where the catalog is, or another UserError.
        """
        backups, revisions = self.backups, self.revisions()
        if backups is None or not backups.is_due(revisions):
            return None
        with self._connections.database.faults_explained():
            return backups.make(revisions.revision, go_on)
