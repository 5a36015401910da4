"""`likeness searches`: which there are under a name, one more, one less."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import say_json, say_table
from desktop.cli.said.streams import say, say_done
from desktop.errors import FolderUnusable, QueryUnanswerable
from desktop.library import SEARCHED, InFolder, Library, SavedSearch


def searches(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_saved(library: Library, arguments: argparse.Namespace) -> int:
    saved = [_described(library, each, arguments.count) for each in library.saved.list()]
    if arguments.json:
        say_json(saved)
    elif saved:
        say_table(
            ("Photos", "Name", "Text", "Where"),
            (
                (
                    "" if each["count"] is None else f"{each['count']:,}",
                    each["name"],
                    each["text"],
                    each["error"] or " ".join(filter(None, (each["folder"], each["taken"]))),
                )
                for each in saved
            ),
        )
    else:
        say("No search is saved yet; `likeness searches save NAME TEXT` saves one.")
    return DONE


def save(library: Library, arguments: argparse.Namespace) -> int:
    which = SEARCHED
    if arguments.folder is not None:
        place = library.folders.filter_for(arguments.folder)
        if not isinstance(place, InFolder):
            raise FolderUnusable(
                f"{arguments.folder} holds several watched folders; a saved search has one.",
                f"Save the words with folder:{arguments.folder.absolute()}/ among them.",
            )
        which &= place
    saved = library.saved.save(arguments.name, " ".join(arguments.words), which)
    say_done(f"Saved as “{saved.name}”: {saved.text}")
    return DONE


def forget(library: Library, arguments: argparse.Namespace) -> int:
    saved = library.saved.find(arguments.name)
    library.saved.forget(saved.search_id)
    say_done(f"Forgotten: {saved.name}")
    return DONE


def _described(library: Library, saved: SavedSearch, counts: bool) -> dict[str, Any]:
    """error: why it finds nothing, as a sentence."""
    count, error = None, None
    try:
        query = library.saved.query_of(saved)
        count = library.saved.count(query) if counts else None
    except (FolderUnusable, QueryUnanswerable) as refused:
        error = refused.message
    since, until = saved.since, saved.until
    begins = f"from {since:%Y-%m-%d}" if since is not None else ""
    ends = f"before {until:%Y-%m-%d}" if until is not None else ""
    return {
        "name": saved.name,
        "text": saved.text,
        "folder": None if saved.folder is None else str(saved.folder),
        "taken": " ".join(filter(None, (begins, ends))) or None,
        "count": count,
        "error": error,
    }


ACTIONS = {"list": list_saved, "save": save, "forget": forget}
