"""What a page says that has no photo to show, and why."""

from __future__ import annotations

from typing import NamedTuple

from desktop.library import LISTED, Coverage, InFolder, Or, Results, Status
from desktop.ui.places.answers import Answer
from desktop.ui.places.place import Place


class Emptiness(NamedTuple):
    """Attributes: icon; heading; hint: what to do."""

    icon: str
    heading: str
    hint: str


_NONE_MEETS = Emptiness(
    "search", "No photo meets the conditions.", "Take one of them away, or ask for more."
)
_NO_FOLDER = Emptiness(
    "folder-away", "This folder is not watched any more.", "Add it again to see its photos here."
)
_NO_THEME = Emptiness(
    "theme",
    "This theme has no photos any more.",
    "It was merged, split or found anew; Themes shows those that there are now.",
)


def emptiness(answer: Answer, status: Status | None) -> Emptiness:
    """Of an answer without photos."""
    place, asks = answer.place, answer.place.query is not None
    lost = _lost(place, status)
    if lost is not None:
        return lost
    if answer.results is not None:
        return _nothing_found(answer.results, answer.coverage)
    if asks:
        return _NONE_MEETS
    if place.filter == LISTED:
        return Emptiness("photos", "No photos yet.", "They appear here as they are read.")
    if status is not None and not status.counts.waiting and _is_part(place):
        return Emptiness(
            place.icon, "No photos here any more.", "They were moved, renamed or removed."
        )
    return Emptiness(place.icon, "No photos here yet.", "They appear as they are read.")


def _lost(place: Place, status: Status | None) -> Emptiness | None:
    """What is said where the place itself is gone; None where it is there."""
    watched = {folder.folder_id for folder in status.folders} if status is not None else None
    if watched is not None and not place.folder_ids <= watched:
        return _NO_FOLDER
    if Or(()) in place.parts:
        return _NO_FOLDER
    return _NO_THEME if place.theme_id is not None else None


def _is_part(place: Place) -> bool:
    """Whether it is less than a whole folder: then photos were there when it was offered."""
    of_folders = (part for part in place.parts if isinstance(part, InFolder))
    return place.whole is not None or any(part.sub_folder for part in of_folders)


def _nothing_found(results: Results, coverage: Coverage | None) -> Emptiness:
    if results.searched:
        return Emptiness("search", "Nothing found.", "Try other words.")
    is_empty = coverage is not None and not coverage.total
    if is_empty and results.query.sentence.conditions:
        return _NONE_MEETS
    if coverage is not None and is_empty and coverage.missing:
        return Emptiness(
            "folder-away",
            "What is searched here is away.",
            "Its photos are listed without a search, and found again when it is back.",
        )
    return Emptiness(
        "search",
        "There is nothing to search yet.",
        "Photos can be searched as soon as they have been read; this starts by itself.",
    )
