"""What each command does, with the library that it needs."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from desktop.cli import answers
from desktop.cli.bench import bench
from desktop.cli.demo import run_demo
from desktop.cli.offline_proof import prove_offline
from desktop.cli.outcome import DONE, FAILED, tell
from desktop.cli.output import count, duration, say_json, say_pairs, say_table, size
from desktop.cli.progress import watched_job
from desktop.cli.streams import note, report, say
from desktop.errors import FolderUnusable, UserError
from desktop.library import (
    SEARCHED,
    WORDS,
    DoctorReport,
    Doubt,
    Event,
    Failed,
    IndexSummary,
    Library,
    ModelInfo,
    PassedOver,
    Places,
    Purpose,
    Query,
    Reason,
    Status,
    Taken,
    WaitsFor,
    find_backup,
    forget_everything,
    in_a_line,
    is_sound,
    restore,
)

Command = Callable[[Library, argparse.Namespace], int]


def run(arguments: argparse.Namespace, places: Places) -> int:
    """Do the command that was asked for. Raises UserError, Cancelled, KeyboardInterrupt."""
    if arguments.command == "demo":
        return run_demo(arguments.out, arguments.data)
    if arguments.command == "restore":
        return restore_catalog(places, begin_anew=arguments.new)
    if arguments.command == "doctor" and arguments.offline_proof:
        return prove_offline(arguments.json)
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
            report(f"Watching {library.add_folder(path).path}")
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
        say("No folder is watched yet; `likeness add FOLDER` adds one.")
    return DONE


def remove(library: Library, arguments: argparse.Namespace) -> int:
    folder = library.find_folder(arguments.folder)
    if folder is None:
        raise FolderUnusable(
            f"{arguments.folder} is not watched.", "`likeness folders` lists those that are."
        )
    library.remove_folder(folder.folder_id)
    report(f"Forgotten: {folder.path}; the files are where they were.")
    return DONE


def _tell_of_failures(event: Event) -> None:
    if isinstance(event, Failed):
        note(f"{event.error.message} {event.error.hint}".strip())


def index(library: Library, arguments: argparse.Namespace) -> int:
    library.listen(_tell_of_failures)
    with watched_job("photos") as job:
        summary = library.index(job)
    _settle_doubts(library, arguments.missing)
    if arguments.json:
        say_json(dataclasses.asdict(summary))
    else:
        _say_summary(summary)
        if Reason.LINK in summary.passed_over:
            settings_path = library.places.settings_path
            note(f"Links are followed with the line follow_links = true in {settings_path}")
    return DONE


def _settle_doubts(library: Library, answer: str | None) -> None:
    for doubt in library.status().doubts:
        if answer is not None:
            library.answer_doubt(doubt.folder.folder_id, forgets=answer == "forget")
            done = "are forgotten" if answer == "forget" else "are kept, and come back with them"
            note(f"{count(doubt.n_gone, 'photo')} whose files are gone {done}: {doubt.folder.path}")
        else:
            note(_question(doubt))


def _question(doubt: Doubt) -> str:
    return (
        f"{doubt.n_gone:,} of {count(doubt.n_photos, 'photo')} in {doubt.folder.path} were gone at "
        "once. They are kept until you decide: `likeness index --missing forget` forgets them, "
        "`likeness index --missing keep` keeps them until their files come back."
    )


def _say_summary(summary: IndexSummary) -> None:
    names = ("photos", "new", "changed", "renamed", "missing", "problems", "embedded")
    say_table(
        [name.capitalize() for name in names], [[f"{getattr(summary, n):,}" for n in names]], report
    )
    note(f"Done in {duration(summary.elapsed_s)}.")
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
    report(f"Forgotten: {count(forgotten.n_files, 'file')}, {size(forgotten.n_bytes)}.")
    for path in forgotten.left:
        note(f"Left, because Likeness did not make it: {path}")
    for path in forgotten.stuck:
        note(f"Could not be removed: {path}")
    return FAILED if forgotten.stuck else DONE


# asking


def search(library: Library, arguments: argparse.Namespace) -> int:
    asked = _asked(library, arguments)
    if arguments.queries is not None:
        answers.answer_file(
            library, arguments.queries, lambda line: answers.words_of_line(line, asked)
        )
        return DONE
    results = library.search(dataclasses.replace(asked, text=arguments.words))
    answers.say_answer(library, arguments.words, results, arguments.json)
    return DONE


def similar(library: Library, arguments: argparse.Namespace) -> int:
    asked = _asked(library, arguments)
    if arguments.paths is not None:
        answers.answer_file(
            library, arguments.paths, lambda line: answers.likeness_query(library, line, asked)
        )
        return DONE
    path = str(arguments.path)
    results = library.search(answers.likeness_query(library, path, asked))
    answers.say_answer(library, path, results, arguments.json)
    return DONE


def _asked(library: Library, arguments: argparse.Namespace) -> Query:
    """What applies to every query of the command. Raises FolderUnusable for --folder."""
    which = SEARCHED & Taken(arguments.after, arguments.before)
    if arguments.folder is not None:
        which &= library.in_folder(arguments.folder)
    if arguments.type is not None:
        which &= arguments.type
    return Query(n=arguments.n, min_score=arguments.min_score, filter=which)


# health


_WAITS_FOR = {
    WaitsFor.NOTHING: "",
    WaitsFor.MAINS: " (in the window, while the computer is plugged in)",
    WaitsFor.IDLE: " (in the window, while nobody is at the computer)",
}


def status(library: Library, arguments: argparse.Namespace) -> int:
    now = library.status()
    if arguments.json:
        say_json(_status_as_json(now))
        return DONE
    counts = now.counts
    say_pairs(
        (
            ("Photos", f"{counts.photos:,}"),
            ("Searchable", f"{counts.searchable:,}"),
            ("Waiting", f"{counts.waiting:,}"),
            ("Problems", _problems_in_a_line(now)),
            ("Missing", f"{counts.missing:,}"),
            ("Passed over", in_a_line(now.all_passed_over) or "0"),
            ("Folders", f"{len(now.folders):,}"),
            ("Model", f"{now.model.name} ({now.model.model_id}), device {now.device}"),
            *_likeness_row(now),
        )
    )
    if now.coming_model is not None:
        waiting = count(now.coming_waiting, "photo")
        note(f"{now.coming_model.name} answers once {waiting} more have been embedded with it.")
    for each in now.others_waiting:
        note(f"{count(each.waiting, 'photo')} to go: {each.name}{_WAITS_FOR[each.waits_for]}.")
    for doubt in now.doubts:
        note(_question(doubt))
    if any(each.is_on and each.waiting for each in now.passes):
        note("Run `likeness index` to go on.")
    if now.better_model is not None and now.coming_model is None:
        note(f"{now.better_model.name} finds more: `likeness models` says how to get it.")
    return DONE


def _problems_in_a_line(now: Status) -> str:
    damaged = now.counts.damaged
    return f"{now.n_problems:,}" + (f" ({damaged:,} damaged, but searchable)" if damaged else "")


def _likeness_row(now: Status) -> tuple[tuple[str, str], ...]:
    """Where another model than the one for words finds what resembles a photo."""
    likeness = now.likeness_model
    if likeness == now.model:
        return ()
    return (("Likeness by", f"{likeness.name} ({likeness.model_id})"),)


def _status_as_json(now: Status) -> dict[str, Any]:
    return dataclasses.asdict(now.counts) | {
        "model": now.model.model_id,
        "likeness_model": now.likeness_model.model_id,
        "device": now.device,
        "coming_model": now.coming_model.model_id if now.coming_model else None,
        "coming_waiting": now.coming_waiting,
        "passes": [
            {
                "pass": each.pass_id,
                "waiting": each.waiting,
                "failed": each.failed,
                "on": each.is_on,
            }
            for each in now.passes
        ],
        "doubts": [
            {"path": str(doubt.folder.path), "gone": doubt.n_gone, "photos": doubt.n_photos}
            for doubt in now.doubts
        ],
        "passed_over": sum(each.n for each in now.all_passed_over),
        "folders": [
            {
                "path": str(folder.path),
                "photos": now.photos_by_folder.get(folder.folder_id, 0),
                "missing": folder.is_missing,
                "passed_over": _passed_as_json(now.passed_over.get(folder.folder_id, ())),
            }
            for folder in now.folders
        ],
    }


def _passed_as_json(passed: Iterable[PassedOver]) -> list[dict[str, Any]]:
    return [{"reason": each.reason, "n": each.n, "examples": each.examples} for each in passed]


def problems(library: Library, arguments: argparse.Namespace) -> int:
    if arguments.passed_over:
        return _say_passed_over(library.status(), arguments.json)
    found = library.photos.list_problems()
    if arguments.json:
        say_json(
            [
                {
                    "path": str(each.photo.path),
                    "damage" if each.is_damage else "problem": each.sentence,
                    "pass": each.pass_id,
                }
                for each in found
            ]
        )
    elif found:
        say_table(("Problem", "Photo"), ((each.text, str(each.photo.path)) for each in found))
    else:
        say("No problems.")
    return DONE


def _say_passed_over(now: Status, in_json: bool) -> int:
    if in_json:
        say_json(
            [
                {"path": str(folder.path), **each}
                for folder in now.folders
                for each in _passed_as_json(now.passed_over.get(folder.folder_id, ()))
            ]
        )
        return DONE
    rows = [
        (WORDS[each.reason].say(each.n), WORDS[each.reason].why, ", ".join(each.examples))
        for each in now.all_passed_over
    ]
    if rows:
        say_table(("Passed over", "Why", "For example"), rows)
    else:
        say("Nothing was passed over.")
    return DONE


def doctor(library: Library, arguments: argparse.Namespace) -> int:
    examined = library.doctor()
    if arguments.json:
        say_json({"healthy": examined.healthy, "troubles": examined.troubles, **examined.facts})
    else:
        say_pairs(_flat(examined.facts))
    for trouble in examined.troubles:
        note(trouble)
    return _verdict(examined, arguments.json)


def _verdict(examined: DoctorReport, in_json: bool) -> int:
    if not examined.healthy:
        note("Mend what is named above, then run `likeness doctor` again.")
        return FAILED
    if not in_json:
        say("No trouble found.")
    return DONE


def _flat(facts: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested facts as "index recall_at_50" -> value."""
    if isinstance(facts, dict):
        pairs = [_flat(value, f"{name} {key}".strip()) for key, value in facts.items()]
        return [pair for some in pairs for pair in some]
    if isinstance(facts, list | tuple):
        return [pair for value in facts for pair in _flat(value, name)]
    return [(name, "-" if facts is None else str(facts))]


