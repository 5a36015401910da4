"""Openable: paths as they can be told to libraries that open files themselves."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

log = logging.getLogger(__name__)


def can_open(path: Path) -> bool:
    """Whether such a library can be told this path: it takes UTF-8, and on Windows only ASCII."""
    name = openable(path)
    try:
        name.encode("ascii" if sys.platform == "win32" else "utf-8")
    except UnicodeEncodeError:
        log.warning(
            "no library of the index can open a file in %r: searching exactly", str(path.parent)
        )
        return False
    return True


def openable(path: Path) -> str:
    """Annoy and Faiss open files with the narrow call, which on Windows knows no accents: the
    folder's short (8.3) name does, where the disk keeps one."""
    name = os.fspath(path)
    if sys.platform == "win32" and not name.isascii():
        import ctypes

        short = ctypes.create_unicode_buffer(32_768)
        if ctypes.windll.kernel32.GetShortPathNameW(os.fspath(path.parent), short, len(short)):
            return os.path.join(short.value, path.name)
    return name
