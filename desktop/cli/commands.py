"""What each command does, with the library that it needs."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext

from desktop.cli.bring import bring
from desktop.cli.checking.health import doctor, problems, question_of, status
from desktop.cli.checking.offline_proof import prove_offline
from desktop.cli.choosing.bench import bench
from desktop.cli.choosing.compare import compare_on_library, run_comparison
from desktop.cli.choosing.engine import engine
from desktop.cli.choosing.evaluate import run_evaluation
from desktop.cli.choosing.models import models
from desktop.cli.copying import copy_catalog
from desktop.cli.demo import run_demo
from desktop.cli.exploring.attributes import attributes
from desktop.cli.exploring.map import show_map
from desktop.cli.exploring.mistakes import mistakes
from desktop.cli.exploring.themes import themes
from desktop.cli.export import export
from desktop.cli.finding import answers
from desktop.cli.finding.asking import arranged_of, asked_of, with_words
from desktop.cli.finding.concepts import concepts
from desktop.cli.finding.searches import searches
from desktop.cli.said.outcome import DONE, FAILED, tell
from desktop.cli.said.output import count, duration, say_json, say_table, size
from desktop.cli.said.progress import SAVING, watched_job
from desktop.cli.said.streams import note, say, say_done
from desktop.errors import Cancelled, FolderUnusable, LibraryBusy, UserError
from desktop.library import (
    Elsewhere,
    Event,
    Failed,
    IndexSummary,
    Library,
    PassedOver,
    Places,
    Reason,
    elsewhere,
    find_backup,
    forget_everything,
    in_a_line,
    is_sound,
    refuse_remote,
    restore,
)

Command = Callable[[Library, argparse.Namespace], int]


def run(arguments: argparse.Namespace, places: Places) -> int:
    """Do the command that was asked for. Raises UserError, Cancelled, KeyboardInterrupt."""
    if arguments.command == "demo":
        return run_demo(arguments.out, arguments.data)
    if arguments.command == "restore":
        return restore_catalog(places, begin_anew=arguments.new)
    if arguments.command == "copy-catalog":
        return copy_catalog(places, arguments)
    if arguments.command == "doctor" and arguments.offline_proof:
        return prove_offline(arguments.json)
    if arguments.command == "evaluate":
        return run_evaluation(places, arguments)
    if arguments.command == "compare" and arguments.labelled is not None:
        return run_comparison(places, arguments)
    if arguments.command == "forget-everything":
        return forget(places, arguments.yes)
    with closing(Library.open(places)) as library:
        if library.notice is not None:
            note(f"{library.notice.message} {library.notice.hint}".strip())
        return COMMANDS[arguments.command](library, arguments)


# folders


def add(library: Library, arguments: argparse.Namespace) -> int:
    refused = 0
    for path in arguments.folders:
        try:
            if isinstance(path, FolderUnusable):
                raise path
            say_done(f"Watching {library.folders.add(path).path}")
        except FolderUnusable as error:
            if arguments.debug:
                raise
            refused += 1
            tell(error)
    if refused < len(arguments.folders):
        note("Run `likeness index` to make its photos searchable.")
    return FAILED if refused else DONE


def folders(library: Library, _: argparse.Namespace) -> int:
    status = library.status()
    if status.folders:
        say_table(
            ("Photos", "State", "Folder"),
            (
                (
                    f"{status.photos_by_folder.get(folder.folder_id, 0):,}",
                    "away" if folder.is_missing else "watched",
                    str(folder.path),
                )
                for folder in status.folders
            ),
        )
    else:
        say(answers.NO_FOLDER)
    return DONE


def remove(library: Library, arguments: argparse.Namespace) -> int:
    folder = library.folders.find(arguments.folder)
    if folder is None:
        raise FolderUnusable(
            f"{arguments.folder} is not watched.", "`likeness folders` lists those that are."
        )
    library.folders.remove(folder.folder_id)
    say_done(f"Forgotten: {folder.path}; the files are where they were.")
    return _let_go(library)


def _let_go(library: Library) -> int:
    """Let thumbnails and index lose what they hold of photos that were just forgotten."""
    try:
        with watched_job("photos", SAVING) as job:
            library.indexing.tidy(job)
    except LibraryBusy:
        note(
            "Another Likeness is open or indexing; it removes what the index holds of these photos."
        )
    except Cancelled:
        note("What the index holds of these photos goes with the next `likeness index`.")
        return FAILED
    return DONE


def _tell_of_failures(event: Event) -> None:
    if isinstance(event, Failed):
        note(f"{event.error.message} {event.error.hint}".strip())


def index(library: Library, arguments: argparse.Namespace) -> int:
    library.listen(_tell_of_failures)
    with _machines(arguments) as on, watched_job("photos", SAVING) as job:
        summary = library.index(job, on)
    has_forgotten = _settle_doubts(library, arguments.missing)
    if arguments.json:
        say_json(dataclasses.asdict(summary))
    else:
        _say_summary(summary)
        if not library.folders.list_all():
            note(answers.NO_FOLDER)
        if Reason.LINK in summary.passed_over:
            settings_path = library.places.settings_path
            note(f"Links are followed with the line follow_links = true in {settings_path}")
    return _let_go(library) if has_forgotten else DONE


def _machines(arguments: argparse.Namespace) -> AbstractContextManager[Elsewhere | None]:
    if arguments.on is None:
        return nullcontext()
    return elsewhere(arguments.on, arguments.models, arguments.ship)


def _settle_doubts(library: Library, answer: str | None) -> bool:
    """Answer or ask about what is gone; whether photos were forgotten."""
    doubts = library.status().doubts
    for doubt in doubts:
        if answer is not None:
            library.folders.answer_doubt(doubt.folder.folder_id, forgets=answer == "forget")
            done = "are forgotten" if answer == "forget" else "are kept, and come back with them"
            note(f"{count(doubt.n_gone, 'photo')} whose files are gone {done}: {doubt.folder.path}")
        else:
            note(question_of(doubt))
    return bool(doubts) and answer == "forget"


def _say_summary(summary: IndexSummary) -> None:
    names = ("photos", "new", "changed", "renamed", "missing", "problems", "embedded")
    say_table(
        [name.capitalize() for name in names],
        [[f"{getattr(summary, n):,}" for n in names]],
        say_done,
    )
    note(f"Done in {duration(summary.elapsed_s)}.")
    if summary.waiting:
        still = count(summary.waiting, "photo")
        note(
            f"{still} could not be reached, or changed meanwhile; the next `likeness index` reads."
        )
    if passed := in_a_line(PassedOver(reason, n, ()) for reason, n in summary.passed_over.items()):
        note(f"Passed over {passed}. `likeness problems --passed-over` gives examples.")
    _say_unmatched(summary.unmatched)
    if summary.problems:
        note("`likeness problems` says what is wrong with each problem.")


def _say_unmatched(patterns: Sequence[str]) -> None:
    for pattern in patterns:
        note(f"No photo and no folder matches the exclude pattern {pattern}")


def forget(places: Places, is_meant: bool) -> int:
    if not is_meant:
        raise UserError(
            "This removes catalog, backups, thumbnails, index, models, settings and log of "
            "Likeness. Nothing has been removed.",
            "Add --yes if you mean it. Your photos stay in any case.",
        )
    forgotten = forget_everything(places)
    say_done(f"Forgotten: {count(forgotten.n_files, 'file')}, {size(forgotten.n_bytes)}.")
    for path in forgotten.left:
        note(f"Left, because Likeness did not make it: {path}")
    for path in forgotten.stuck:
        note(f"Could not be removed: {path}")
    if forgotten.elsewhere:
        note(forgotten.elsewhere)
    return FAILED if forgotten.stuck or forgotten.elsewhere else DONE


# asking


def search(library: Library, arguments: argparse.Namespace) -> int:
    asked, arranged = asked_of(library, arguments), arranged_of(arguments)
    if arguments.queries is not None:
        answers.answer_file(
            library,
            arguments.queries,
            lambda line: dataclasses.replace(asked, text=line),
            arranged,
        )
        return DONE
    asked = with_words(library, arguments, asked)
    words = asked.text or str(asked.like_path or "")
    results = library.search(arranged.asked(asked))
    answers.say_answer(library, words, results, arguments.json, arranged)
    return DONE


def similar(library: Library, arguments: argparse.Namespace) -> int:
    asked, arranged = asked_of(library, arguments), arranged_of(arguments)
    if arguments.paths is not None:
        answers.answer_file(
            library,
            arguments.paths,
            lambda line: answers.likeness_query(library, line, asked, arguments.box),
            arranged,
        )
        return DONE
    path = str(arguments.path)
    query = answers.likeness_query(library, path, asked, arguments.box)
    results = library.search(arranged.asked(query))
    answers.say_answer(library, path, results, arguments.json, arranged)
    return DONE


# mending


def restore_catalog(places: Places, begin_anew: bool) -> int:
    """Mend a damaged or lost catalog; a sound one is left as it is. Raises UserError for one that
    others keep."""
    refuse_remote(places)
    if is_sound(places):
        say_done("The catalog is sound; nothing was changed.")
        return DONE
    backup = None if begin_anew else find_backup(places)
    aside = restore(places, backup)
    if backup is not None:
        made_at = backup.made_at.astimezone()
        say_done(f"The backup of {made_at:%Y-%m-%d %H:%M} is in the catalog's place.")
    elif begin_anew:
        say_done("A new catalog was begun.")
    else:
        say_done("No whole backup was found, so a new catalog was begun.")
    if aside is not None:
        note(f"The damaged one is kept as {aside}.")
    note(
        "Run `likeness index` to read what it does not know; `likeness folders` lists the folders."
    )
    return DONE


COMMANDS: dict[str, Command] = {
    "add": add,
    "folders": folders,
    "remove": remove,
    "index": index,
    "search": search,
    "similar": similar,
    "searches": searches,
    "concepts": concepts,
    "map": show_map,
    "themes": themes,
    "attributes": attributes,
    "mistakes": mistakes,
    "export": export,
    "import": bring,
    "status": status,
    "problems": problems,
    "doctor": doctor,
    "bench": bench,
    "compare": compare_on_library,
    "models": models,
    "engine": engine,
}
