"""The file that holds a map between two starts: arrays of numbers, and no code."""

from __future__ import annotations

import contextlib
import logging
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.errors import DiskFull
from desktop.grouping import Ground

log = logging.getLogger(__name__)

FILE_NAME = "map.npz"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class KeptMap:
    """What the file holds: the photos at the catalog's `revision`, and the ground they stand on."""

    model_id: str
    revision: int
    photo_ids: NDArray[np.int64]
    points: NDArray[np.float32]
    ground: Ground


def load_map(path: Path) -> KeptMap | None:
    """What is in the file; None where there is none, or it cannot be read. It can be drawn
    again."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            if int(file["version"]) != _VERSION:
                return None
            ground = Ground(*(file[name] for name in ("mean", "axes", "features", "spots")))
            return KeptMap(
                str(file["model_id"]),
                int(file["revision"]),
                file["photo_ids"],
                file["points"],
                ground,
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("the map cannot be read and has to be drawn again: %s", error)
        return None


def save_map(path: Path, kept: KeptMap) -> None:
    """Through a temporary file, so that a crash leaves the old map or the new one."""
    unfinished = path.with_name(f"{FILE_NAME}.tmp")
    ground = kept.ground
    try:
        with unfinished.open("wb") as file:
            np.savez(
                file,
                version=_VERSION,
                model_id=kept.model_id,
                revision=kept.revision,
                photo_ids=kept.photo_ids,
                points=kept.points,
                mean=ground.mean,
                axes=ground.axes,
                features=ground.features,
                spots=ground.points,
            )
        os.replace(unfinished, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise DiskFull(
            f"The map cannot be saved: {error.strerror}.", "Make room, and draw it again."
        ) from error
