"""`likeness themes`: the library grouped by look, and what can be made of the groups."""

from __future__ import annotations

import argparse

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say_done
from desktop.library import Library, PhotoTheme, Way


def themes(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_themes(library: Library, arguments: argparse.Namespace) -> int:
    """Find them first, where photos have come or others are wanted."""
    way = Way.CLOSE if arguments.close else None if arguments.k is None else Way.EVEN
    with watched_job() as job:
        library.themes.make(job, way, arguments.k, arguments.anew)
    seen = library.themes.see()
    shown = [each for each in seen.themes if not each.is_hidden]
    if arguments.json:
        rest = [] if seen.rest is None else [_as_json(library, seen.rest, None)]
        say_json([_as_json(library, each, each.theme_id) for each in shown] + rest)
        return DONE
    rows = [(f"{each.n_photos:,}", each.name) for each in shown]
    if seen.rest is not None:
        rows.append((f"{seen.rest.n_photos:,}", "(none of these)"))
    say_table(("Photos", "Theme"), rows)
    if n_hidden := len(seen.themes) - len(shown):
        note(f"{count(n_hidden, 'theme')} hidden; `likeness themes show NAME` brings one back.")
    return DONE


def rename(library: Library, arguments: argparse.Namespace) -> int:
    theme = library.themes.find(arguments.name)
    library.themes.rename(theme.theme_id, arguments.new)
    say_done(f"“{theme.name}” is called “{arguments.new}” now.")
    return DONE


def merge(library: Library, arguments: argparse.Namespace) -> int:
    into, *others = [library.themes.find(name) for name in arguments.names]
    library.themes.merge(into.theme_id, [each.theme_id for each in others])
    say_done(f"Merged into “{into.name}”.")
    return DONE


def hide(library: Library, arguments: argparse.Namespace) -> int:
    found = [library.themes.find(name) for name in arguments.names]
    is_hidden = arguments.action == "hide"
    library.themes.hide([each.theme_id for each in found], is_hidden)
    for each in found:
        say_done(f"{'Hidden' if is_hidden else 'Shown again'}: {each.name}")
    return DONE


def split(library: Library, arguments: argparse.Namespace) -> int:
    for theme in [library.themes.find(name) for name in arguments.names]:
        with watched_job() as job:
            library.themes.split(job, theme.theme_id)
        say_done(f"Split: {theme.name}")
    return DONE


def _as_json(library: Library, theme: PhotoTheme, theme_id: int | None) -> dict[str, object]:
    photos = library.photos.get(library.themes.list_photos(theme_id).tolist())
    paths = [str(photo.path) for photo in photos]
    return {"name": theme.name, "size": len(paths), "photos": paths}


ACTIONS = {
    "list": list_themes,
    "rename": rename,
    "merge": merge,
    "hide": hide,
    "show": hide,
    "split": split,
}
