"""`likeness copy-catalog`: the catalog goes to a server, or into a file."""

from __future__ import annotations

import argparse

from desktop.cli.said.outcome import DONE, FAILED
from desktop.cli.said.output import count, say_json
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say_done
from desktop.errors import Cancelled
from desktop.library import CatalogCopied, Places, copy_library


def copy_catalog(places: Places, arguments: argparse.Namespace) -> int:
    try:
        with watched_job("rows", stopping="Stopping; what was copied is taken away.") as job:
            copied = copy_library(places, arguments.to, job)
    except Cancelled:
        note("Stopped; nothing was copied.")
        return FAILED
    if arguments.json:
        say_json(
            {
                "place": str(copied.place),
                "photos": copied.n_photos,
                "rows": copied.n_rows,
                "texts_altered": copied.n_texts_altered,
                "unknown_folders": [str(path) for path in copied.unknown_folders],
                "changed_meanwhile": copied.has_changed,
            }
        )
    else:
        say_done(
            f"Copied {count(copied.n_photos, 'photo')} with all that is known of them to"
            f" {copied.place}; each of {copied.n_rows:,} rows was compared."
        )
    _say_what_to_know(copied)
    if not arguments.json:
        _say_what_to_do(copied, places)
    return DONE


def _say_what_to_know(copied: CatalogCopied) -> None:
    if copied.n_texts_altered:
        said = count(copied.n_texts_altered, "text")
        note(f"The server takes no zero byte in a text: {said} there have \ufffd instead.")
    if copied.has_changed:
        note("The catalog was changed while it was copied; that is not in the copy.")
    for path in copied.unknown_folders:
        note(f"This machine is not known to have the folder {path}; `likeness add` it, if it has.")


def _say_what_to_do(copied: CatalogCopied, places: Places) -> None:
    if isinstance(copied.place, str):
        note(
            f"Use it with `likeness --catalog {copied.place}`, or always, with this line in"
            f' {places.settings_path}: catalog = "{copied.place}"'
        )
    elif copied.data_folder == places.catalog_path.parent:
        note(
            "It is used without --catalog, when the line `catalog = ...` is taken out of"
            f" {places.settings_path}."
        )
    elif copied.data_folder is not None:
        note(f"Use it with `likeness --data {copied.data_folder}`; settings were not copied.")
    else:
        note("To use it, put it into a data folder as catalog.sqlite.")
