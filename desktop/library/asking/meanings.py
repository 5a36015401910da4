"""Photos that a search names: from what was typed behind "like:" or "concept:" to those meant."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from PIL import Image

from desktop.catalog import LISTED, Catalog, NameHolds, Photo, folded
from desktop.errors import NameUnusable, PhotoUnreadable, QueryUnanswerable, UserError
from desktop.ingest import is_shut_away, whole_path
from desktop.legible import quoted
from desktop.library.answering.spaces import Spaces
from desktop.library.asking.concepts import Concepts
from desktop.library.attributes.attributes import Attributes
from desktop.library.pictures import Pictures
from desktop.media import (
    THUMBNAIL_LEAST_PX,
    THUMBNAIL_LEAST_SHORT_PX,
    PhotoPart,
    Sides,
    as_thumbnail,
)
from desktop.search import Clause, Examples, Fault, Means, Purpose, Query, faults, parse

_N_IMAGES = 4
"""So many images from outside the library are kept as pixels: a question is often asked again."""


class Meanings:
    """Finds the photos that a query names. Any thread but Qt's main one.

    A name stands for the photo of the library that is called so, whatever case and accents, as long
    as there is but one; it may have some of its folders in front. A whole path stands for any image
    file.
    """

    def __init__(
        self,
        catalog: Catalog,
        pictures: Pictures,
        spaces: Spaces,
        concepts: Concepts,
        attributes: Attributes,
        find_photo: Callable[[Path], Photo | None],
    ) -> None:
        self._catalog = catalog
        self._pictures = pictures
        self._spaces = spaces
        self._concepts = concepts
        self._attributes = attributes
        self._find_photo = find_photo
        self._named: dict[str, Photo] = {}
        self._named_at = -1
        self._pixels = lru_cache(_N_IMAGES)(self._decode)

    def of(self, query: Query) -> dict[Clause, Examples]:
        """The photos of each clause that is not of words. Raises QueryUnanswerable."""
        clauses = [each for each in query.clauses if each.means is not Means.WORDS]
        return {clause: self._photos_of(clause, query.purpose) for clause in clauses}

    def opened(self, query: Query) -> Query:
        """The same with the photo that its path alone stands for. Raises QueryUnanswerable."""
        path = query.like_path
        if path is None or query.is_open:
            return query
        try:
            found = self.open(path, Purpose.LIKENESS, query.like_part)
        except (UserError, OSError, ValueError) as error:
            raise _unanswerable(path.name, error) from error
        like = found.more[0] if found.more else None
        return replace(query, like_photo_id=like, like_image=found.image)

    def losses(self, query: Query) -> list[str]:
        """A sentence for each concept of the query of whose examples some are gone."""
        names = [each.text for each in query.clauses if each.means is Means.CONCEPT]
        lessened = [each for each in map(self._concepts.find, names) if each.n_lost]
        return [
            f"{each.n_lost} of the {each.n_taught} photos that taught “{each.name}” are gone."
            for each in lessened
        ]

    def faults(self, text: str) -> tuple[Fault, ...]:
        """What is wrong with the text, in order, names of photos included."""
        names = self._attributes.refresh()
        found = list(faults(text, names))
        purpose = Query(text, attributes=names).purpose
        for part, start, end in parse(text, names).places:
            if isinstance(part, Clause) and part.text.strip():
                try:
                    self._photos_of(part, purpose)
                except QueryUnanswerable as error:
                    found.append(Fault(start, end, error.message, error.hint))
        return tuple(sorted(found, key=lambda fault: fault.start))

    def clause_for(self, path: Path) -> Clause:
        """The clause that means the photo at `path`, by its name alone where that is enough."""
        clause = Clause(path.name, means=Means.PHOTO)
        photo = self._find_photo(whole_path(path))
        try:
            if photo is not None and self._called(path.name).photo_id == photo.photo_id:
                return clause
        except QueryUnanswerable:
            pass  # it takes the whole path
        return Clause(str(path), means=Means.PHOTO)

    def thumbnail_of(self, clause: Clause, side_px: int) -> Image.Image | None:
        """The photo of a clause with a short side of `side_px`; None if there is none to be had."""
        try:
            path = _path_of(clause.text)
            photo = self._called(clause.text) if path is None else self._find_photo(path)
            if photo is not None:
                return self._pictures.load_thumbnail(photo, side_px)
            image = self.open(path, Purpose.LIKENESS).image if path is not None else None
            return as_thumbnail(image) if image is not None else None
        except (UserError, OSError, ValueError):
            return None

    def open(self, path: Path, purpose: Purpose, part: PhotoPart | None = None) -> Examples:
        """What stands for the image file at `path`: its photo_id where the model that answers knows
        it, else its pixels; of a part, always these. Raises PhotoUnreadable, NotAPhoto, or
        QueryUnanswerable where the part has hardly any."""
        path = whole_path(path)
        if is_shut_away(path):
            raise PhotoUnreadable(
                "Likeness is not allowed to look into the folder of this file.",
                "Change the folder's permissions.",
            )
        if not os.path.exists(path):  # Path.exists raises for a name that is too long
            raise PhotoUnreadable(
                "There is no such file.", "Check its name, and whether its drive is there."
            )
        if os.path.isdir(path):
            raise PhotoUnreadable("This is a folder; one photo is needed.", "Name a photo in it.")
        if part is not None:
            return Examples(image=self._pictures.decode_part(path, part, self._input_px).image)
        photo = self._find_photo(path)
        if photo is not None and self._is_known(photo, purpose):
            return Examples((photo.photo_id,))
        now = path.stat()
        return Examples(image=self._pixels(path, now.st_mtime_ns, now.st_size))

    def _is_known(self, photo: Photo, purpose: Purpose) -> bool:
        """Whether the model that answers need not look at it."""
        model_id = self._spaces.answering(purpose).model_id
        has_content = photo.content_hash is not None
        return has_content and self._catalog.made.find_vector(photo.photo_id, model_id) is not None

    @property
    def _input_px(self) -> int:
        return max(self._spaces.answering(purpose).input_px for purpose in Purpose)

    def _decode(self, path: Path, _mtime_ns: int, _size_bytes: int) -> Image.Image:
        short_px = max(self._input_px, THUMBNAIL_LEAST_SHORT_PX)  # as the ingest does
        return self._pictures.decode(path, Sides(short_px, THUMBNAIL_LEAST_PX)).image

    def _photos_of(self, clause: Clause, purpose: Purpose) -> Examples:
        """Raises QueryUnanswerable."""
        if not clause.text.strip():
            raise QueryUnanswerable(
                f"After “{clause.means}:” something is missing.",
                "Write the name of a photo, or its whole path."
                if clause.means is Means.PHOTO
                else "Write the name that photos have taught.",
            )
        if clause.means is Means.CONCEPT:
            return self._taught(clause)
        path = _path_of(clause.text)
        if path is None:
            photo = self._called(clause.text)
            if self._is_known(photo, purpose):
                return Examples((photo.photo_id,))
            path = photo.path
        try:
            return self.open(path, purpose)
        except (UserError, OSError, ValueError) as error:
            raise _unanswerable(clause.text, error) from error

    def _taught(self, clause: Clause) -> Examples:
        """Raises QueryUnanswerable."""
        try:
            concept = self._concepts.find(clause.text)
        except NameUnusable as error:
            raise QueryUnanswerable(error.message, error.hint) from error
        if not concept.more:
            raise QueryUnanswerable(
                f"All photos that taught “{concept.name}” are gone.", "Teach it by others."
            )
        return Examples(concept.more, concept.less, are_answers=True)

    def _called(self, name: str) -> Photo:
        """The one photo of the library with this name. Raises QueryUnanswerable."""
        revision = self._catalog.revisions().photos
        if self._named_at != revision:
            self._named, self._named_at = {}, revision
        photo = self._named.get(name)
        if photo is None:
            photo = self._named[name] = self._look_up(name)
        return photo

    def _look_up(self, name: str) -> Photo:
        """Reads all names: 0.1 s for 100,000 photos."""
        wanted = folded(name.replace(os.sep, "/")).split("/")
        ids = self._catalog.photos.list_ids(LISTED & NameHolds(wanted[-1]))
        photos = [
            photo
            for photo in self._catalog.photos.get(ids.tolist())
            if folded(photo.path.as_posix()).split("/")[-len(wanted) :] == wanted
        ]
        contents = {photo.content_hash or photo.photo_id for photo in photos}
        if len(contents) == 1:
            return photos[0]
        if photos:
            raise QueryUnanswerable(
                f"{len(photos):,} photos are called “{name}”.",
                f"Write its folder, too, such as like:{photos[0].path.parent.name}/{name}.",
            )
        raise QueryUnanswerable(
            f"No photo of the library is called {quoted(name)}.",
            "Write its whole name, or a whole path in quotes.",
        )


def _unanswerable(name: str, error: Exception) -> QueryUnanswerable:
    """Why a photo with this name cannot be asked with."""
    if isinstance(error, UserError):
        return QueryUnanswerable(f"“{name}”: {error.message}", error.hint)
    return QueryUnanswerable(f"“{name}”: {error}", "Check its name.")


def _path_of(text: str) -> Path | None:
    """The path that was typed; None where it is a name in the library."""
    if text.startswith("~"):
        return Path(os.path.expanduser(text))
    is_path = os.path.isabs(text) or text.startswith((f".{os.sep}", f"..{os.sep}"))
    return Path(text) if is_path else None
