"""Running the migrations; which of them there are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

MIGRATIONS_PATH = Path(__file__).parents[1] / "migrations"


def newest_version(migrations_path: Path) -> int:
    return max(int(file.stem[1:]) for file in (migrations_path / "versions").glob("v*.py"))


def run_migrations(connection: Connection, migrations_path: Path, only_note: bool = False) -> None:
    """Bring a catalog to the newest version, in the transaction of the caller. only_note: it is of
    that version already, and only that has to be written."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations_path).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    (command.stamp if only_note else command.upgrade)(config, "head")
