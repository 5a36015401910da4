"""New catalogs of SQLite in tests: each is a copy of one that the migrations have made. To run them
all takes 70 ms of a processor, and half of all tests begin with a new catalog."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from desktop.catalog.databases.sqlite import opening

migrate = opening._migrate
"""The product's own."""


class CopiedCatalogs:
    """Makes the first one, and then copies."""

    def __init__(self, folder: Path) -> None:
        self._first = folder / "new-catalog.sqlite"
        self._making = threading.Lock()

    def migrate(self, path: Path, migrations_path: Path) -> None:
        """Takes the place of the product's own, which still does what is no new catalog."""
        is_new = not path.exists() or not path.stat().st_size
        if not is_new or migrations_path != opening.MIGRATIONS_PATH:
            migrate(path, migrations_path)
            return
        with self._making:
            if not self._first.exists():
                migrate(self._first, migrations_path)
        shutil.copyfile(self._first, path)
