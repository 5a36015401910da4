"""What files of vectors hold: a header, and a row for each photo; see docs/vectors.md."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import desktop
from desktop.catalog import Photo
from desktop.errors import LikenessError, VectorsUnusable
from desktop.library.exporting.facts import facts_of

VERSION = 1
"""Of what the files hold. One that an older Likeness could not read right gets the next number."""

AT_ONCE = 1_000
"""Rows that are in memory at a time."""

NOTHING_TAKEN = "Nothing was imported."

_FORMAT = "likeness-vectors"
_MOST_NUMBERS = 16_384
_MOST_LETTERS = 500


@dataclass(frozen=True, slots=True)
class VectorsHeader:
    """What is true of all rows of a file.

    Attributes:
        model_id: whose vectors they are.
        dim: how many numbers each has.
        n_rows: None where the file itself tells.
    """

    model_id: str
    dim: int
    n_rows: int | None = None

    def written(self) -> str:
        """As JSON."""
        said = {
            "format": _FORMAT,
            "version": VERSION,
            "model_id": self.model_id,
            "dim": self.dim,
            "written_by": f"Likeness {desktop.__version__}",
        }
        return json.dumps(said if self.n_rows is None else {**said, "rows": self.n_rows})

    @classmethod
    def read(cls, text: str, path: Path) -> VectorsHeader:
        """Raises VectorsUnusable."""
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict) or said.get("format") != _FORMAT:
            raise not_ours(path)
        version = _number(said.get("version"), 1)
        if version is None:
            raise not_ours(path)
        if version > VERSION:
            raise VectorsUnusable(
                f"{path.name} was written by a later version of Likeness: it has version {version} "
                f"of these files, and this Likeness knows {VERSION}.",
                f"Install a newer Likeness. {NOTHING_TAKEN}",
            )
        model_id, dim = said.get("model_id"), _number(said.get("dim"), 1)
        is_name = isinstance(model_id, str) and "@" in model_id.strip("@")
        if not is_name or not str(model_id).isprintable() or len(str(model_id)) > _MOST_LETTERS:
            raise unusable(path, "it does not say by which model its vectors were made")
        if dim is None or dim > _MOST_NUMBERS:
            raise unusable(path, "it does not say how many numbers its vectors have")
        return cls(str(model_id), dim, _number(said.get("rows"), 0))


def _number(value: object, least: int) -> int | None:
    """None for what is no whole number, or a lower one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int) and value >= least else None


@dataclass(frozen=True, slots=True)
class RowsOut:
    """Some photos, and their vectors (n, d) float32 in the same order."""

    photos: Sequence[Photo]
    vectors: NDArray[np.float32]

    def columns(self) -> dict[str, list[Any]]:
        """All but the vectors; None where nothing is known. Text can be written as UTF-8."""
        columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for photo in self.photos:
            known = {
                "photo_id": photo.photo_id,
                "content_hash": photo.content_hash,
                **facts_of(photo),
            }
            for name, values in columns.items():
                value = known[name]
                values.append(_as_utf8(value) if isinstance(value, str) else value)
        return columns


@dataclass(frozen=True, slots=True)
class RowsIn:
    """Some rows of a file, as they stand there.

    Attributes:
        content_hashes: None where a row has none.
        sizes: (n,) int64, of the photos' files in bytes; None where the file does not tell.
        vectors: (n, d) float32.
    """

    content_hashes: Sequence[str | None]
    sizes: NDArray[np.int64] | None
    vectors: NDArray[np.float32]


class VectorsFile(Protocol):
    """A file or table of vectors that is read, with bounded memory.

    Attributes: path: where it is; of a table, its name alone.
    """

    path: Path
    header: VectorsHeader
    n_rows: int

    def rows(self) -> Iterator[RowsIn]:
        """From the first on, at most AT_ONCE at a time; any number of times. Raises
        VectorsUnusable where the file is damaged or cut off."""

    def stamp(self) -> object:
        """What is another one where the rows were changed."""

    def close(self) -> None: ...


def stamp_of(path: Path) -> object:
    """See `VectorsFile.stamp`; of a file. Raises OSError."""
    stat = os.stat(path)
    return stat.st_size, stat.st_mtime_ns


COLUMNS: dict[str, type] = {
    "photo_id": int,
    "content_hash": str,
    "path": str,
    "name": str,
    "taken": np.datetime64,
    "width": int,
    "height": int,
    "format": str,
    "camera": str,
    "lens": str,
    "latitude": float,
    "longitude": float,
    "bytes": int,
}
"""In order; behind them stands `vector`."""


def not_ours(path: Path) -> VectorsUnusable:
    return VectorsUnusable(
        f"{path.name} is no file of vectors that Likeness or docs/vectors.md describes.",
        f"`likeness export parquet PLACE` writes one. {NOTHING_TAKEN}",
    )


def unusable(path: Path, why: str) -> VectorsUnusable:
    return VectorsUnusable(f"{path.name} cannot be used: {why}.", NOTHING_TAKEN)


@contextmanager
def explained(path: Path, *kinds: type[Exception]) -> Iterator[None]:
    """What reading a damaged file raises becomes a sentence. kinds: that its format's library
    raises besides. A pipe, which would be waited for without end, is not opened."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise VectorsUnusable(
                f"{path} is no file but a pipe or a device.", "Copy it to a file."
            )
        yield
    except LikenessError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VectorsUnusable(f"There is no file {path}.", "Check the name.") from error
    except IsADirectoryError as error:
        raise VectorsUnusable(f"{path} is a folder.", "Name a file in it.") from error
    except PermissionError as error:
        raise VectorsUnusable(f"{path} may not be read.", "Let your account read it.") from error
    except Exception as error:
        if not isinstance(error, (OSError, EOFError, ValueError, KeyError, *kinds)):
            raise
        raise unusable(path, "it is damaged or cut off") from error


def _as_utf8(text: str) -> str:
    """Bytes of a name that are no text become escapes, as in tables."""
    return text.encode("utf-8", "backslashreplace").decode()
