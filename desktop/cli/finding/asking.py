"""What a command asks for: its words and options as a query."""

from __future__ import annotations

import argparse
from dataclasses import replace

from desktop.cli.finding.answers import Arranged
from desktop.cli.finding.concepts import ids_of
from desktop.library import MOST_COUNTED, SEARCHED, Library, Query, Taken


def asked_of(library: Library, arguments: argparse.Namespace) -> Query:
    """What applies to every query of the command. Raises FolderUnusable for --folder,
    ExamplesUnusable for --more and --less."""
    which = SEARCHED & Taken(arguments.after, arguments.before)
    if arguments.folder is not None:
        which &= library.folders.filter_for(arguments.folder)
    if arguments.type is not None:
        which &= arguments.type
    n = MOST_COUNTED if arguments.n is None else arguments.n
    return Query(
        text=arguments.words if arguments.command == "similar" else "",
        n=n,
        min_score=arguments.min_score,
        filter=which,
        more=tuple(ids_of(library, arguments.more)),
        less=tuple(ids_of(library, arguments.less)),
    )


def with_words(library: Library, arguments: argparse.Namespace, asked: Query) -> Query:
    """The same with the words that were typed, or those of a saved search. Raises NameUnusable or
    FolderUnusable."""
    if arguments.saved is None:
        return replace(asked, text=arguments.words)
    saved = library.saved.query_of(library.saved.find(arguments.saved))
    which = saved.filter & asked.filter
    return replace(saved, n=asked.n, min_score=asked.min_score, filter=which)


def arranged_of(arguments: argparse.Namespace) -> Arranged:
    n = MOST_COUNTED if arguments.n is None else arguments.n
    return Arranged(arguments.collapse, n, arguments.variety, arguments.sort)
