"""`likeness concepts`: what photos have taught: listed, taught, renamed and forgotten."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.streams import say, say_done
from desktop.errors import ExamplesUnusable
from desktop.library import Clause, Library, Means


def concepts(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_concepts(library: Library, arguments: argparse.Namespace) -> int:
    known = library.concepts.list()
    if arguments.json:
        say_json(
            [
                {
                    "name": each.name,
                    "photos": [str(photo.path) for photo in library.photos.get(each.more)],
                    "not": [str(photo.path) for photo in library.photos.get(each.less)],
                    "lost": each.n_lost,
                }
                for each in known
            ]
        )
    elif known:
        say_table(
            ("Photos", "Not", "Gone", "Name"),
            (
                (f"{len(each.more)}", f"{len(each.less)}", f"{each.n_lost or ''}", each.name)
                for each in known
            ),
        )
    else:
        say("Nothing has been taught yet; `likeness concepts teach NAME PATH...` does that.")
    return DONE


def teach(library: Library, arguments: argparse.Namespace) -> int:
    more, less = ids_of(library, arguments.paths), ids_of(library, arguments.less)
    concept = library.concepts.teach(arguments.name, more, less)
    clause = Clause(concept.name, means=Means.CONCEPT)
    say_done(f"{count(len(more), 'photo')} taught “{concept.name}”: likeness search '{clause}'")
    return DONE


def rename(library: Library, arguments: argparse.Namespace) -> int:
    concept = library.concepts.find(arguments.name)
    name = library.concepts.rename(concept.concept_id, arguments.new)
    say_done(f"“{concept.name}” is called “{name}” now, also in saved searches.")
    return DONE


def forget(library: Library, arguments: argparse.Namespace) -> int:
    concept = library.concepts.find(arguments.name)
    library.concepts.forget(concept.concept_id)
    say_done(f"Forgotten: {concept.name}; the photos are where they were.")
    return DONE


def ids_of(library: Library, paths: Sequence[Path]) -> list[int]:
    """Of photos of the library. Raises ExamplesUnusable for what is none, or has not been read."""
    found = []
    for path in paths:
        photo = library.folders.find_photo(path)
        if photo is None or photo.content_hash is None:
            raise ExamplesUnusable(
                f"{path} is no photo of the library, or has not been read.",
                "`likeness add FOLDER` and `likeness index` make its photos known.",
            )
        found.append(photo.photo_id)
    return found


ACTIONS = {"list": list_concepts, "teach": teach, "rename": rename, "forget": forget}