def restore_catalog(places: Places, begin_anew: bool) -> int:
    """Mend a damaged or lost catalog; a sound one is left as it is."""
    if is_sound(places):
        report("The catalog is sound; nothing was changed.")
        return DONE
    backup = None if begin_anew else find_backup(places)
    aside = restore(places, backup)
    if backup is not None:
        made_at = backup.made_at.astimezone()
        report(f"The backup of {made_at:%Y-%m-%d %H:%M} is in the catalog's place.")
    elif begin_anew:
        report("A new catalog was begun.")
    else:
        report("No whole backup was found, so a new catalog was begun.")
    if aside is not None:
        note(f"The damaged one is kept as {aside}.")
    note(
        "Run `likeness index` to read what it does not know; `likeness folders` lists the folders."
    )
    return DONE


# models


def models(library: Library, arguments: argparse.Namespace) -> int:
    return MODEL_ACTIONS[arguments.action or "list"](library, arguments)


def list_models(library: Library, _: argparse.Namespace) -> int:
    now = library.status()
    n_embedded = library.count_embeddings()
    say_table(
        ("Embedded", "State", "Model", "How to get it"),
        (
            (
                f"{n_embedded.get(model.model_id or '', 0):,}",
                _state(model, now),
                model.name,
                _how_to_get(model),
            )
            for model in library.list_models()
        ),
    )
    return DONE


