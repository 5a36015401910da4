"""The log: a rotating file that only its owner may read, without names of photos or folders."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop.legible import legible

LOG_BYTES = 1_000_000
N_OLD_LOGS = 3
FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

# Every format that Likeness reads, and what else a camera writes.
_SUFFIXES = (
    "jpe?g|jpe|jfif|mpo|a?png|webp|gif|tiff?|bmp|dib|hei[cf]s?|hif|avifs?|jp[2xfc]|j2[kc]|jxl|svg|"
    "ps[bd]|tga|p[pgbnfa]m|xcf|"
    "dng|raw|cr[23w]|nef|nrw|arw|orf|rw2|raf|pef|srw|mov|mp4|xmp"
)
_PATH = r"(?:[A-Za-z]:[\\/]|\\\\|/(?=[^\s/]))"
_RULES = (
    # Code elsewhere in a traceback keeps its file's name.
    (re.compile(r'File "(?!<)[^"\n]*?([^"/\\\n]+\.pyc?)"'), r'File "<elsewhere>/\1"'),
    # A path in quotes, as Python writes it into most of its errors.
    (re.compile(rf"""(?P<quote>['"])(?={_PATH})(?:\\.|(?!(?P=quote)).)*(?P=quote)"""), "<path>"),
    # A bare name in quotes.
    (
        re.compile(
            rf"""(?P<quote>['"])(?:\\.|(?!(?P=quote))[^\n])*?\.(?:{_SUFFIXES})(?P=quote)""", re.I
        ),
        "<photo>",
    ),
    (re.compile(r"\b(?:file|sqlite):/\S*"), "<path>"),
    # A path without quotes may hold blanks, so nobody can tell where it ends: up to the line's end,
    # or up to what an OSError says before it.
    (re.compile(rf"(?<![\w>~.:/\\]){_PATH}[^\n]*"), "<path>"),
    (re.compile(rf"""[^\s'"<>/\\]+\.(?:{_SUFFIXES})\b""", re.I), "<photo>"),
)


def without_names(text: str, places: Mapping[str, str] | None = None) -> str:
    """`text` without paths and names of photos; what is ours keeps its name.

    places: paths that may stay, by what is written in their place ("<data>"). The folders of the
    program and of Python are among them anyway. Everything else that looks like a path or a photo's
    name becomes <path> or <photo>: rather too much than too little.
    """
    for name, path in sorted((places or {}).items(), key=lambda known: -len(known[1])):
        text = text.replace(path, name)
    for name, path in _PROGRAM.items():
        text = text.replace(path, name)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def _program() -> dict[str, str]:
    """Where the program's own code is, longest path first: tracebacks are full of it."""
    known = {
        "<likeness>": str(Path(__file__).resolve().parent),
        "<environment>": sys.prefix,
        "<python>": str(Path(os.__file__).resolve().parent),
        "<base>": sys.base_prefix,
    }
    return dict(sorted(known.items(), key=lambda one: -len(one[1])))


_PROGRAM = _program()


class _OneLine(logging.Formatter):
    """Formats a record so that no name of a file in it can end the line or begin another."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        record.message = legible(record.message)
        return super().formatMessage(record)


class _Nameless(_OneLine):
    """Formats a record with its traceback, then takes the names out."""

    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__()
        self._places = places

    def format(self, record: logging.LogRecord) -> str:
        return without_names(super().format(record), self._places)


class _PrivateFile(RotatingFileHandler):
    """Its files are readable by their owner only, whatever the umask and the folder."""

    def _open(self):  # type: ignore[no-untyped-def]  # the stub's return type is private
        def private(path: str, flags: int) -> int:
            descriptor = os.open(path, flags, 0o600)
            if os.name == "posix":
                os.fchmod(descriptor, 0o600)
            return descriptor

        return open(
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private
        )


def start_log(path: Path, debug: bool, places: Mapping[str, str] | None = None) -> None:
    """Log to a rotating file; warnings of libraries go there too and never to the terminal.

    With `debug` the terminal gets the log too, and names stay in it: whoever looks for a fault
    wants to know which photo it was.
    """
    to_file = _open_file(path)
    to_file.setFormatter(_OneLine() if debug else _Nameless(places or {}))
    handlers: list[logging.Handler] = [to_file]
    if debug:
        to_terminal = logging.StreamHandler()
        to_terminal.setFormatter(_OneLine())
        handlers.append(to_terminal)
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    logging.getLogger("desktop").setLevel(logging.DEBUG if debug else logging.INFO)
    logging.captureWarnings(True)
    # A log that another process is just rotating is no reason for a traceback.
    logging.raiseExceptions = debug


def _open_file(path: Path) -> logging.Handler:
    """None where it cannot be written, on a read-only disk say. The catalog cannot be written there
    either, and its error says more."""
    try:
        return _PrivateFile(
            path, maxBytes=LOG_BYTES, backupCount=N_OLD_LOGS, encoding="utf-8", errors="replace"
        )
    except OSError:
        return logging.NullHandler()


def end_log() -> None:
    """Close the file; nothing is logged any more."""
    logging.captureWarnings(False)
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _PrivateFile):
            root.removeHandler(handler)
            handler.close()
    root.addHandler(logging.NullHandler())
