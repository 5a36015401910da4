"""What is asked in an evaluation, and which photos are right: out of captions, or of folders that
are called after what their photos show."""

from __future__ import annotations

import csv
import errno
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desktop.errors import UserError
from desktop.media import format_of_name

N_WORDS, N_PAIRS = 150, 150
"""Caption words that are asked at most: single ones, and pairs."""
LEAST_PHOTOS = 3
"""A word that fewer photos show is not asked."""
WORDS_SHARED = 2
"""Photos whose captions share so many words show the same."""
_SEED = 1

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LEAST_LETTERS = 3
_STOP_WORDS = frozenset(
    """
    and are around another away back been behind being between both but can did each far few for
    from front has have her him his into its just many more near next off one onto other out over
    own put she some something that the their them then there these they this those three through
    two under until upon very was were what when where which while who whose with you
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Question:
    """Words, and the positions of the photos that show what they say.

    Attributes:
        sure: of photos with several captions, those where two of them say so.
    """

    text: str
    right: tuple[int, ...]
    sure: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionWords:
    """What the captions of a photo say of it: the words, and those that two of them use."""

    words: frozenset[str]
    sure: frozenset[str]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions of one kind."""

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class TestPhotos:
    """Photos of which somebody has said what they show.

    Attributes:
        folder: what was given.
        paths: the photos.
        captions: whole sentences, each of one photo.
        sets: questions that several photos may answer.
        classes: of photos that are sorted into classes, the class of each; else ().
        said: of photos with captions, the words of each; else ().
        n_absent: photos that captions name and that are not there.
    """

    __test__ = False  # for pytest

    folder: Path
    paths: tuple[Path, ...]
    captions: tuple[Question, ...]
    sets: tuple[QuestionSet, ...]
    classes: tuple[str, ...] = ()
    said: tuple[CaptionWords, ...] = ()
    n_absent: int = 0

    @property
    def photos_path(self) -> Path:
        """The folder that all photos are in."""
        return self.folder if self.classes else self.folder / "images"

    def find_like(self, at: int) -> list[int]:
        """The positions of the other photos that show what this one does: those of its class, or
        those with captions that use WORDS_SHARED of the words that two of its captions use."""
        if self.classes:
            same = [each == self.classes[at] for each in self.classes]
        else:
            asked = self.said[at].sure
            same = [len(asked & each.words) >= WORDS_SHARED for each in self.said]
        return [other for other, is_same in enumerate(same) if is_same and other != at]


def captioned(given: Path, learned: bool = False) -> TestPhotos:
    """Read captions.csv (columns image, split, caption; several captions a photo) beside images/.

    Photos whose split is "train" are left out, unless there are no others. learned: take only
    these. Raises UserError.
    """
    folder = Path(os.path.abspath(given))
    path = folder / "captions.csv"
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is no file")  # a pipe would be waited for without end
        with path.open(encoding="utf-8-sig", newline="") as file:
            read = csv.DictReader(file, restval="")
            rows = [(row["image"], row["split"], row["caption"]) for row in read]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"The captions {path} cannot be read: {_why(error)}.",
            "The file needs the columns image, split and caption.",
        ) from error
    rows = [row for row in rows if row[2].strip()]
    rows = [row for row in rows if (row[1] == "train") is learned] or rows
    by_image: dict[str, list[str]] = defaultdict(list)
    for image, _, caption in rows:
        by_image[image].append(caption)
    names = sorted(name for name in by_image if (folder / "images" / name).is_file())
    if not names:
        raise UserError(
            f"No photo that {path} names is there.", f"They belong into {folder / 'images'}."
        )
    captions = [by_image[name] for name in names]
    return TestPhotos(
        folder,
        tuple(folder / "images" / name for name in names),
        tuple(Question(text, (at,)) for at, texts in enumerate(captions) for text in texts),
        (QuestionSet("caption words", tuple(caption_words(captions))),),
        said=tuple(map(_said_in, captions)),
        n_absent=len(by_image) - len(names),
    )


