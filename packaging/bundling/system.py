"""What a Linux system brings by itself: the libraries Qt needs, and the packages that hold them."""

from __future__ import annotations

import re
import subprocess
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
    "libuuid.so.*",
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


# What BASE_PACKAGES hold.
BASE_LIBRARIES = (
    "ld-linux*",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
)


class LibraryMissing(Exception):
    """A library is needed that neither the bundle nor the declared packages have."""


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


def check_libraries(bundle: Path) -> None:
    """Make sure that whatever the bundle's libraries are linked to is there when it is installed.

    Raises LibraryMissing. Needs readelf, from binutils.
    """
    libraries = [path for path in bundle.rglob("*.so*") if path.is_file() and not path.is_symlink()]
    here = {path.name for path in bundle.rglob("*.so*")} | {soname for soname, _ in qt_libraries()}
    command = ["readelf", "--dynamic", "--wide", *map(str, libraries)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", said)) - here
    missing = {name for name in needed if not any(fnmatch(name, base) for base in BASE_LIBRARIES)}
    if missing:
        raise LibraryMissing(f"Add to {TABLE.name}, or bundle: {', '.join(sorted(missing))}")
