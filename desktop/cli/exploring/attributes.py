"""`likeness attributes`: what tables say of photos: listed, imported, and forgotten."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say, say_done
from desktop.legible import legible
from desktop.library import KEYS, Condition, Imported, Library, Means, Strays, reserved


def attributes(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_attributes(library: Library, arguments: argparse.Namespace) -> int:
    known = library.attributes.list()
    if arguments.json:
        say_json(
            [
                {
                    "name": each.name,
                    "photos": each.n_photos,
                    "values": each.n_values,
                    "numbers": each.n_numbers,
                }
                for each in known
            ]
        )
    elif known:
        say_table(
            ("Photos", "Values", "Kind", "Name"),
            (
                (
                    f"{each.n_photos:,}",
                    f"{each.n_values:,}",
                    "numbers" if each.is_number else "words",
                    each.name,
                )
                for each in known
            ),
        )
    else:
        say("Nothing is said of photos yet; `likeness attributes import FILE` brings it.")
    return DONE


def bring(library: Library, arguments: argparse.Namespace) -> int:
    with watched_job("rows", "Stopping; nothing of the table is taken.") as job:
        imported = library.attributes.import_file(arguments.file, job)
    if arguments.json:
        say_json(
            {
                "photo_column": imported.column,
                "attributes": list(imported.attributes),
                "rows": imported.n_rows,
                "photos": imported.n_photos,
                "repeated": imported.n_repeated,
                "unmatched": asdict(imported.unmatched),
                "several": asdict(imported.several),
                "delimiter": imported.delimiter,
                "encoding": imported.encoding,
                "unnamed": imported.n_unnamed,
            }
        )
        return DONE
    said = f"{count(imported.n_photos, 'photo')} by “{imported.column}”: {imported.named}"
    say_done(said)
    _tell_of_the_rest(imported)
    return DONE


def _tell_of_the_rest(imported: Imported) -> None:
    _tell_strays(imported.unmatched, "that name no photo of the library")
    _tell_strays(imported.several, "that may mean several photos each")
    if imported.n_unnamed:
        note(f"Left out: {count(imported.n_unnamed, 'column')} without a heading.")
    if imported.n_repeated:
        rows = count(imported.n_repeated, "row")
        note(f"{rows} more of photos that were named already; the last one of a photo holds.")
    quoted = reserved(imported.attributes, [*KEYS, *filter(None, Means)])
    for name in quoted:
        asked = Condition(name, "…", is_attribute=True)
        note(f"“{name}:” means something else in a search; ask for this as {asked}")


def _tell_strays(strays: Strays, which: str) -> None:
    if not strays.n:
        return
    shown = "; ".join(f"line {line:,}: {legible(text)}" for line, text in strays.examples)
    more = ", ..." if strays.n > len(strays.examples) else ""
    note(f"Left out: {count(strays.n, 'row')} {which} ({shown}{more}).")


def remove(library: Library, arguments: argparse.Namespace) -> int:
    removed = library.attributes.remove(arguments.name)
    say_done(f"Forgotten: {removed.name}; the photos are where they were.")
    return DONE


ACTIONS = {"list": list_attributes, "import": bring, "remove": remove}
