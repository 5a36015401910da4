"""Question: what the window asks; History: the way back and forward through questions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from desktop.library import LISTED, Away, Filter, Folder, InFolder, Query

N_HITS = 600
"""How many hits the grid shows: more than anyone scrolls through, few enough to fetch at once."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is being looked at: a library or folder by date, or the answer to words and likeness.

    Attributes:
        text: words; "" for none.
        like_photo_id, like_image, like_path: as in Query.
        like_name: what the chip in the search bar says after "Similar to".
        filter: which photos are meant.
        is_draft: still being typed; the next words take its place in the history.
    """

    text: str = ""
    like_photo_id: int | None = None
    like_image: Image.Image | None = field(default=None, compare=False)
    like_path: Path | None = None
    like_name: str = ""
    filter: Filter = LISTED
    is_draft: bool = field(default=False, compare=False)

    @property
    def has_likeness(self) -> bool:
        return self.like_photo_id is not None or self.like_image is not None

    @property
    def is_search(self) -> bool:
        """Whether scores come back, rather than photos by date."""
        return bool(self.text.strip()) or self.has_likeness

    def same_as(self, other: Question) -> bool:
        """Whether both ask the same; two images are the same only if they are one object."""
        return self == other and self.like_image is other.like_image

    def query(self) -> Query:
        """The query for the library. Only for a search."""
        return Query(
            text=self.text.strip(),
            like_photo_id=self.like_photo_id,
            like_image=self.like_image,
            like_path=self.like_path,
            n=N_HITS,
            filter=self.filter & ~Away(),
        )


def in_folder(folder: Folder) -> Filter:
    """What is shown of a folder."""
    return LISTED & InFolder(folder.folder_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the grid stands: this photo's cell begins `below_px` below the upper edge (less than 0
    when it is partly above)."""

    photo_id: int
    below_px: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A question, and where the grid stood when it was left; None at the very top."""

    question: Question
    place: Place | None = None


class History:
    """Questions in the order they were asked, with a place in them. Never empty."""

    def __init__(self, first: Question, limit: int = 100) -> None:
        self._visits = [Visit(first)]
        self._at = 0
        self._limit = limit

    @property
    def current(self) -> Question:
        return self._visits[self._at].question

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at + 1 < len(self._visits)

    def push(self, question: Question, leaving: Place | None = None) -> bool:
        """Ask this next; what lay ahead is forgotten. A draft is replaced by the next words.

        False when that is being asked already.
        """
        if question.same_as(self.current):
            self._visits[self._at] = replace(self._visits[self._at], question=question)
            return False
        replaces = self.current.is_draft and self.current.is_search and question.is_search
        replaces = replaces and not question.has_likeness
        del self._visits[self._at + 1 :]
        if replaces:
            self._visits[self._at] = Visit(question)
            return True
        self._visits[self._at] = replace(self._visits[self._at], place=leaving)
        self._visits.append(Visit(question))
        del self._visits[: -self._limit]
        self._at = len(self._visits) - 1
        return True

    def go(self, steps: int, leaving: Place | None = None) -> Visit:
        """Move back (-1) or forward (+1) and return what is there; stays within both ends."""
        self._visits[self._at] = replace(self._visits[self._at], place=leaving)
        self._at = max(0, min(self._at + steps, len(self._visits) - 1))
        return self._visits[self._at]
