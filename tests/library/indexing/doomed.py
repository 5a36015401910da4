"""A process that is going to be killed: `doomed.py WORK DATA [PHOTOS or MIGRATIONS]`.

Says "begun" when the work begins, writes every photo_id that was told to be saved to DATA/told,
says "done" if it gets that far, and then waits to be killed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import alembic.command
import alembic.config  # noqa: F401  imported now, so that the kill falls into the work
import numpy as np
from numpy.typing import NDArray

from desktop.catalog.databases.sqlite.opening import open_engine
from desktop.jobs import Job
from desktop.library import Library, Places
from tests.colour_registry import ColourRegistry


def main(work: str, data: Path, other: Path) -> None:
    if work == "migrating":
        begin()
        open_engine(data / "catalog.sqlite", other).dispose()
    else:
        in_library(work, data, other)
    say("done")
    sys.stdin.read()


def in_library(work: str, data: Path, photos: Path) -> None:
    library = Library.open(Places.under(data), None, ColourRegistry)
    write_down_what_is_saved(library, data / "told")
    if work == "indexing":
        library.folders.add(photos)
        begin()
        library.index(Job())
    elif work == "switching":
        begin()
        library.models.use("colours-2")
        library.index(Job())
    elif work == "rebuilding":
        index = library._spaces.take().index
        begin()
        for _ in range(40):
            index.rebuild(Job(), library._catalog.revision())
    else:
        raise ValueError(work)


def write_down_what_is_saved(library: Library, path: Path) -> None:
    saved = library._spaces.saved
    told = path.open("a", encoding="ascii")

    def write_down(
        model_id: str, photo_ids: NDArray[np.int64], embeddings: NDArray[np.float32]
    ) -> None:
        told.writelines(f"{model_id} {photo_id}\n" for photo_id in photo_ids.tolist())
        told.flush()
        saved(model_id, photo_ids, embeddings)

    library._spaces.saved = write_down  # type: ignore[method-assign]


def begin() -> None:
    say("begun")


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
