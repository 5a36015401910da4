"""`likeness evaluate`: how good a model's answers are, on photos of which it is known what they
show."""

from __future__ import annotations

import argparse
import dataclasses
import json

from desktop.cli.choosing.evaluation_page import page_of
from desktop.cli.said.html import write_file
from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import duration, say_pairs, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say
from desktop.library import Places, load_settings
from desktop.library.evaluation import Evaluation, SetFigures, captioned, evaluate, labelled


def run_evaluation(places: Places, arguments: argparse.Namespace) -> int:
    """Neither opens nor makes a library: what is written is in a temporary folder."""
    settings = load_settings(places.settings_path)
    if arguments.model is not None:
        settings = dataclasses.replace(settings, model=arguments.model)
    if arguments.captions is not None:
        photos = captioned(arguments.captions)
    else:
        photos = labelled(arguments.labelled)
    with watched_job() as job:
        found = evaluate(places, settings, photos, job, with_parts=arguments.parts)
    if arguments.json is not None:
        write_file(arguments.json, json.dumps(figures(found), indent=2) + "\n")
    if arguments.html is not None:
        write_file(arguments.html, page_of(found, summary(found), list(map(rows_of, found.sets))))
    _say(found)
    return DONE


def figures(found: Evaluation) -> dict[str, object]:
    """All that was measured, in the form that is promised to programs."""
    values = dataclasses.asdict(dataclasses.replace(found, examples=()))
    del values["examples"]
    for values_of, each in zip(values["sets"], found.sets, strict=True):
        values_of["verdicts"]["called_nothing"] = each.verdicts.called_nothing
        values_of["verdicts"]["recognised"] = each.verdicts.recognised
    return values


def _say(found: Evaluation) -> None:
    say_pairs(summary(found))
    for each in found.sets:
        say()
        say_table((each.name.capitalize(), "Figure"), rows_of(each))
    note(f"Measured in {duration(found.elapsed_s)}.")


def summary(found: Evaluation) -> list[tuple[str, str]]:
    """What is said of the photos and of retrieval."""
    rows = [("Model", found.model_id), ("Photos", f"{found.n_photos:,}")]
    if found.n_unreadable:
        rows.append(("Could not be read", f"{found.n_unreadable:,}"))
    if found.n_absent:
        rows.append(("Named, but not there", f"{found.n_absent:,}"))
    if found.n_refused:
        rows.append(("Words not understood, left out", f"{found.n_refused:,}"))
    if found.captions is not None:
        rows.append(("Captions", f"{found.captions.n_questions:,}"))
        rows += [(f"Recall@{k}", f"{share:.3f}") for k, share in found.captions.recall.items()]
        rows.append(("Median rank", f"{found.captions.median_rank:g}"))
    if found.zero_shot is not None:
        rows.append(("Zero-shot accuracy", f"{found.zero_shot:.3f}"))
    if found.similar_precision is not None:
        rows.append(("Find similar, precision@10", f"{found.similar_precision:.3f}"))
    for marks in found.marks:
        said = f"Precision@20 behind {marks.n_marks} marked, before and after"
        rows.append((said, f"{marks.before:.3f}, {marks.after:.3f}"))
    for part in found.parts:
        said = part.asked if part.asked == "caption" else f"part of {part.asked}"
        said = f"In the first 10 for a {said}, without and with tiles"
        rows.append((said, f"{part.without:.3f}, {part.with_tiles:.3f}"))
    if not found.sets:
        said = "not measured: no question has several photos that fit, and others"
        rows.append(("Bands and verdicts", said))
    return rows


def rows_of(each: SetFigures) -> list[tuple[str, str]]:
    """What is said of the questions of one kind."""
    bands, verdicts = each.bands, each.verdicts
    rows = [("Questions", f"{each.n_questions:,}")]
    rows += [(f"Precision@{k}", f"{share:.3f}") for k, share in each.precision.items()]
    rows += [
        (f"Right among the {band}", f"{_share(bands[band].right)} of {bands[band].n_photos:,}")
        for band in ("likely", "maybe", "unlikely")
    ]
    rows += [
        ("F1 of the likely", f"{each.likely_f1:.3f}"),
        ("F1 of the best fixed cut-off, with hindsight", f"{each.best_fixed_f1:.3f}"),
        ("F1 of the best that is right as often", f"{each.fixed_f1_as_right:.3f}"),
        ("F1 of the best probability, with hindsight", f"{each.best_own_f1:.3f}"),
        ("Expected calibration error", f"{each.calibration_error:.3f}"),
        ("Present, but called nothing", f"{verdicts.called_nothing:.3f}"),
        ("Absent, and recognised", f"{verdicts.recognised:.3f}"),
        ("Absent, yet with likely photos", f"{_found_absent(each):.3f}"),
    ]
    return rows


def _found_absent(each: SetFigures) -> float:
    absent = each.verdicts.absent
    return absent["found"] / max(sum(absent.values()), 1)


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"
