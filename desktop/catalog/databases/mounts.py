"""Where shared folders are on this machine.

A folder has one path in a shared catalog, which stands for it: that under which it was added first.
Each machine keeps, in its own settings, where it has that folder itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


class Mounts:
    """Paths as the catalog has them, and as this machine does. Any thread.

    What lies in a folder that is known here goes along with it; all other paths are the same in
    both.
    """

    def __init__(self, places: Mapping[str, str] | None = None) -> None:
        """places: path in the catalog -> path here."""
        self._places = dict(places or {})

    @property
    def places(self) -> dict[str, str]:
        """path in the catalog -> path here."""
        return dict(self._places)

    def put(self, shared: str, here: str) -> None:
        """The folder that the catalog knows as `shared` is at `here`."""
        self._places = {**self._places, shared: here}

    def drop(self, shared: str) -> None:
        self._places = {known: here for known, here in self._places.items() if known != shared}

    def has(self, here: Path) -> bool:
        """Whether a shared folder is known to be there."""
        return str(here) in self._places.values()

    def here(self, shared: str) -> str:
        return _moved(shared, self._places.items())

    def shared(self, here: str) -> str:
        return _moved(here, ((place, known) for known, place in self._places.items()))


def _moved(path: str, places: Iterable[tuple[str, str]]) -> str:
    """The path with its beginning replaced, by the longest that fits."""
    fits = [(old, new) for old, new in places if path == old or _is_in(path, old)]
    if not fits:
        return path
    old, new = max(fits, key=lambda pair: len(pair[0]))
    inner = path[len(old) :]
    # The two may be of different systems.
    separator = "\\" if "\\" in new and "/" not in new else "/"
    return new.rstrip("/\\") + inner.replace("\\" if "\\" in old else "/", separator)


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(folder) and (path[len(folder)] in "/\\" or folder[-1:] in ("/", "\\"))
