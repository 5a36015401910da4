"""`likeness compare`: several models side by side, on photos in classes or on the library's own."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from desktop.cli.choosing.comparison_page import comparison_page
from desktop.cli.finding.answers import likeness_query
from desktop.cli.said.html import write_file
from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, duration, say_json, say_table, size
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say
from desktop.library import Library, Places, Query, load_settings
from desktop.library.comparing import Answers, Trial
from desktop.library.comparing.comparison import Comparison, ModelFigures, compare_models
from desktop.library.evaluation import labelled

_ASKED_PX = 1024


def run_comparison(places: Places, arguments: argparse.Namespace) -> int:
    """Neither opens nor makes a library: what is written is in a temporary folder."""
    settings = load_settings(places.settings_path)
    photos = labelled(arguments.labelled)
    with watched_job() as job:
        found = compare_models(places, settings, photos, arguments.models, arguments.k, job)
    if arguments.html is not None:
        write_file(arguments.html, comparison_page(found, tables_of(found)))
    if arguments.json:
        say_json(figures(found))
    else:
        _say(found)
    return DONE


def compare_on_library(library: Library, arguments: argparse.Namespace) -> int:
    """What resembles one image, as each model sees it; the library stays as it is."""
    asked = likeness_query(library, str(arguments.path), Query())
    including = [] if asked.like_photo_id is None else [asked.like_photo_id]
    with watched_job() as job:
        trial = library.comparing.try_models(
            arguments.models, job, including=including, n_photos=arguments.sample
        )
    with closing(trial):
        if asked.like_photo_id in {photo.photo_id for photo in trial.photos}:
            assert asked.like_photo_id is not None
            answers = trial.nearest_to(asked.like_photo_id, arguments.k)
        else:
            image = asked.like_image or library.pictures.load(arguments.path, _ASKED_PX).image
            answers = trial.nearest_to_image(image, arguments.k)
    if arguments.json:
        say_json(_trial_values(arguments.path, trial, answers))
    else:
        _say_trial(trial, answers)
    return DONE


def _trial_values(path: Path, trial: Trial, answers: Answers) -> dict[str, object]:
    return {
        "path": str(path),
        "sample": len(trial.photos),
        "models": {
            name: [
                {"path": str(hit.photo.path), "score": hit.score, "models": hit.n_models}
                for hit in hits
            ]
            for name, hits in answers.items()
        },
        "costs": {name: dataclasses.asdict(cost) for name, cost in trial.costs.items()},
    }


def _say_trial(trial: Trial, answers: Answers) -> None:
    say(f"The nearest among {count(len(trial.photos), 'photo')} of the library:")
    for name, hits in answers.items():
        say()
        say_table(
            (name, "Models", "Photo"),
            ((f"{hit.score:.3f}", f"{hit.n_models}", str(hit.photo.path)) for hit in hits),
        )
    say()
    say_table(
        ("Model", "Still to read", "Space"),
        (
            (name, duration(cost.seconds) if cost.seconds else "nothing", size(cost.n_bytes))
            for name, cost in trial.costs.items()
        ),
    )


def figures(found: Comparison) -> dict[str, object]:
    """All that was measured, in the form that is promised to programs."""
    values = dataclasses.asdict(dataclasses.replace(found, examples=()))
    del values["examples"]
    return values


Table = list[tuple[str, ...]]


def tables_of(found: Comparison) -> list[Table]:
    """What is said of all photos, of each label, and of models beside one another."""
    tables = [figures_table(found), labels_table(found)]
    return tables if len(found.models) == 1 else [*tables, common_table(found)]


def figures_table(found: Comparison) -> Table:
    """Headings, then a row for each figure; a column for each model."""
    rows: Table = [("Figure", *(model.name for model in found.models))]
    for at in found.models[0].labels.precision:
        rows.append(
            _row(found, f"Precision@{at}", {m.name: m.labels.precision[at] for m in found.models})
        )
    rows += [
        _row(found, f"Same label among {found.k}", _each(found, "agreeing")),
        _row(found, "kNN accuracy", _each(found, "knn_accuracy")),
        _row(found, "Mean average precision", _each(found, "mean_average_precision")),
        _row(found, "By chance", _each(found, "chance")),
        ("Numbers in an embedding", *(f"{model.dim:,}" for model in found.models)),
        ("Bytes a photo", *(f"{model.bytes_a_photo:,}" for model in found.models)),
        ("Photos a second", *(f"{model.photos_per_s:.1f}" for model in found.models)),
    ]
    return rows


def labels_table(found: Comparison) -> Table:
    """The same for the share of the same label, by label."""
    rows: Table = [("Label", *(model.name for model in found.models))]
    for label in found.labels:
        rows.append((label, *(_share_of(model, label) for model in found.models)))
    return rows


def common_table(found: Comparison) -> Table:
    """How many neighbours two models have in common."""
    rows: Table = [("In common", *found.in_common)]
    for one, shares in found.in_common.items():
        rows.append((one, *(f"{share:.3f}" for share in shares.values())))
    return rows


def _each(found: Comparison, figure: str) -> Mapping[str, float]:
    return {model.name: getattr(model.labels, figure) for model in found.models}


def _row(found: Comparison, name: str, values: Mapping[str, float]) -> tuple[str, ...]:
    return (name, *(f"{values[model.name]:.3f}" for model in found.models))


def _share_of(model: ModelFigures, label: str) -> str:
    share = model.labels.by_label.get(label)
    return "" if share is None else f"{share:.3f}"


def _say(found: Comparison) -> None:
    say(f"{found.n_photos:,} photos with {len(found.labels):,} labels, in {found.folder}")
    if found.n_unreadable:
        say(f"{found.n_unreadable:,} could not be read by all models and are left out.")
    for headings, *rows in tables_of(found):
        say()
        say_table(headings, rows)
    note(f"Measured in {duration(found.elapsed_s)}.")
