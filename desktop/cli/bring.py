"""`likeness import`: vectors come in from a file."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json
from desktop.cli.said.progress import SAVING, watched_job
from desktop.cli.said.streams import note, say_done
from desktop.errors import LibraryBusy
from desktop.library import Brought, Library


def bring(library: Library, arguments: argparse.Namespace) -> int:
    with watched_job("photos", SAVING) as job:
        brought = library.vectors.bring(arguments.file, job, arguments.model or "")
        if brought.n_photos and not brought.is_busy:
            try:
                library.indexing.tidy(job)  # so that the next start need not read them one by one
            except LibraryBusy:
                brought_while_busy = "Another Likeness is open; its window finds these photos, too."
                note(brought_while_busy)
    if arguments.json:
        say_json(asdict(brought))
    else:
        _say(brought)
    return DONE


def _say(brought: Brought) -> None:
    say_done(f"{count(brought.n_photos, 'photo')} of {brought.n_rows:,} by {brought.model_id}")
    if brought.n_there:
        there = count(brought.n_there, "photo")
        note(f"Read here before, and left as they are: {there}.")
    if brought.n_unknown:
        note(f"Left out, since no photo here has that content: {count(brought.n_unknown, 'row')}.")
    if brought.is_busy:
        note(
            "Another Likeness is open or indexing, so files that it has not read yet were not "
            "compared; close it and import again to spare reading them."
        )
    if brought.model_name is None:
        note("That model is not on this computer; they are kept until it is.")
    elif not brought.answers:
        note(f"`likeness models use {brought.model_name}` searches with it.")
    if brought.n_waiting and brought.answers:
        note(f"`likeness index` reads the rest: {count(brought.n_waiting, 'photo')}.")
