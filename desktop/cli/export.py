"""`likeness export`: photos go out as a table, a folder, contact sheets or vectors."""

from __future__ import annotations

import argparse

from desktop.cli.finding.asking import arranged_of, asked_of, with_words
from desktop.cli.said.outcome import DONE
from desktop.cli.said.output import count, say_json
from desktop.cli.said.progress import TAKING_AWAY, watched_job
from desktop.cli.said.streams import note, say_done
from desktop.cli.typed.subcommands import VECTORS
from desktop.library import Band, Exported, Form, Library, check

_N_SHOWN = 3


def export(library: Library, arguments: argparse.Namespace) -> int:
    photo_ids, scores = _meant(library, arguments)
    title = arguments.saved or arguments.words or "All photos"
    model_id = "" if arguments.model is None else library.models.id_of(arguments.model)
    with watched_job("photos", TAKING_AWAY) as job:
        exported = library.exporting.export(
            photo_ids, Form(arguments.form), arguments.place, job, title, scores, model_id
        )
    if arguments.json:
        say_json(
            {
                "places": [str(path) for path in exported.places] or [exported.table],
                "photos": exported.n_photos,
                "left_out": [str(path) for path in exported.left_out],
                **({"unread": exported.n_unread} if arguments.form in VECTORS else {}),
            }
        )
    else:
        _say(exported)
    return DONE


def _meant(library: Library, arguments: argparse.Namespace) -> tuple[list[int], dict[int, float]]:
    """The photos in their order, and the scores of those that a search found: of words, what is
    likely or maybe, unless -n or --min-score says how many."""
    asked = with_words(library, arguments, asked_of(library, arguments))
    asked = asked.knowing(library.attributes.refresh())
    if asked.is_listing or not (asked.text.strip() or asked.has_likeness or asked.has_marks):
        check(asked.text, asked.attributes)
        ids: list[int] = library.photos.list_ids(asked.narrowed).tolist()
        return _sorted(library, ids, arguments.sort)[: arguments.n], {}
    arranged = arranged_of(arguments)
    results, _ = arranged.apply(library, library.search(arranged.asked(asked)))
    says_how_many = arguments.n is not None or arguments.min_score is not None
    hits = [hit for hit in results.hits if says_how_many or hit.band is not Band.UNLIKELY]
    return [hit.photo_id for hit in hits], {hit.photo_id: hit.score for hit in hits}


def _sorted(library: Library, newest_first: list[int], sort: str) -> list[int]:
    if sort == "oldest":
        return newest_first[::-1]
    if sort == "folder":
        by_path = sorted(library.photos.get(newest_first), key=lambda photo: photo.path)
        return [photo.photo_id for photo in by_path]
    return newest_first


def _say(exported: Exported) -> None:
    places = exported.places
    where = exported.table
    if places:
        where = str(places[0]) if len(places) == 1 else f"{places[0]} to {places[-1].name}"
    say_done(f"{count(exported.n_photos, 'photo')}: {where}")
    if exported.left_out:
        shown = ", ".join(path.name for path in exported.left_out[:_N_SHOWN])
        more = ", ..." if len(exported.left_out) > _N_SHOWN else ""
        gone = count(len(exported.left_out), "photo")
        note(f"Left out, since the files are not there: {gone} ({shown}{more}).")
    if exported.n_unread:
        unread = count(exported.n_unread, "photo")
        note(f"Left out, since the model has not read them yet: {unread}.")
