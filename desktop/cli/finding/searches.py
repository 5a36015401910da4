"""`likeness searches`: what is saved under a name: listed, saved, renamed and forgotten."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import say_json, say_table
from desktop.cli.said.streams import say, say_done
from desktop.errors import FolderUnusable, QueryUnanswerable
from desktop.library import SEARCHED, HowMany, InFolder, Library, Query, SavedSearch


def searches(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_saved(library: Library, arguments: argparse.Namespace) -> int:
    saved = [_described(library, each, arguments.count) for each in library.saved.list()]
    if arguments.json:
        say_json([{key: each[key] for key in each if key != "asks"} for each in saved])
    elif saved:
        say_table(
            ("Photos", "Name", "Text", "Where"),
            (
                (
                    str(HowMany(each["count"] or 0, not each["more"])) if arguments.count else "",
                    each["name"],
                    each["asks"],
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
    query = Query(text=" ".join(arguments.words), filter=which)
    if arguments.like is not None:
        like = library.open_image(arguments.like)
        query = replace(query, like_path=like.like_path, like_photo_id=like.like_photo_id)
    saved = library.saved.save(arguments.name, query)
    say_done(f"Saved as “{saved.name}”: {_asks(library.saved.asked_by(saved))}")
    return DONE


def rename(library: Library, arguments: argparse.Namespace) -> int:
    saved = library.saved.find(arguments.name)
    library.saved.rename(saved.search_id, arguments.new)
    say_done(f"“{saved.name}” is called “{arguments.new}” now.")
    return DONE


def forget(library: Library, arguments: argparse.Namespace) -> int:
    saved = library.saved.find(arguments.name)
    library.saved.forget(saved.search_id)
    say_done(f"Forgotten: {saved.name}")
    return DONE


def _described(library: Library, saved: SavedSearch, counts: bool) -> dict[str, Any]:
    """error: why it finds nothing, as a sentence; more: there are more than are counted; marked: so
    many photos as what is meant, and as what is not; asks: all of it in words."""
    found, error = None, None
    try:
        query = library.saved.query_of(saved)
        found = library.saved.count(query) if counts else None
    except (FolderUnusable, QueryUnanswerable) as refused:
        error = refused.message
    asked = library.saved.asked_by(saved)
    path = asked.like_path
    since, until = saved.since, saved.until
    begins = f"from {since:%Y-%m-%d}" if since is not None else ""
    ends = f"before {until:%Y-%m-%d}" if until is not None else ""
    return {
        "name": saved.name,
        "text": saved.text,
        "folder": None if saved.folder is None else str(saved.folder),
        "taken": " ".join(filter(None, (begins, ends))) or None,
        "like": None if path is None else str(path),
        "box": None if asked.like_part is None else list(saved.photos.part or ()),
        "marked": [len(asked.more), len(asked.less)],
        "count": None if found is None else found.n,
        "more": found is not None and not found.is_all,
        "error": error,
        "asks": _asks(asked),
    }


def _asks(query: Query) -> str:
    """ "at night, like beach.jpg, 3 up"."""
    like = "" if query.like_path is None else f"like {query.like_path.name}"
    part = "a part of it" if query.like_part is not None else ""
    marks = [f"{len(ids)} {way}" for ids, way in ((query.more, "up"), (query.less, "down")) if ids]
    return ", ".join(filter(None, (query.text, like, part, *marks)))


ACTIONS = {"list": list_saved, "save": save, "rename": rename, "forget": forget}