def use_model(library: Library, arguments: argparse.Namespace) -> int:
    library.use_model(arguments.name, Purpose(arguments.purpose) if arguments.purpose else None)
    now = library.status()
    if now.coming_model is None:
        report(f"{_who_answers(now)}.")
    else:
        waiting = count(now.coming_waiting, "photo")
        report(f"{now.coming_model.name} is embedding {waiting}; {_who_answers(now)} until then.")
        note("Run `likeness index` to do it now.")
    return DONE


def download_model(library: Library, arguments: argparse.Namespace) -> int:
    with watched_job("B") as job:
        path = library.download_model(arguments.name, job)
    report(f"{arguments.name} is in {path}")
    note(f"`likeness models use {arguments.name}` searches with it from now on.")
    return DONE


def _who_answers(now: Status) -> str:
    if now.model == now.likeness_model:
        return f"{now.model.name} answers"
    return f"{now.model.name} answers words and {now.likeness_model.name} likeness"


def _state(model: ModelInfo, now: Status) -> str:
    answered = now.answered_by(model)
    if answered:
        return "answers" if len(answered) == len(Purpose) else f"answers {answered[0]}"
    if now.coming_model is not None and model.model_id == now.coming_model.model_id:
        return "coming"
    return "at hand" if model.is_available else "absent"


def _how_to_get(model: ModelInfo) -> str:
    if model.is_available:
        return "here"
    if not model.can_download:
        return model.description
    fetched = f" ({size(model.download_bytes)})" if model.download_bytes else ""
    return f"likeness models download {model.name}{fetched}"


COMMANDS: dict[str, Command] = {
    "add": add,
    "folders": folders,
    "remove": remove,
    "index": index,
    "search": search,
    "similar": similar,
    "status": status,
    "problems": problems,
    "doctor": doctor,
    "bench": bench,
    "models": models,
}

MODEL_ACTIONS: dict[str, Command] = {
    "list": list_models,
    "use": use_model,
    "download": download_model,
}
