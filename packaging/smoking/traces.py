"""What strace has written down, and what of it should not have happened."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Calls that make, change or remove files, beside those that open them.
CHANGING = (
    "chmod,chown,creat,fchmodat,fchownat,lchown,link,linkat,mkdir,mkdirat,mknod,mknodat,rename,"
    "renameat,renameat2,rmdir,symlink,symlinkat,truncate,unlink,unlinkat,utimensat"
)
TRACED = f"trace=network,open,openat,openat2,{CHANGING}"

_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+|\?)(?P<rest>.*)$")
_ARGUMENT = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))")
_WRITES = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_ADDRESS = re.compile(r"\bAF_INET6?\b")
_REFUSED = re.compile(r"\b(?:EACCES|EPERM|EROFS)\b")
# Devices, and a process's own entries: names of threads are written there.
_NO_FILES = re.compile(r"/dev/(?:null|tty|pts/\d+|dri/\w+)|/proc/(?:self|thread-self|\d+)/.*")


@dataclass
class Seen:
    """Attributes:
    n_calls: how many calls were read.
    written: files that were opened for writing, made, changed or removed, or that this was tried
        with where it is forbidden.
    connections: calls that name a network address or make a socket for one.
    """

    n_calls: int = 0
    written: set[str] = field(default_factory=set)
    connections: list[str] = field(default_factory=list)


# The system's fontconfig keeps its list of fonts up to date for every program of the person.
_SHARED = re.compile(r".*/\.cache/fontconfig(?:/.*)?|/var/cache/fontconfig")


def read(files: Iterable[Path], base: str = "/") -> Seen:
    """Read the output of `strace -ff -y -e TRACED`; `base`: what the program took for /."""
    seen = Seen()
    for file in files:
        for line in file.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            call = _CALL.match(line)
            if call is None:
                continue
            seen.n_calls += 1
            if _ADDRESS.search(call["arguments"]):
                seen.connections.append(line[:200])
            elif _changes(call):
                seen.written.update(_within(path, base) for path in _paths(call["arguments"]))
    return seen


def troubles(seen: Seen, own: Iterable[Path], passing: Iterable[Path]) -> list[str]:
    """A sentence for each connection that was tried, and each file written outside the folders."""
    allowed = [*own, *passing]
    found = [f"it turned to the network: {call}" for call in seen.connections[:10]]
    for path in sorted(seen.written):
        is_above = any(folder.is_relative_to(path) for folder in allowed)
        is_within = any(Path(path).is_relative_to(folder) for folder in allowed)
        is_nobodys = _NO_FILES.fullmatch(path) or _SHARED.fullmatch(path)
        if not (is_above or is_within or is_nobodys):
            found.append(f"it wrote outside its own folders: {path}")
    if seen.n_calls == 0:
        found.append("strace has seen nothing")
    return found


def _changes(call: re.Match[str]) -> bool:
    if call["result"].startswith("-") and not _REFUSED.search(call["rest"]):
        return False
    if call["name"].startswith("open"):
        return _WRITES.search(call["arguments"]) is not None
    return call["name"] in CHANGING.split(",")


def _paths(arguments: str) -> Iterator[str]:
    for argument in _ARGUMENT.finditer(arguments):
        path = _unescaped(argument["path"])
        yield os.path.normpath(os.path.join(_unescaped(argument["folder"] or "/"), path))


def _within(path: str, base: str) -> str:
    """A path as the program sees it: strace resolves folders from outside of its root."""
    if base != "/" and Path(path).is_relative_to(base):
        return "/" + os.path.relpath(path, base)
    return path


def _unescaped(text: str) -> str:
    def plain(escape: re.Match[bytes]) -> bytes:
        named = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}
        return bytes([int(escape[1], 8)]) if escape[1] else named.get(escape[2], escape[2])

    return os.fsdecode(_ESCAPE.sub(plain, os.fsencode(text)))
