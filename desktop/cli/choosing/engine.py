"""`likeness engine`: which engines of the index there are; one is chosen, or checked."""

from __future__ import annotations

import argparse
import dataclasses

from desktop.cli.said.outcome import DONE, FAILED
from desktop.cli.said.output import say_json, say_pairs, say_table
from desktop.cli.said.progress import SAVING, watched_job
from desktop.cli.said.streams import note, say, say_done
from desktop.errors import Cancelled, LibraryBusy, UserError, what_adds
from desktop.library import EngineCheck, EngineInfo, Library


def engine(library: Library, arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action or "list"](library, arguments)


def list_engines(library: Library, arguments: argparse.Namespace) -> int:
    known = library.engines.list_all()
    if arguments.json:
        say_json([dataclasses.asdict(each) | {"state": _state(each)} for each in known])
        return DONE
    say_table(
        ("State", "Engine", "What it is", "Options", "How to get it"),
        (
            (
                _state(each),
                each.name,
                each.description,
                ", ".join(each.options),
                "here" if each.is_at_hand else what_adds(each.extra),
            )
            for each in known
        ),
    )
    return DONE


def use_engine(library: Library, arguments: argparse.Namespace) -> int:
    before = library.engines.answering
    library.engines.use(arguments.name, arguments.uri)
    wanted = library.engines.coming
    if wanted is None:
        say_done(f"{library.engines.answering} answers.")
        return DONE
    try:
        with watched_job("photos", SAVING) as job:
            library.indexing.tidy(job)
    except LibraryBusy:
        note(f"{before} answers. Another Likeness is open, and lets {wanted} come.")
        return DONE
    except Cancelled:
        note(f"{before} answers. The next `likeness index` goes on with {wanted}.")
        note(f"`likeness engine use {before}` takes the change back.")
        return FAILED
    except UserError:
        note(f"{before} answers until {wanted} holds every photo.")
        raise
    say_done(f"{library.engines.answering} answers.")
    return DONE


def check_engine(library: Library, arguments: argparse.Namespace) -> int:
    checks = library.engines.check()
    is_well = not any(check.troubles for check in checks)
    if arguments.json:
        say_json([dataclasses.asdict(each) | {"complete": each.is_complete} for each in checks])
        return DONE if is_well else FAILED
    for check in checks:
        say_pairs(_facts_of(check))
    for trouble in dict.fromkeys(trouble for check in checks for trouble in check.troubles):
        say(trouble)
    if is_well:
        say_done("Nothing is wrong.")
    if library.engines.coming is not None:
        note(f"{library.engines.coming} answers once it holds every photo: `likeness index`.")
    return DONE if is_well else FAILED


def _facts_of(check: EngineCheck) -> list[tuple[str, str]]:
    first = "every answer is exact"
    if check.exact_ms is not None:
        first += f", in {check.exact_ms:.1f} ms"
    if check.recall is not None:
        share = f"{100 * check.recall:.0f} % of the nearest 50"
        first = f"{share} in {check.first_ms:.1f} ms; all in {check.exact_ms:.1f} ms"
    complete = "yes" if check.is_complete else "no"
    return [
        ("Model", check.model),
        ("Engine", check.engine),
        ("Found", f"{check.found:,} of {check.in_catalog:,} photos; complete: {complete}"),
        ("Held", f"{check.held:,} photos, as of revision {check.revision:,}"),
        ("Written since", f"{check.behind:,} embeddings"),
        ("First answers", first),
    ]


def _state(each: EngineInfo) -> str:
    if each.answers:
        return "answers"
    if each.is_coming:
        return "coming"
    return "at hand" if each.is_at_hand else "absent"


ACTIONS = {"list": list_engines, "use": use_engine, "check": check_engine}
