"""`likeness status`, `problems` and `doctor`: how the library is, and what is wrong."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable
from typing import Any

from desktop.cli.said.outcome import DONE, FAILED
from desktop.cli.said.output import count, say_json, say_pairs, say_table
from desktop.cli.said.streams import note, say
from desktop.library import (
    WORDS,
    DoctorReport,
    Doubt,
    Library,
    PassedOver,
    Status,
    WaitsFor,
    in_a_line,
)

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
        note(
            f"{now.coming_model.name} reads photos anew, as it does in this version: {waiting} to"
            " go. Until then it answers by what it saw before."
            if now.reads_anew
            else f"{now.coming_model.name} answers once {waiting} more have been embedded with it."
        )
    for said in dict.fromkeys((now.model.runs, now.likeness_model.runs)):
        if said:
            note(said)
    for each in now.others_waiting:
        note(f"{count(each.waiting, 'photo')} to go: {each.name}{_WAITS_FOR[each.waits_for]}.")
    for doubt in now.doubts:
        note(question_of(doubt))
    if any(each.is_on and each.waiting for each in now.passes):
        note("Run `likeness index` to go on.")
    if now.better_model is not None and now.coming_model is None:
        note(f"{now.better_model.name} finds more: `likeness models` says how to get it.")
    return DONE


def question_of(doubt: Doubt) -> str:
    """What a person is asked where much is gone."""
    return (
        f"{doubt.n_gone:,} of {count(doubt.n_photos, 'photo')} in {doubt.folder.path} were gone at "
        "once. They are kept until you decide: `likeness index --missing forget` forgets them, "
        "`likeness index --missing keep` keeps them until their files come back."
    )


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
