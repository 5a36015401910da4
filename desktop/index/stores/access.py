"""Access: where a server is, and the password for it, which is kept nowhere by Likeness."""

from __future__ import annotations

import netrc
import os
from urllib.parse import parse_qsl, urlsplit

from desktop.addresses import tell_secret
from desktop.errors import EngineUnavailable

TOKEN = "LIKENESS_ENGINE_TOKEN"
"""The environment variable that has a password or token."""


def expect_plain(uri: str) -> None:
    """Raises EngineUnavailable where an address holds a password, which would be written into the
    settings."""
    try:
        parts = urlsplit(uri)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        has_password = parts.password is not None or tell_secret(names)
    except ValueError as error:
        raise EngineUnavailable(
            "That is no address of a server.", "Check how it is typed."
        ) from error
    if has_password:
        raise EngineUnavailable(
            "An address is kept in the settings, so it may hold no password.",
            f"Leave it out, and put it into {TOKEN} or into ~/.netrc.",
        )


def find_login(uri: str) -> tuple[str, str]:
    """User and password (or token) for a server, "" where there are none: of the environment, else
    of the file ~/.netrc, or the one that NETRC names. Raises EngineUnavailable for a file that
    cannot be read."""
    parts = urlsplit(uri)
    user, token = parts.username or "", os.environ.get(TOKEN, "")
    if token:
        return user, token
    try:
        known = netrc.netrc(os.environ.get("NETRC")).authenticators(parts.hostname or "")
    except FileNotFoundError:
        known = None
    except (OSError, netrc.NetrcParseError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "msg", error)
        raise EngineUnavailable(
            f"The file with passwords cannot be read: {reason}.", "Mend ~/.netrc, or its rights."
        ) from error
    if known is None:
        return user, ""
    return user or known[0], known[2] or ""
