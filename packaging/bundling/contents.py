"""Who made what is in the bundle: distributions, the interpreter, libraries of the system."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import cast

Entry = tuple[str, str, str]
"""PyInstaller's: place in the bundle, file it comes from, kind."""

ROOT = Path(__file__).resolve().parents[2]
LICENCE_NAME = re.compile(r"licen[sc]e|copying|notice|copyright", re.IGNORECASE)


class Origin(StrEnum):
    """Where a part of the bundle comes from."""

    OURS = "ours"
    PYPI = "pypi"
    INTERPRETER = "interpreter"
    DEBIAN = "debian"


class UnknownOrigin(Exception):
    """Files are in the bundle of which nobody knows whose they are."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in the bundle that has a name, a version and a licence.

    Attributes:
        licence: as its metadata puts it: an SPDX expression, a name, or "" where it says nothing.
        licence_files: the texts it carries, by the name they get in the bundle.
        needs: names of other parts that its metadata asks for, normalised.
        metadata_path: its METADATA file; None for what is no distribution.
    """

    name: str
    version: str
    origin: Origin
    licence: str = ""
    homepage: str = ""
    licence_files: dict[str, Path] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    metadata_path: Path | None = None

    @property
    def folder_name(self) -> str:
        """Of its licence texts."""
        return f"{normalised(self.name)}-{self.version}"


def normalised(name: str) -> str:
    """A distribution's name as in https://peps.python.org/pep-0503/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parts_of(entries: Iterable[Entry]) -> list[Part]:
    """Everything whose files are among the entries, by name.

    Raises UnknownOrigin for files that no distribution, no system package and not the interpreter
    owns.
    """
    owners = _owners()
    parts: dict[str, Part] = {}
    unknown = []
    for _, source, _ in entries:
        if not source or source == "-":  # namespace packages have no file
            continue
        part = _owner(source, owners)
        if part is None:
            unknown.append(source)
        else:
            parts[normalised(part.name)] = part
    if unknown:
        raise UnknownOrigin(
            "Nobody knows whose these files are: " + ", ".join(sorted(unknown)[:20])
        )
    return [parts[name] for name in sorted(parts)]


def _owner(source: str, owners: dict[str, Part]) -> Part | None:
    known = owners.get(_real(source))
    if known is not None:
        return known
    path = Path(os.path.abspath(source))
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return _ourselves()
    is_in_site_packages = "site-packages" in path.parts
    if not is_in_site_packages and path.resolve().is_relative_to(Path(sys.base_prefix).resolve()):
        return _interpreter()
    return _debian_part(str(path.resolve()))


@cache
def _owners() -> dict[str, Part]:
    """Each installed file and the distribution it belongs to."""
    owners = {}
    for distribution in importlib.metadata.distributions():
        part = _distribution_part(distribution)
        for file in distribution.files or ():
            owners[_real(str(distribution.locate_file(file)))] = part
    return owners


def _real(path: str) -> str:
    """The file with the links on the way to it resolved, and not itself: some wheels hold links."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(_real_folder(folder), name)


@cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _distribution_part(distribution: importlib.metadata.Distribution) -> Part:
    # The protocol of importlib.metadata leaves out what an e-mail message can do, which this is.
    metadata = cast(Message, distribution.metadata)
    texts = dict(_texts_of(distribution))
    metadata_path = next(
        (
            Path(str(distribution.locate_file(file)))
            for file in distribution.files or ()
            if file.name == "METADATA" and file.parent.name.endswith(".dist-info")
        ),
        None,
    )
    return Part(
        name=metadata["Name"],
        version=distribution.version,
        origin=Origin.PYPI,
        licence=_licence_of(metadata),
        homepage=_homepage_of(metadata),
        licence_files=texts,
        needs=frozenset(_needs_of(distribution)),
        metadata_path=metadata_path,
    )


