"""What can be typed after the commands that say how the library is, and mend it."""

from __future__ import annotations

from desktop.cli.typed.options import Commands, add_json
from desktop.cli.typed.values import url_or_path


def add_health_commands(commands: Commands) -> None:
    add_json(commands.add_parser("status", help="how much is searchable, and which model answers"))
    problems = commands.add_parser("problems", help="photos that cannot be read, or not whole")
    problems.add_argument(
        "--passed-over", action="store_true", help="what was left out of the folders, and why"
    )
    add_json(problems)
    restore = commands.add_parser(
        "restore", help="put the newest backup in the place of a damaged catalog, which is kept"
    )
    restore.add_argument(
        "--new", action="store_true", help="begin a new catalog instead of taking a backup"
    )
    doctor = commands.add_parser(
        "doctor", help="look for trouble: catalog, index, model, folders, free space"
    )
    doctor.add_argument(
        "--offline-proof",
        action="store_true",
        help="play a whole session on drawn pictures and watch that it opens no socket",
    )
    add_json(doctor)
    copied = commands.add_parser(
        "copy-catalog",
        help="copy the catalog to a PostgreSQL server, or from there into a file",
        description="Copies all that is known of the photos and compares it row by row. The "
        "catalog stays as it is, and goes on being used until you choose the other one. A place "
        "that holds a library already is refused; where not all can be copied, nothing is left.",
    )
    copied.add_argument(
        "--to",
        type=url_or_path,
        required=True,
        metavar="URL|PATH",
        help="postgresql+psycopg://USER@HOST/DATABASE, a data folder, or a file NAME.sqlite",
    )
    add_json(copied)
    forget = commands.add_parser(
        "forget-everything", help="remove all that Likeness has made; photos are not touched"
    )
    forget.add_argument("--yes", action="store_true", help="do it; without this, nothing is done")
