"""Backups of the catalog: made, verified, kept for days and weeks, and found again."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desktop.catalog.databases.sqlite.faults import catalog_damaged, faults_explained, unusable
from desktop.catalog.records import Revisions
from desktop.errors import Cancelled, DiskFull, UserError

log = logging.getLogger(__name__)

KEPT_DAYS = 3
KEPT_WEEKS = 3
EVERY = timedelta(days=1)
REST = timedelta(hours=1)
STEP_PAGES = 2048
"""Copied between two looks at whether to go on: 16 MB."""
STEP_INSTRUCTIONS = 100_000
"""The same during a check, counted in instructions of SQLite's virtual machine: a few
milliseconds."""
SPARE_BYTES = 100_000_000
"""What a backup leaves free on the disk: it must not be what fills it."""

_NAME = re.compile(r"-(\d{8}-\d{6})-(?:r(?P<revision>\d+)|v(?P<version>\d+))$")
_TIME = "%Y%m%d-%H%M%S"

GoOn = Callable[[], object]
"""Called often during long work; raises Cancelled to end it."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy of the catalog.

    Attributes:
        made_at: with its zone.
        revision: the catalog's when it was copied; None for one made before a migration.
        version: of the catalog before that migration; None for a regular one.
    """

    path: Path
    made_at: datetime
    revision: int | None
    version: int | None


class Backups:
    """The copies of one catalog, in the folder `backups` beside it. Any thread; one process at a
    time makes them."""

    def __init__(self, catalog_path: Path) -> None:
        self._catalog_path = catalog_path
        self.folder = catalog_path.parent / "backups"

    def list(self, now: datetime | None = None) -> list[Backup]:
        """Newest first. Those with a date in the future, from a clock that was wrong, come last."""
        now = now or datetime.now(UTC)
        try:
            paths = [*self.folder.glob(f"*{self._catalog_path.suffix}")]
        except OSError as error:
            raise unusable(self.folder, error) from error
        backups = [backup for path in paths if (backup := self._read_name(path)) is not None]
        return sorted(
            backups, key=lambda each: (each.made_at <= now + EVERY, each.made_at), reverse=True
        )

    def find_newest_good(self) -> Backup | None:
        """The newest one that is still whole: a backup may have been damaged since."""
        return next((each for each in self.list() if find_damage(each.path) is None), None)

    def is_due(self, revisions: Revisions, now: datetime | None = None) -> bool:
        """Whether a catalog wants a backup: a day has passed and it has changed. While a person
        writes, and nothing else is new, it waits until they have been done for a while."""
        now = now or datetime.now(UTC)
        regular = [each for each in self.list(now) if each.revision is not None]
        backed_up = regular[0].revision if regular else None
        if backed_up == revisions.revision:
            return False
        if any(now - EVERY < each.made_at <= now for each in regular):
            return False
        if backed_up is not None and max(revisions.photos, revisions.embeddings) <= backed_up:
            return now.timestamp() - revisions.people_wrote_at > REST.total_seconds()
        return revisions.revision > 0

    def make(self, revision: int, go_on: GoOn = lambda: None, now: datetime | None = None) -> Path:
        """Copy, verify, and let go of the copies that are not to be kept. Seconds.

        Raises CatalogDamaged where the catalog itself is, another UserError where the disk
        refuses or has too little room, Cancelled.
        """
        now = now or datetime.now(UTC)
        self._remove_unfinished()
        path = self._make(f"r{revision}", now, go_on)
        self._prune(now, path)
        return path

    def make_before_migration(self, version: int) -> Path:
        """Raises CatalogDamaged before a damaged catalog is migrated, UserError as `make`."""
        return self._make(f"v{version}", datetime.now(UTC), lambda: None)

    def _make(self, what: str, now: datetime, go_on: GoOn) -> Path:
        stem, suffix = self._catalog_path.stem, self._catalog_path.suffix
        path = self.folder / f"{stem}-{now.strftime(_TIME)}-{what}{suffix}"
        self._check_room()
        copy_whole(self._catalog_path, path, go_on)
        return path

    def _remove_unfinished(self) -> None:
        """What a process that was killed has left."""
        for path in self.folder.glob("*.partial*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _check_room(self) -> None:
        try:
            needed_bytes = self._catalog_path.stat().st_size + SPARE_BYTES
            free_bytes = shutil.disk_usage(self._catalog_path.parent).free
        except OSError as error:
            raise unusable(self._catalog_path, error) from error
        if free_bytes < needed_bytes:
            raise DiskFull(
                "There is too little room on the disk to back up the catalog.",
                f"Make room for {needed_bytes / 1e6:,.0f} MB on the disk of {self.folder.parent}.",
            )

    def _prune(self, now: datetime, made: Path) -> None:
        backups = self.list(now)
        regular = [each for each in backups if each.revision is not None]
        kept = {made}
        kept |= _newest_of_each(regular, lambda each: each.made_at.date(), KEPT_DAYS)
        kept |= _newest_of_each(regular, lambda each: each.made_at.isocalendar()[:2], KEPT_WEEKS)
        migrations = [each for each in backups if each.version is not None]
        kept |= _newest_of_each(migrations, lambda each: each.version, len(migrations))
        for each in backups:
            if each.path not in kept:
                with contextlib.suppress(OSError):
                    each.path.unlink()
                    log.info("the backup %s is no longer needed", each.path.name)

    def _read_name(self, path: Path) -> Backup | None:
        match = _NAME.search(path.stem)
        if match is None or not path.name.startswith(self._catalog_path.stem):
            return None
        try:
            made_at = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
        except ValueError:
            return None
        revision, version = match["revision"], match["version"]
        return Backup(path, made_at, *(int(n) if n else None for n in (revision, version)))


def copy_whole(path: Path, to_path: Path, go_on: GoOn = lambda: None) -> None:
    """Copy a catalog as it is at one moment, also while others write, and verify the copy.

    `to_path` appears once it is whole. Raises CatalogDamaged, UserError or Cancelled.
    """
    partial = to_path.with_name(to_path.name + ".partial")
    with faults_explained(path):
        try:
            to_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            _copy(path, partial, go_on)
            _verify(path, partial, go_on)
            os.replace(partial, to_path)
        except OSError as error:
            raise unusable(to_path, error) from error
        finally:
            for left in (partial, Path(f"{partial}-journal")):
                with contextlib.suppress(OSError):
                    left.unlink(missing_ok=True)


def find_damage(path: Path, go_on: GoOn = lambda: None, is_live: bool = False) -> str | None:
    """What SQLite's integrity check says first, None when all is well. Raises Cancelled.

    is_live: others may write at the same time; otherwise the file is only looked at.
    """
    access = "mode=ro" if is_live else "immutable=1"
    stopped: list[Cancelled] = []

    def stops() -> int:
        try:
            go_on()
        except Cancelled as cancelled:
            stopped.append(cancelled)
        return len(stopped)

    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?{access}", uri=True)
        ) as catalog:
            catalog.set_progress_handler(stops, STEP_INSTRUCTIONS)
            ((found,),) = catalog.execute("PRAGMA integrity_check(1)").fetchall()
            ((n_tables,),) = catalog.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            )
    except sqlite3.DatabaseError as error:
        if stopped:
            raise stopped[0] from error
        return str(error)
    if found != "ok":
        return str(found)
    return None if n_tables else "it holds no catalog"


def _copy(path: Path, partial: Path, go_on: GoOn) -> None:
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as source,
        contextlib.closing(sqlite3.connect(partial)) as target,
    ):
        # The copy is made again if this process dies, so SQLite need not guard each step of it.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        # One read transaction over all steps: otherwise each write of others starts it anew
        # (https://www.sqlite.org/c3ref/backup_finish.html).
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target, pages=STEP_PAGES, progress=lambda *_: go_on())
    with partial.open("rb+") as file:
        os.fsync(file.fileno())


def _verify(path: Path, partial: Path, go_on: GoOn) -> None:
    found = find_damage(partial, go_on)
    if found is None:
        return
    log.error("a backup of the catalog is damaged: %s", found)
    if find_damage(path, go_on, is_live=True) is not None:
        raise catalog_damaged(path)
    raise UserError(
        "A backup of the catalog came out damaged and was thrown away; the catalog itself is well.",
        f"Check the disk of {partial.parent}.",
    )


def _newest_of_each(
    backups: Iterable[Backup], group: Callable[[Backup], Hashable], n_groups: int
) -> set[Path]:
    """The first of each of the first `n_groups` groups; `backups` come newest first."""
    found: dict[Hashable, Path] = {}
    for backup in backups:
        if len(found) < n_groups:
            found.setdefault(group(backup), backup.path)
    return set(found.values())


def note_folders(path: Path, folders: Sequence[Path]) -> None:
    """Write the watched folders into a small file beside the catalog at `path`, from which they can
    be read where the catalog cannot. A disk that refuses is logged; the catalog is what counts."""
    noted, names = _noted_folders(path), b"\0".join(os.fsencode(folder) for folder in folders)
    try:
        if noted.exists() and noted.read_bytes() == names:
            return
        coming = noted.with_name(noted.name + ".partial")
        coming.unlink(missing_ok=True)
        coming.touch(mode=0o600)  # nobody else shall read what folders somebody has
        coming.write_bytes(names)
        os.replace(coming, noted)
    except OSError as error:
        log.warning("the watched folders were not noted in %s: %s", noted.name, error)


def read_noted_folders(path: Path) -> list[Path]:
    """What `note_folders` has written last; [] where it never has."""
    try:
        names = _noted_folders(path).read_bytes()
    except FileNotFoundError:
        return []
    return [Path(os.fsdecode(name)) for name in names.split(b"\0") if name]


def _noted_folders(path: Path) -> Path:
    return path.with_name(path.name + ".folders")
