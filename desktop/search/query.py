"""What is asked and what is answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import SEARCHED, Filter
from desktop.media import PhotoPart
from desktop.search.language.conditions import among_which, narrow
from desktop.search.language.parsing import Clause, Means, Names, Sentence, parse


class Band(StrEnum):
    """How much a score means for this query and this library."""

    LIKELY = "likely"
    MAYBE = "maybe"
    UNLIKELY = "unlikely"


class Sameness(StrEnum):
    """What a hit has in common with the photo that was asked with, beyond likeness."""

    PHOTO = "photo"
    MOMENT = "moment"


class Verdict(StrEnum):
    """What the best hits say together.

    FOUND: some are likely. WEAK: none is, but some may be. NOTHING: the library seems to hold
    nothing like it.
    """

    FOUND = "found"
    WEAK = "weak"
    NOTHING = "nothing"


class Purpose(StrEnum):
    """What a model can be used for."""

    WORDS = "words"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: words, a photo of the library, an outside image, or words and one of the two.

    Attributes:
        text: words and conditions, see `language`; "" for none.
        like_photo_id: find what resembles this photo, which is left out of the answer.
        like_image: find what resembles this upright RGB image.
        like_path: shown to the person as where like_image came from; part of the answer's "query".
            By itself it stands for the image file that is there: `Library.search` opens it.
        like_part: which part of that photo like_image is; None for all of it. The photo may be
            among the hits: to see it there tells how well the part is told.
        n: how many hits at most.
        min_score: leave out hits below this cosine.
        filter: the photos that may answer.
        more, less: photos of the library that a person marked as what they mean, or not.
        leads_to: the photos that lie where whole paths behind "folder:" lead, by the paths.
        attributes: names of the attributes that the text may ask for; see `language`.
    """

    text: str = ""
    like_photo_id: int | None = None
    like_image: Image.Image | None = None
    like_path: Path | None = None
    like_part: PhotoPart | None = None
    n: int = 20
    min_score: float | None = None
    filter: Filter = SEARCHED
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    leads_to: tuple[tuple[str, Filter], ...] = ()
    attributes: Names = field(default=frozenset(), compare=False)

    @property
    def purpose(self) -> Purpose:
        """Words and a photo together need one model that understands both: the one for words."""
        has_words = any(each.means is Means.WORDS for each in self.sentence.clauses)
        return Purpose.WORDS if has_words else Purpose.LIKENESS

    @property
    def has_likeness(self) -> bool:
        """Whether there is a photo to resemble beside the text."""
        return self.is_open or self.like_path is not None

    @property
    def is_open(self) -> bool:
        """Whether the photo to resemble has been found."""
        return self.like_photo_id is not None or self.like_image is not None

    def asks_like(self, other: Query) -> bool:
        """Whether both ask for the same, wherever and however many, as far as names tell: a copied
        image is like no other."""
        ours, theirs = (
            (each.text.strip(), each.like_path, each.like_part, set(each.more), set(each.less))
            for each in (self, other)
        )
        has_name = all(each.like_path or each.like_image is None for each in (self, other))
        return ours == theirs and has_name

    def of_part(self, part: PhotoPart) -> Query:
        """For what resembles this part of like_image. Raises QueryUnanswerable where it has hardly
        any pixels."""
        assert self.like_image is not None
        return replace(self, like_image=part.cut(self.like_image), like_part=part)

    def marked(self, photo_ids: Collection[int], is_more: bool) -> Query:
        """The same with these photos marked; where all of them were marked so, without the mark."""
        more, less = (
            tuple(each for each in marks if each not in photo_ids)
            for marks in (self.more, self.less)
        )
        were_so = set(photo_ids) <= set(self.more if is_more else self.less)
        added = () if were_so else tuple(photo_ids)
        if is_more:
            more += added
        else:
            less += added
        return replace(self, more=more, less=less)

    def knowing(self, attributes: Names) -> Query:
        """The same where these attributes are known: this very query if it knows them already."""
        return self if self.attributes == attributes else replace(self, attributes=attributes)

    @property
    def sentence(self) -> Sentence:
        """What the text says."""
        return parse(self.text, self.attributes).sentence

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Those of the text that a model can be asked with."""
        return tuple(
            clause
            for clause in self.sentence.clauses
            if clause.words or clause.means is not Means.WORDS
        )

    @property
    def has_marks(self) -> bool:
        return bool(self.more or self.less)

    @property
    def shows_photos(self) -> bool:
        """Whether a photo is to be resembled, in the text or beside it."""
        return self.has_likeness or any(each.means is not Means.WORDS for each in self.clauses)

    @property
    def is_of_one_photo(self) -> bool:
        """Whether a whole photo is to be resembled, and nothing else is asked."""
        plain = not self.clauses and not self.has_marks and self.like_part is None
        return self.has_likeness and plain

    @property
    def is_listing(self) -> bool:
        """Whether only conditions are asked, which photos meet or do not."""
        sentence = self.sentence
        return not self.has_likeness and not sentence.clauses and bool(sentence.conditions)

    @property
    def chosen_from(self) -> Filter:
        """The photos that the conditions of the text choose from."""
        return among_which(self.filter, self.sentence.conditions)

    @property
    def narrowed(self) -> Filter:
        """The photos that may answer, with the conditions of the text."""
        return narrow(self.filter, self.sentence.conditions, dict(self.leads_to))


@dataclass(frozen=True, slots=True)
class Examples:
    """The photos that a clause stands for, where it names a photo or a concept.

    Attributes:
        more, less: photos of the library to resemble, and not to.
        image: one to resemble that is not in the library, upright RGB.
        are_answers: whether they may be hits themselves.
    """

    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    image: Image.Image | None = None
    are_answers: bool = False


@dataclass(frozen=True, slots=True)
class ClauseScore:
    """How well a photo shows what one clause says. score: cosine in [-1, 1]."""

    clause: Clause
    score: float
    band: Band
    probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer.

    Attributes:
        score: cosine in [-1, 1], higher is better; where several clauses must hold, that of the
            weakest; 1 where only conditions were asked.
        probability: that the photo fits; of several clauses, see `together`.
        parts: one for each clause of the text.
        sameness: told where one photo is asked with, and nothing else.
        is_named: whether its file or folders are called what was asked.
        part: by which part of the photo it is found; None where it is the whole.
    """

    photo_id: int
    score: float
    band: Band
    probability: float = 0.0
    parts: tuple[ClauseScore, ...] = ()
    is_named: bool = False
    sameness: Sameness | None = None
    part: PhotoPart | None = None

    @property
    def section(self) -> Sameness | Band:
        """What it stands under where hits are shown: the same as what was asked with, or a band."""
        return self.sameness or self.band


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query.

    Attributes:
        model_id: the model that answered.
        hits: best first, ties by photo_id; newest first where only conditions were asked.
        searched: photos that were compared; total: photos there are in the scope of the query.
        elapsed_ms: without loading the model.
        is_exact: whether every photo was compared; else some of the best may be lacking.
        asked_with: (d,) the embedding of the photo, where one is asked with and nothing else.
        verdict: what the hits say together; without any NOTHING, or WEAK where photos of the scope
            have not been searched yet.
        note: why another model answered than one may expect, as a sentence; "" as a rule.
    """

    query: Query
    model_id: str
    hits: tuple[Hit, ...]
    searched: int
    total: int
    elapsed_ms: float
    is_exact: bool = True
    note: str = ""
    verdict: Verdict = Verdict.NOTHING
    asked_with: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
