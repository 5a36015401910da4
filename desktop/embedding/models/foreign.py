"""Models that other packages bring: what they register under `likeness.embedders`.

An entry point there names a function like `ModelKind.prepare`. Its package is imported when the
model is looked at, in this process and in the model's; it must not import torch before it loads.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial
from importlib.metadata import EntryPoint, entry_points

from desktop.embedding.embedder import Make
from desktop.embedding.models.kinds import ModelKind
from desktop.errors import ModelUnavailable, UserError

log = logging.getLogger(__name__)

GROUP = "likeness.embedders"


def foreign_kinds(taken: Collection[str]) -> dict[str, ModelKind]:
    """By the name before the colon. What has a name that is taken, or one that no model can have,
    is left out, which the log says. Imports none of the packages; milliseconds."""
    kinds = {}
    for entry in entry_points(group=GROUP):
        if entry.name in taken or not entry.name.replace("-", "").replace("_", "").isalnum():
            log.warning("%s brings a model called %s, which is left out", entry.dist, entry.name)
            continue
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        titles = {entry.name: entry.name.replace("-", " ").replace("_", " ").capitalize()}
        kinds[entry.name] = ModelKind(titles, partial(_prepare, entry, package), package)
    return kinds


def _prepare(entry: EntryPoint, package: str, name: str, argument: str, device: str) -> Make:
    """See `ModelKind.prepare`."""
    try:
        make: Make = entry.load()(name, argument, device)
        make()
    except UserError as error:
        raise ModelUnavailable(error.message, error.hint) from error
    except Exception as error:  # whatever other people's code may raise
        log.warning("%s fails", package, exc_info=True)
        raise ModelUnavailable(
            f"The package {package}, which brings the model {name}, fails: {error}.",
            "Update it, or remove it.",
        ) from error
    return make