def _texts_of(distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """Licence texts in a dist-info folder, or, where it has none, elsewhere in the wheel."""
    files = [
        file
        for file in distribution.files or ()
        if LICENCE_NAME.search(file.name) and file.suffix not in (".py", ".pyc", ".pyi")
    ]
    official = [file for file in files if ".dist-info" in file.parts[0]]
    for file in official or files:
        path = Path(str(distribution.locate_file(file)))
        if path.is_file():
            inside = [part for part in file.parts[1:] if part.lower() != "licenses"]
            yield "/".join(inside) or file.name, path


def _licence_of(metadata: Message) -> str:
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    stated = str(metadata.get("License") or "").strip()
    classified = [
        value.rpartition("::")[2].strip()
        for key, value in metadata.items()
        if key == "Classifier" and value.startswith("License ::")
    ]
    # Some wheels put the whole text into this field.
    if stated and "\n" not in stated and len(stated) < 100:
        return stated
    return " and ".join(classified)


def _homepage_of(metadata: Message) -> str:
    urls = [url.partition(", ") for url in metadata.get_all("Project-URL") or ()]
    named = {name.lower(): url for name, _, url in urls}
    return str(metadata.get("Home-page") or named.get("homepage") or named.get("repository") or "")


def _needs_of(distribution: importlib.metadata.Distribution) -> Iterator[str]:
    for requirement in distribution.requires or ():
        if "extra ==" not in requirement:
            yield normalised(re.split(r"[ ;<>=!~\[(]", requirement, maxsplit=1)[0])


@cache
def _ourselves() -> Part:
    from desktop import __version__

    return Part(
        name="likeness",
        version=__version__,
        origin=Origin.OURS,
        licence="MIT",
        licence_files={"LICENSE": ROOT / "LICENSE"},
    )


@cache
def _interpreter() -> Part:
    folders = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    texts = [folder / name for folder in folders for name in ("LICENSE.txt", "LICENSE")]
    text = next((path for path in texts if path.is_file()), None)
    return Part(
        name="cpython",
        version=platform.python_version(),
        origin=Origin.INTERPRETER,
        licence="Python-2.0",
        homepage="https://www.python.org",
        licence_files={"LICENSE.txt": text} if text else {},
    )


@cache
def _debian_part(path: str) -> Part | None:
    """The Debian package that owns a library; None where there is no dpkg or it owns it not."""
    # /lib is a link to /usr/lib, and dpkg knows a file by one of both names.
    names = [path, path.removeprefix("/usr")]
    for name in names:
        try:
            said = _run("dpkg-query", "--search", name)
        except (OSError, subprocess.CalledProcessError):
            continue
        package = said.splitlines()[0].rpartition(": ")[0].split(",")[0]
        version = _run("dpkg-query", "--show", "--showformat=${Version}", package)
        plain = package.partition(":")[0]
        text = Path("/usr/share/doc", plain, "copyright")
        texts = {"copyright": text} if text.is_file() else {}
        return Part(name=plain, version=version, origin=Origin.DEBIAN, licence_files=texts)
    return None


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def metadata_entries(parts: Iterable[Part], folder: Path) -> list[Entry]:
    """What importlib.metadata reads at run time, for every distribution in the bundle.

    Our own is written into `folder`: that of an editable install may be older than the version.
    """
    entries = []
    for part in parts:
        source = part.metadata_path
        name = f"{normalised(part.name).replace('-', '_')}-{part.version}.dist-info"
        if part.origin is Origin.OURS:
            source = folder / "METADATA"
            source.write_text(f"Metadata-Version: 2.1\nName: likeness\nVersion: {part.version}\n")
        if source is not None:
            entries.append((f"{name}/METADATA", str(source), "DATA"))
    return entries


def installed_bytes(parts: Iterable[Part]) -> int:
    """How much the parts hold as pip installs them, compiled files aside."""
    names = {part.name for part in parts}
    files = {path for path, part in _owners().items() if part.name in names}
    return sum(os.lstat(path).st_size for path in files if os.path.isfile(path))
