"""SettingsInUse: the settings while Likeness runs, and how a change of them is saved (one versioned
TOML file, which other processes and people write, too)."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import tomli_w

from desktop.errors import SettingsUnusable
from desktop.settings import Settings, close_to_others, load_settings, read_document

SETTINGS_VERSION = 1

WAIT_S = 10.0
"""So long another process may take to save its own change."""


class SettingsInUse:
    """The one copy of the settings: whoever needs one calls this object, each time anew. Any
    thread."""

    def __init__(self, path: Path, now: Settings) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._settling = self._seen

    def __call__(self) -> Settings:
        return self._now

    def change(self, settings: Settings, since: Settings | None = None) -> None:
        """Save what these change, and use it from now on. What was changed elsewhere meanwhile
        stays in the file, and comes into use by way of `changed_elsewhere`.

        since: the settings that these were made from; None for those in use. Raises
        SettingsUnusable if they cannot be saved; then those before stay in use.
        """
        with self._lock:
            now = _merged_settings(since or self._now, settings, self._now)
            save_settings(self._path, now, self._now)
            self._now, stamp = now, _stamp(self._path)
            with contextlib.suppress(SettingsUnusable):  # which `changed_elsewhere` tells
                if load_settings(self._path) == now:
                    self._seen = stamp

    def changed_elsewhere(self) -> Settings | None:
        """What is in the file, where that was changed since this object last read or wrote it and
        is something else than what is in use; None otherwise. Each change is told once, at the
        second look that finds the file the same: an editor may be writing it at the first. Where
        the catalog and its folders are is read at the next start. Raises SettingsUnusable where
        the file cannot be read."""
        with self._lock:
            stamp = _stamp(self._path)
            has_settled, self._settling = stamp == self._settling, stamp
            if stamp is None or stamp == self._seen or not has_settled:
                return None
            self._seen = stamp
            now = self._now
            read = load_settings(self._path)
            read = dataclasses.replace(read, catalog=now.catalog, mounts=now.mounts)
            return read if read != now else None


def save_settings(path: Path, settings: Settings, since: Settings | None = None) -> None:
    """Write settings through a temporary file, so that a crash leaves the old or the new ones.

    since: the settings that these were made from: what differs is written onto what the file holds
    now, and what else stands there stays, comments too. None, or an absent file: all are written.

    Raises SettingsUnusable if the file cannot be written, or is none that can be read.
    """
    with _alone(path):
        document = read_document(path)
        before = _in_toml(since) if since is not None and document else {}
        changes = {} if "version" in document else {"version": SETTINGS_VERSION}
        for key, value in _in_toml(settings).items():
            if key not in before or value != before[key]:
                changes[key] = _merged(before.get(key), value, document.get(key))
        if document | changes == document:
            return
        target = Path(os.path.realpath(path))  # where the file is a link, it stays one
        unfinished = target.with_suffix(".tmp")
        text = path.read_text(encoding="utf-8-sig") if document else ""
        unfinished.write_text(_edited(text, document, changes), encoding="utf-8")
        close_to_others(unfinished, 0o600)
        os.replace(unfinished, target)


def _edited(text: str, document: dict[str, Any], changes: dict[str, Any]) -> str:
    """The text of a file with these changes, and what else stands there as it is. Where a person
    writes TOML in other ways than this knows, it is written anew, without comments."""
    edited = text if text.endswith("\n") or not text else f"{text}\n"
    for key, value in changes.items():
        entry = re.compile(_ENTRY.format(key=key), re.MULTILINE)
        written = tomli_w.dumps({key: value})
        if isinstance(value, dict):
            edited = entry.sub("", edited) + written
        elif entry.search(edited):
            edited = entry.sub(lambda _, new=written: new, edited)  # type: ignore[misc]
        else:
            at = table.start() if (table := _TABLE.search(edited)) else len(edited)
            edited = edited[:at] + written + edited[at:]
    whole = document | changes
    with contextlib.suppress(tomllib.TOMLDecodeError):
        if tomllib.loads(edited) == whole:
            return edited
    return tomli_w.dumps(whole)


_ENTRY = (
    r"^\[{key}\].*\n(?:(?!\[).*\n)*"  # a table, up to the next one
    r"|^{key}[ \t]*=.*\n(?:[ \t]+\S.*\n|\].*\n)*"  # a value, maybe a list on several lines
)
_TABLE = re.compile(r"^\[", re.MULTILINE)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """For the block: no other process changes the file."""
    lock = filelock.FileLock(path.with_suffix(".lock"), timeout=WAIT_S, mode=0o600)
    try:
        with lock:
            yield
    except filelock.Timeout as error:
        raise SettingsUnusable(
            f"The settings cannot be saved to {path}: another Likeness is writing them.",
            "Try again; if it goes on, end that one.",
        ) from error
    except OSError as error:
        raise SettingsUnusable(
            f"The settings cannot be saved to {path}: {error.strerror}."
        ) from error


def _in_toml(settings: Settings) -> dict[str, Any]:
    document = dataclasses.asdict(settings)
    document["theme"] = settings.theme.value
    return {key: list(each) if isinstance(each, tuple) else each for key, each in document.items()}


def _merged_settings(before: Settings, after: Settings, theirs: Settings) -> Settings:
    """`theirs`, with what became otherwise between the other two."""
    changes = {
        field.name: _merged(old, new, getattr(theirs, field.name))
        for field in dataclasses.fields(Settings)
        if (old := getattr(before, field.name)) != (new := getattr(after, field.name))
    }
    return dataclasses.replace(theirs, **changes)


def _merged(before: Any, after: Any, theirs: Any) -> Any:
    """What a value becomes that two have changed: of lists and tables, each its own entries."""
    if isinstance(after, dict) and isinstance(before, dict) and isinstance(theirs, dict):
        gone = before.keys() - after.keys()
        changed = {key: each for key, each in after.items() if before.get(key) != each}
        return {key: each for key, each in theirs.items() if key not in gone} | changed
    if isinstance(after, (list, tuple)) and theirs != before and type(theirs) is type(after):
        kept = [each for each in theirs if each in after or each not in before]
        return type(after)([*kept, *(each for each in after if each not in (*before, *kept))])
    return after


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written anew; None where it is not there."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_ino, now.st_mtime_ns, now.st_size
