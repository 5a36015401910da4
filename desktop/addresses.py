"""Addresses of servers, which are written down: whether one tells a secret."""

from __future__ import annotations

from collections.abc import Iterable

_SECRETS = frozenset({"password", "passfile", "passwd", "pwd", "sslpassword", "token"})


def tell_secret(names: Iterable[str]) -> bool:
    """Whether one of the names behind the question mark of an address tells a secret, or where one
    is; whatever case it is in."""
    return not _SECRETS.isdisjoint(name.lower() for name in names)
