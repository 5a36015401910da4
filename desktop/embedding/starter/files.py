"""The files of a starter model, compared with the hashes they had when it was made."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from desktop.errors import ModelUnavailable

REINSTALL = "Install Likeness again; its packages bring the file along."


def verify(path: Path, sha256: str) -> None:
    """Compare a file with its hash. Raises ModelUnavailable when it is absent or differs."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            f"The starter model's file {path} cannot be read: {os.strerror(error.errno or 0)}.",
            REINSTALL,
        ) from error
    if found != sha256:
        raise ModelUnavailable(
            f"The file {path} of the starter model is not the one it was made with.", REINSTALL
        )


def absent(network: str, error: ImportError) -> ModelUnavailable:
    """What is said where a network's package is not installed."""
    return ModelUnavailable(f"The network {network} is not installed: {error}.", REINSTALL)
