"""`likeness mistakes`: where a label and a prediction disagree, and labels that seem wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say
from desktop.errors import NameUnusable
from desktop.library import Confusion, Library, MistakeGroup, Pair, Suspect

_SHOWN_CELLS = 20
_SHOWN_PHOTOS = 3


def mistakes(library: Library, arguments: argparse.Namespace) -> int:
    if arguments.suspects:
        return _find_suspects(library, arguments)
    pair = _pair(library, arguments)
    confusion = library.mistakes.compare(pair.label, pair.prediction)
    with watched_job("photos") as job:
        groups = library.mistakes.groups(confusion, job)
    paths = _paths(library, [each for group in groups for each in group.photo_ids])
    if arguments.json:
        say_json(
            {
                "label": confusion.pair.label,
                "prediction": confusion.pair.prediction,
                "photos": confusion.n_photos,
                "mistakes": len(confusion.mistaken),
                "confusion": [
                    {"label": label, "prediction": prediction, "photos": n}
                    for label, prediction, n in confusion.cells
                ],
                "groups": [
                    {
                        "label": group.label,
                        "prediction": group.prediction,
                        "of_it": group.n_of_it,
                        "photos": [str(paths[each]) for each in group.photo_ids if each in paths],
                    }
                    for group in groups
                ],
            }
        )
        return DONE
    _say_confusion(confusion)
    _say_groups(groups, paths)
    return DONE


def _pair(library: Library, arguments: argparse.Namespace) -> Pair:
    """What is compared, where not all is said. Raises NameUnusable where there is nothing."""
    guess = library.mistakes.guess_pair()
    label: str | None = arguments.label
    prediction: str | None = arguments.prediction
    if guess is not None:
        label, prediction = label or guess.label, prediction or guess.prediction
    if label is None or prediction is None:
        raise NameUnusable(
            "There are no two attributes that could disagree.",
            "`likeness attributes import FILE` brings a label and a prediction.",
        )
    return Pair(label, prediction)


def _say_confusion(confusion: Confusion) -> None:
    pair = confusion.pair
    said = f"{pair.label} and {pair.prediction} disagree on {len(confusion.mistaken):,}"
    say(f"{said} of {count(confusion.n_photos, 'photo')}.")
    if not confusion.cells:
        return
    say()
    say_table(
        ("Photos", pair.label, pair.prediction),
        ((f"{n:,}", label, said) for label, said, n in confusion.cells[:_SHOWN_CELLS]),
    )
    left = len(confusion.cells) - _SHOWN_CELLS
    if left > 0:
        note(f"{count(left, 'more kind')} of mistakes; --json has them all.")


def _say_groups(groups: Sequence[MistakeGroup], paths: dict[int, Path]) -> None:
    if groups:
        say()
        say_table(
            ("Alike", "Mostly", "The most typical of them"),
            (
                (
                    f"{len(group.photo_ids):,}",
                    f"{group.label} taken for {group.prediction} ({group.n_of_it:,})",
                    _names(group, paths),
                )
                for group in groups
            ),
        )


def _names(group: MistakeGroup, paths: dict[int, Path]) -> str:
    shown = group.photo_ids[:_SHOWN_PHOTOS]
    return ", ".join(paths[each].name for each in shown if each in paths)


def _find_suspects(library: Library, arguments: argparse.Namespace) -> int:
    label = arguments.label
    if label is None:
        guess = library.mistakes.guess_pair()
        labels = [each.name for each in library.mistakes.labels()]
        label = guess.label if guess is not None else next(iter(labels), None)
    if label is None:
        raise NameUnusable(
            "No attribute says labels.", "`likeness attributes import FILE` brings some."
        )
    with watched_job("photos") as job:
        found = library.mistakes.suspects(label, job, arguments.n)
    paths = _paths(library, [each.photo_id for each in found])
    shown = [(each, paths[each.photo_id]) for each in found if each.photo_id in paths]
    if arguments.json:
        say_json({"label": label, "suspects": [_described(each, path) for each, path in shown]})
    elif shown:
        say_table(
            ("Doubt", label, "Likelier", "Agree", "Photo"),
            (
                (
                    f"{each.doubt:.2f}",
                    each.label,
                    each.likelier,
                    f"{each.agree} of {each.n_nearest}",
                    str(path),
                )
                for each, path in shown
            ),
        )
    else:
        say(f"No photo's {label} looks wrong beside its neighbours.")
    return DONE


def _described(each: Suspect, path: Path) -> dict[str, object]:
    return {
        "path": str(path),
        "label": each.label,
        "likelier": each.likelier,
        "agree": each.agree,
        "of": each.n_nearest,
        "doubt": round(each.doubt, 4),
    }


def _paths(library: Library, photo_ids: Sequence[int]) -> dict[int, Path]:
    return {photo.photo_id: photo.path for photo in library.photos.get(photo_ids)}
