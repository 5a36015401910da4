"""What a Linux system brings by itself: the libraries Qt needs, and the packages that hold them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "qt-libraries.txt"

# Python's own modules are linked to these; a system may have other versions of them.
BUNDLED = (
    "libbz2.so.*",
    "libcrypto.so.*",
    "libffi.so.*",
    "liblzma.so.*",
    "libpython3*.so*",
    "libsqlite3.so.*",
    "libssl.so.*",
    "libz.so.*",
)

# libc sets the oldest system that the bundle runs on; libstdc++ must be the system's own, since
# the drivers behind libGL are linked to it.
BASE_PACKAGES = (
    "libc6 (>= 2.36)",
    "libgcc-s1",
    "libstdc++6 (>= 12)",
    "fonts-dejavu-core | fonts-liberation",
)


def qt_libraries() -> Iterator[tuple[str, str]]:
    """Soname and Debian package of each library that Qt opens windows with."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            soname, package = line.split()
            yield soname, package


def dependencies() -> str:
    """The Depends field of the Debian package."""
    return ", ".join([*BASE_PACKAGES, *sorted({package for _, package in qt_libraries()})])


def is_left_to_system(place: str, source: str) -> bool:
    """Whether this library of the build machine stays out, since the system brings its own."""
    if "site-packages" in Path(source).parts:
        return False
    if Path(source).resolve().is_relative_to(Path(sys.base_prefix).resolve()):
        return False
    return not any(fnmatch(Path(place).name, pattern) for pattern in BUNDLED)