def captions_by_photo(photos: TestPhotos) -> list[list[str]]:
    """The captions of each photo."""
    texts: list[list[str]] = [[] for _ in photos.paths]
    for caption in photos.captions:
        texts[caption.right[0]].append(caption.text)
    return texts


def captions_in(photos: TestPhotos, language: str) -> list[list[str]]:
    """The captions of each photo in another language, out of languages.csv beside captions.csv
    (columns image, language, caption); none where there is no such file. Raises UserError."""
    by_image: dict[str, list[str]] = defaultdict(list)
    path = photos.folder / "languages.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["language"] == language:
                    by_image[row["image"]].append(row["caption"])
    except FileNotFoundError:
        pass
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"The captions {path} cannot be read: {_why(error)}.") from error
    return [by_image[photo.name] for photo in photos.paths]


def labelled(given: Path) -> TestPhotos:
    """Read a folder that holds one folder of photos for each class, called after it. Raises
    UserError."""
    folder = Path(os.path.abspath(given))
    paths = sorted(path for path in folder.glob("*/*") if path.is_file() and _is_photo(path))
    if not paths:
        raise UserError(
            f"{folder} has no folders with photos in them.", "Each class needs one, with its name."
        )
    classes = [path.parent.name for path in paths]
    questions = [
        Question(words, tuple(at for at, each in enumerate(classes) if each == name))
        for name in dict.fromkeys(classes)
        for words in wordings(name)
    ]
    sets = (QuestionSet("class names", tuple(questions)),)
    return TestPhotos(folder, tuple(paths), (), sets, tuple(classes))


def wordings(name: str) -> tuple[str, str]:
    """How a class is asked for."""
    plain = name.replace("_", " ").replace("-", " ").strip()
    return plain, f"a photo of {plain}"


def caption_words(captions: Sequence[Sequence[str]]) -> list[Question]:
    """Some of `all_caption_words`: at most N_WORDS and N_PAIRS, drawn at random."""
    questions = all_caption_words(captions)
    draw = np.random.default_rng(_SEED)
    words = [question for question in questions if " " not in question.text]
    pairs = [question for question in questions if " " in question.text]
    return [*_drawn(words, N_WORDS, draw), *_drawn(pairs, N_PAIRS, draw)]


def all_caption_words(captions: Sequence[Sequence[str]]) -> list[Question]:
    """Words, and pairs of words that stand side by side, which two captions of one photo use; right
    is every photo with a caption that uses them, LEAST_PHOTOS at least."""
    uses = [_uses_of(texts) for texts in captions]
    agreed = {term for counts in uses for term, n in counts.items() if n >= 2}
    photos: dict[str, list[int]] = defaultdict(list)
    for at, counts in enumerate(uses):
        for term in counts.keys() & agreed:
            photos[term].append(at)
    return [
        Question(term, tuple(right), tuple(at for at in right if uses[at][term] >= 2))
        for term, right in sorted(photos.items())
        if len(right) >= LEAST_PHOTOS
    ]


def _uses_of(texts: Sequence[str]) -> Counter[str]:
    """How many of a photo's captions use each term."""
    return Counter(term for text in texts for term in set(_terms(text)))


def _said_in(texts: Sequence[str]) -> CaptionWords:
    uses = {term: n for term, n in _uses_of(texts).items() if " " not in term}
    return CaptionWords(frozenset(uses), frozenset(term for term, n in uses.items() if n >= 2))


def _drawn(questions: Sequence[Question], n: int, draw: np.random.Generator) -> Sequence[Question]:
    return [questions[at] for at in sorted(draw.permutation(len(questions))[:n].tolist())]


def _terms(text: str) -> Iterator[str]:
    words = _WORD.findall(text.lower())
    counts = [len(word) >= _LEAST_LETTERS and word not in _STOP_WORDS for word in words]
    yield from (word for word, is_one in zip(words, counts, strict=True) if is_one)
    for at in range(len(words) - 1):
        if counts[at] and counts[at + 1]:
            yield f"{words[at]} {words[at + 1]}"


def _is_photo(path: Path) -> bool:
    return format_of_name(path.name) is not None


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no column {error}"
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    return str(getattr(error, "strerror", None) or error)
