"""What one argument means: paths, dates, kinds of files, numbers."""

from __future__ import annotations

import argparse
import math
import os
import platform
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desktop.dates import begin_of
from desktop.errors import FolderUnusable

if TYPE_CHECKING:
    from desktop.library import Kind, PhotoPart

FILE_URL = "file:/"  # file:///a and file:/a, in any case, mean the same


def cluster(text: str) -> str:
    """Raises ArgumentTypeError for what names no Ray cluster."""
    if text != "ray" and not (text.startswith("ray://") and len(text) > len("ray://")):
        raise argparse.ArgumentTypeError(f"{text} is neither ray nor ray://HOST:PORT")
    return text


_ADDRESS = re.compile(r"(https?|clickhouses?)://", re.IGNORECASE)


def place_of(text: str) -> Path | str:
    """The address of another program, or a path. Raises ArgumentTypeError."""
    return text if _ADDRESS.match(text) else path_of(text)


def path_of(text: str) -> Path:
    """The path that was typed, or that a file:// URL means. Raises ArgumentTypeError, with a
    sentence, for what is none: such as an empty one, which Path would take for the current
    folder."""
    if text.lower().startswith(FILE_URL):
        from urllib.request import url2pathname  # takes a tenth of a second

        url = urlsplit(text)
        is_here = url.netloc.lower() in ("localhost", platform.node().lower())
        host = "" if is_here else url.netloc
        if host and os.name == "posix":
            raise argparse.ArgumentTypeError(f"{text} is on another computer, {host}")
        text = url2pathname(f"//{host}{url.path}" if host else url.path)
    if "\0" in text:
        raise argparse.ArgumentTypeError("a path cannot hold a null character")
    path = Path(filled(text))
    if not path.is_absolute():
        try:
            os.getcwd()
        except OSError as error:
            raise argparse.ArgumentTypeError(
                "the current folder is gone; give the whole path"
            ) from error
    return path


def url_or_path(text: str) -> str | Path:
    """The URL of a database, unread, or a path."""
    is_url = "://" in text and not text.lower().startswith(FILE_URL)
    return text if is_url else path_of(text)


def path_or_refusal(text: str) -> Path | FolderUnusable:
    """For one of several: a wrong one is for the command to tell of, and stops no other."""
    try:
        return path_of(text)
    except argparse.ArgumentTypeError as error:
        return FolderUnusable(f"No folder can be at “{text}”: {error}.")


def filled(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def date(text: str) -> datetime:
    """When that year, month, day or minute begins."""
    begin = begin_of(text)
    if begin is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no date such as 2019, 2019-05 or 2019-05-17")
    return begin


def box(text: str) -> PhotoPart:
    from desktop.library import PhotoPart  # which --help need not wait for

    try:
        return PhotoPart.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def kind(text: str) -> Kind:
    from desktop.library import (
        Kind,
        format_of_name,  # which --help need not wait for
    )

    found = format_of_name(f"photo.{text.removeprefix('.')}")
    if found is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no kind of photo such as jpeg, png or heic")
    return Kind(found.name)


def names(text: str) -> tuple[str, ...]:
    """Several names with commas between them."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"a name is missing in “{text}”")
    return found


# argparse puts the names of these two into "invalid ... value: '0'".


def count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def score(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and -1 <= number <= 1):
        raise ValueError(text)
    return number


def share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError(text)
    return number
