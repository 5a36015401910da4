"""Which machine indexes which folder of a shared catalog."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from desktop.catalog.databases.mounts import Mounts
from desktop.catalog.records import Folder

log = logging.getLogger(__name__)

_FOLDER = 0x4C696B66
"""The first half of the advisory locks that stand for folders; the second is the folder_id."""


class Claims(ABC):
    """Says which folders this process may index. Any thread.

    Attributes: is_shared: whether other machines may have this catalog open.
    """

    is_shared: bool

    @abstractmethod
    def take(self, folder: Folder) -> bool:
        """Whether this process may index the folder from now on: it does already, or no other
        does. One that turns out to be unplugged is to be left again."""

    @abstractmethod
    def mine(self) -> frozenset[int] | None:
        """The folder_ids of those that it may index, as far as they were taken; None for all."""

    @abstractmethod
    def leave(self, folder_id: int) -> None:
        """Leave a folder to others that may have it."""

    @abstractmethod
    def let_go(self) -> None:
        """Leave all of them to others."""

    def may(self, folder_id: int) -> bool:
        """Whether a folder was taken."""
        mine = self.mine()
        return mine is None or folder_id in mine

    def of_mine(self, folders: Iterable[Folder]) -> list[Folder]:
        """Those that were taken."""
        mine = self.mine()
        return [each for each in folders if mine is None or each.folder_id in mine]


class EveryFolder(Claims):
    """Of a catalog that is one machine's alone: whoever holds the lock of its data folder may index
    all of it."""

    is_shared = False

    def take(self, folder: Folder) -> bool:  # noqa: ARG002
        return True

    def mine(self) -> None:
        return None

    def leave(self, folder_id: int) -> None:
        pass

    def let_go(self) -> None:
        pass


class AdvisoryClaims(Claims):
    """Locks of a PostgreSQL server, which end with the connection that took them: so they are gone
    when a process dies, and within a minute when a machine does.

    Only folders that this machine knows to have are taken (see `Mounts`), since another folder may
    have the same path here.
    """

    is_shared = True

    def __init__(
        self,
        engine: Engine,
        mounts: Mounts,
        faults_explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._mounts = mounts
        self._explained = faults_explained
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._taken: set[int] = set()

    def take(self, folder: Folder) -> bool:
        if not self._mounts.has(folder.path):
            return False
        with self._lock, self._explained():
            self._forget_lost()
            if folder.folder_id not in self._taken:
                if self._connection is None:
                    self._connection = self._engine.connect()
                tries = select(func.pg_try_advisory_lock(_FOLDER, folder.folder_id))
                if self._connection.scalar(tries):
                    self._taken.add(folder.folder_id)
            return folder.folder_id in self._taken

    def mine(self) -> frozenset[int]:
        with self._lock:
            self._forget_lost()
            return frozenset(self._taken)

    def leave(self, folder_id: int) -> None:
        with self._lock, self._explained():
            self._forget_lost()
            if self._connection is not None and folder_id in self._taken:
                self._connection.scalar(select(func.pg_advisory_unlock(_FOLDER, folder_id)))
                self._taken.discard(folder_id)

    def let_go(self) -> None:
        with self._lock:
            if self._connection is not None:
                # Not back into the pool: the locks are the connection's.
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
            self._taken = set()

    def _forget_lost(self) -> None:
        """See whether the connection is alive still; its locks have gone with it, otherwise."""
        if self._connection is None:
            return
        try:
            self._connection.scalar(select(1))
        except DBAPIError:
            log.warning("the connection that kept folders for this machine was lost")
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
            self._taken = set()
