"""The doctor: looks the library over and says what it finds."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from importlib import metadata
from pathlib import Path
from typing import Any

from desktop.catalog import Catalog
from desktop.embedding import Embedder, Registry, absent, load_words, runtime_name
from desktop.errors import ModelUnavailable
from desktop.index import rate_first_answers
from desktop.ingest import Drives, path_within
from desktop.library.answering.spaces import Space, Spaces
from desktop.library.reports import DoctorReport
from desktop.search import Purpose
from desktop.settings import Places

VERSIONS_OF = (
    "likeness",
    "torch",
    "sentence-transformers",
    "transformers",
    "PySide6-Essentials",
    "annoy",
    "SQLAlchemy",
    "watchdog",
    "pillow",
    "pi-heif",
    "pylibjxl",
    "numpy",
    "openvino",
)
LITTLE_SPACE_BYTES = 500_000_000


def examine(catalog: Catalog, places: Places, spaces: Spaces, registry: Registry) -> DoctorReport:
    """Check versions, model and device, catalog, index, folders and free space. Loads the model."""
    examination = _Examination(catalog, places, spaces, registry)
    examination.look_at_models()
    examination.look_at_catalog()
    examination.look_at_indexes()
    examination.look_at_folders()
    examination.look_at_space()
    troubles = tuple(examination.troubles)
    return DoctorReport(not troubles, examination.facts, troubles)


class _Examination:
    """Attributes: facts and troubles, gathered so far."""

    def __init__(
        self, catalog: Catalog, places: Places, spaces: Spaces, registry: Registry
    ) -> None:
        self._registry = registry
        self._catalog = catalog
        self._places = places
        self._spaces = spaces
        self.facts: dict[str, Any] = {"versions": _versions()}
        self.troubles: list[str] = []

    def look_at_models(self) -> None:
        """Check the model for words and its index; then, under a heading of its own, one that
        answers likeness alone."""
        words, likeness = (self._spaces.answering(purpose) for purpose in Purpose)
        self.facts |= self._model_facts(words)
        if likeness.model_id != words.model_id:
            self.facts["likeness"] = self._model_facts(likeness)
        self.facts["embeddings"] = self._catalog.made.count_vectors()
        if self._spaces.notice is not None:
            self.troubles.append(self._spaces.notice.message)

    def _model_facts(self, embedder: Embedder) -> dict[str, Any]:
        try:
            load_words(embedder)
            embedder.load()
        except ModelUnavailable as error:
            self.troubles.append(error.message)
        return {
            "model": embedder.model_id,
            "device": embedder.device,
            "precision": embedder.precision,
            "runs": self._how_it_runs(embedder),
        }

    def _how_it_runs(self, embedder: Embedder) -> str:
        """Whether it was converted, and which numbers were adopted or refused: a sentence."""
        listed = self._registry.list_models()
        found = next((each for each in listed if each.model_id == embedder.model_id), None)
        if found is not None and found.runs:
            return found.runs
        if found is not None and found.can_convert:
            return (
                "It was not converted: whether OpenVINO is faster here is not measured "
                f"(`likeness models convert {found.name}`)."
            )
        if not runtime_name():
            return f"It was not converted: {absent().message}"
        return "It was not converted: it runs on a GPU, or has no network that OpenVINO could run."

    def look_at_catalog(self) -> None:
        damage = self._catalog.check()
        self.facts["catalog"] = {
            "path": self._catalog.name,
            "bytes": self._catalog.n_bytes(),
            "integrity": damage or "ok",
        }
        if damage:
            self.troubles.append(f"The catalog is damaged: {damage[0]}.")
        if (copies := self._catalog.backups) is not None:
            backups = copies.list()
            self.facts["backups"] = {
                "newest": str(backups[0].path) if backups else None,
                "kept": len(backups),
            }
        counts = self._catalog.count(self._spaces.answering().model_id)
        self.facts["photos"] = counts.photos
        self.facts["searchable"] = counts.searchable
        self.facts["waiting"] = counts.waiting
        self.facts["problems"] = counts.problems
        self.facts["missing"] = counts.missing

    def look_at_indexes(self) -> None:
        words, *others = self._spaces.take_all()
        self.facts["index"] = self._index_facts(words)
        for likeness in others:
            self.facts["likeness"]["index"] = self._index_facts(likeness)

    def _index_facts(self, space: Space) -> dict[str, Any]:
        index = space.index
        index.measure()
        snapshot = index.snapshot
        rating = rate_first_answers(snapshot)
        found_by = "measured" if snapshot.speed.is_measured else "usual"
        return {
            "engine": str(self._spaces.engines.answering),
            "photos": snapshot.n_items,
            "tail": snapshot.n_tail,
            "needs_rebuild": index.needs_rebuild,
            "border": space.engine.border,
            "border_is": "set" if self._spaces.exact_search_limit else found_by,
            "exact_ms": rating and round(rating.exact_ms, 2),
            "first_ms": rating and round(rating.first_ms, 2),
            "recall_at_50": rating and rating.recall,
        }

    def look_at_folders(self) -> None:
        folders = self._catalog.folders.list_all()
        drives = Drives()
        here = {
            folder.path: not drives.is_away(folder.path, has_photos=False) for folder in folders
        }
        self.facts["folders"] = [
            {"path": str(folder.path), "present": here[folder.path]} for folder in folders
        ]
        self.troubles.extend(
            f"The folder {folder.path} is not there; its photos are kept and come back with it."
            for folder in folders
            if not here[folder.path]
        )
        for n, folder in enumerate(folders):
            for other in folders[:n]:
                if here[folder.path] and here[other.path] and _overlap(folder.path, other.path):
                    self.troubles.append(
                        f"{folder.path} and {other.path} lead to the same photos; remove one."
                    )

    def look_at_space(self) -> None:
        free_bytes = shutil.disk_usage(self._places.catalog_path.parent).free
        self.facts["free_bytes"] = free_bytes
        if free_bytes < LITTLE_SPACE_BYTES:
            self.troubles.append(f"Only {free_bytes / 1e6:.0f} MB are free where the catalog is.")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in VERSIONS_OF:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "absent"
    return versions


def _overlap(one: Path, other: Path) -> bool:
    return path_within(one, other) is not None or path_within(other, one) is not None
