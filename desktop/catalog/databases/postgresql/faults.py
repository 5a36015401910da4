"""What PostgreSQL says when the environment failed it, as sentences."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from desktop.errors import CatalogAway, DiskFull, UserError

_START = "Start the server, or check the network; an open window tries again by itself."


def explain(error: DBAPIError, name: str) -> UserError | None:
    """None for what is a bug of ours. name: of the database, without a password.

    Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    if not type(error.orig).__module__.startswith("psycopg"):
        return None  # SQLite's, of a file that is copied here or from here
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return _unreachable(str(error.orig), name) if _is_operational(error) else None
    match state[:2], state:
        case "08", _:
            return _away(name)
        case "57", "57P01" | "57P02" | "57P03" | "57P05":
            return _away(name)
        case "53", "53100":
            return DiskFull(
                "The disk of the server that holds the catalog is full.",
                "Make room there; nothing is lost.",
            )
        case "53", _:
            return CatalogAway(
                f"The server of the catalog {name} takes no more connections, or has no memory.",
                "Close other programs that use it, or let it take more (max_connections).",
            )
        case "55", "55P03":
            return UserError(
                "Another Likeness keeps the catalog locked.",
                "Wait until it has written, and try again.",
            )
        case "40", _:
            return UserError(
                "Another Likeness wrote to the catalog at the same time.", "Try again."
            )
        case "28", _:
            return _refused(name)
        case "3D", _:
            return UserError(
                f"There is no database {name}.", "Make it on the server with: createdb NAME."
            )
        case "42", "42501":
            return UserError(
                f"You may not do that in the database {name}.",
                "Let its owner give you the right to make and write tables there.",
            )
        case "25", "25006":
            return UserError(
                f"The catalog {name} cannot be written.",
                "The server only lets it be read: it may be a copy that follows another one.",
            )
        case "XX", "XX001" | "XX002":
            return UserError(  # not CatalogDamaged, which is answered by Likeness's own backups
                f"The catalog {name} is damaged.",
                "Let whoever keeps the server restore it. Your photos are not affected.",
            )
        case "58", _:
            return UserError(
                f"The disk that holds the catalog {name} does not answer as it should.",
                "Let whoever keeps the server check its disk and its log.",
            )
        case "54", "54000":
            return UserError(
                "A path is too long for the catalog on PostgreSQL, which takes some 2,600 bytes.",
                "Shorten the names of its folders.",
            )
    return None


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout")


def _unreachable(said: str, name: str) -> UserError:
    """No connection was made, or it broke: libpq gives no code, and one of a few sentences."""
    if "password" in said or "authentication" in said or "role" in said:
        return _refused(name)
    if "database" in said and "does not exist" in said:
        return UserError(
            f"There is no database {name}.", "Make it on the server with: createdb NAME."
        )
    return _away(name)


def _away(name: str) -> CatalogAway:
    return CatalogAway(f"The server of the catalog {name} does not answer.", _START)


def _refused(name: str) -> UserError:
    return UserError(
        f"The server did not let you into the catalog {name}.",
        "Check the user in the URL, and the password in PGPASSWORD or in ~/.pgpass.",
    )
