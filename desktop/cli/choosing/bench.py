"""`likeness bench`: what this computer can do, and the settings that follow from it."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import duration, say_json, say_pairs, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say
from desktop.library import BenchReport, Effort, Library

SIZES = (10_000, 100_000)
BUSY = 0.25
"""Above this share of the processor taken by others, the figures say little of the computer."""


def bench(library: Library, arguments: argparse.Namespace) -> int:
    with watched_job("steps") as job:
        report = library.bench(job, Effort.quick() if arguments.quick else None)
    if arguments.json:
        say_json(dataclasses.asdict(report))
    else:
        _say_report(report)
    if report.busy_share > BUSY:
        note(
            f"Other programs took {report.busy_share:.0%} of the processor before this began; "
            "the figures are lower than they could be."
        )
    if arguments.apply:
        _apply(library, report)
    elif any(choice.now != choice.chosen for choice in report.choices):
        note("`likeness bench --apply` measures again and saves the settings it chooses.")
    return DONE


def _say_report(report: BenchReport) -> None:
    say_pairs(
        (
            ("Model", report.model_id),
            ("Device", " ".join(filter(None, (report.device, report.precision)))),
            ("Processor cores", str(report.n_cores)),
        )
    )
    say()
    headings = [f"{n:,} photos" for n in SIZES]
    say_table(("Measured", "Rate", *headings), _rows(report))
    say()
    say_table(
        ("Setting", "Now", "Chosen", "Because"),
        (
            (choice.name, _value(choice.now), _value(choice.chosen), choice.why)
            for choice in report.choices
        ),
    )
    note(f"Measured in {duration(report.elapsed_s)}.")


def _rows(report: BenchReport) -> list[tuple[str, ...]]:
    megapixels = f"{report.megapixels:.0f} MP" if report.megapixels >= 1 else "small"
    rates = [
        (f"Read photos ({megapixels}), thumbnails included", report.read_per_s, "photos/s"),
        ("Embed images", report.embed_per_s, "images/s"),
        ("Embed images on the processor", report.embed_on_cpu_per_s, "images/s"),
        ("Index photos, both at once and saved", report.index_per_s, "photos/s"),
    ]
    rows = [
        (name, f"{per_s:,.1f} {unit}", *(duration(n / per_s) for n in SIZES))
        for name, per_s, unit in rates
        if per_s
    ]
    within = f"{report.n_within_answer:,} in {report.answer_ms:.0f} ms"
    answers = (f"{n / report.compared_per_ms:,.1f} ms" for n in SIZES)
    rows.append(("Compare every photo with a search", within, *answers))
    saves = (duration(n / report.batch / report.saved_per_s) for n in SIZES)
    rows.append(
        (f"Save {report.batch} photos to the data folder", f"{report.saved_per_s:,.0f}/s", *saves)
    )
    return rows


def _apply(library: Library, report: BenchReport) -> None:
    changed: dict[str, Any] = {
        choice.name: choice.chosen for choice in report.choices if choice.now != choice.chosen
    }
    if not changed:
        note("The settings are as they would be chosen.")
        return
    library.change_settings(dataclasses.replace(library.settings, **changed))
    words = ", ".join(f"{name} = {_value(value)}" for name, value in changed.items())
    note(f"Saved: {words}.")


def _value(value: int | bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value
