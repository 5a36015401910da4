"""Whereabouts: where a model of a name may lie on this computer, and what a place is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from desktop.embedding.fetching.download import Source
from desktop.embedding.folders.hub_cache import list_snapshots
from desktop.settings import Places, Settings, resource_path


class Whereabouts:
    """Reads names of files; no network, no torch. Any thread."""

    def __init__(
        self,
        places: Places,
        settings: Callable[[], Settings],
        source_of: Callable[[str], Source | None],
        shipped: Collection[str],
        taken: Collection[str],
    ) -> None:
        """source_of: where a name can be downloaded from. shipped: names of folders that come with
        Likeness. taken: names that mean something else than a folder."""
        self._places = places
        self._settings = settings
        self._source_of = source_of
        self._shipped = frozenset(shipped)
        self._taken = frozenset((*shipped, *taken))

    @property
    def chosen(self) -> tuple[str, Path] | None:
        """The folder in settings, and its name; a snapshot in a hub cache is owner/name."""
        folder = self._settings().model_folder
        path = Path(folder).expanduser() if folder else None
        return None if path is None else (self._called(path), path)

    def places_of(self, name: str) -> Iterator[Path]:
        """Where a model may lie: with Likeness, where its name says, the folder in settings, our
        models folder, the hub's cache."""
        if name in self._shipped:
            yield resource_path("models", name)
            return
        if is_path(name):
            yield Path(name)
            return
        if self.chosen is not None and name == self.chosen[0]:
            yield self.chosen[1]
        if self.own_folder(name).is_dir():
            yield self.own_folder(name)
        source = self._source_of(name)
        if source is not None:
            yield from list_snapshots(source.repo, source.revision)

    def own_folder(self, name: str) -> Path:
        """Where a model lies in our models folder; owner/name is one folder, owner--name."""
        return self._places.models_path / name.replace("/", "--").replace("\\", "--").lstrip(".")

    def list_own(self) -> list[str]:
        """What lies in our models folder."""
        try:
            folders = sorted(path for path in self._places.models_path.iterdir() if path.is_dir())
        except OSError:
            return []
        names = [path.name for path in folders if not path.name.startswith(".")]
        names = [name for name in names if name not in self._taken]
        return [name.replace("--", "/", 1) for name in names if not name.endswith(".partial")]

    def named(self, typed: str) -> str:
        """What a model is called that a person names by a path, as they type it: by its whole path,
        unless it has a name of its own. Anything else is a name already."""
        path = Path(typed).expanduser()
        if not (is_path(typed) or typed.startswith(("~", ".")) or self._is_folder_here(typed)):
            return typed
        path = Path(os.path.abspath(path))
        if self.chosen is not None and path == self.chosen[1]:
            return self.chosen[0]
        if path.parent == self._places.models_path and path.name not in self._taken:
            return path.name.replace("--", "/", 1)
        return str(path)

    def _is_folder_here(self, typed: str) -> bool:
        """In the current folder, and not the name of a model."""
        return "/" in typed and Path(typed).is_dir() and not any(self.places_of(typed))

    def _called(self, path: Path) -> str:
        if path.parent.name == "snapshots" and path.parent.parent.name.startswith("models--"):
            return path.parent.parent.name.removeprefix("models--").replace("--", "/", 1)
        return f"my-{path.name}" if path.name in self._taken else path.name


def is_path(name: str) -> bool:
    """Whether a name is the whole path of a folder or file."""
    return Path(name).is_absolute()
