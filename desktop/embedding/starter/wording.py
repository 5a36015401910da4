"""Words as the network that reads them knows them best, however they were typed.

To it, "DOG", "Dog" and "dog" are three words, and of the first it knows hardly more than letters;
a question mark makes a question of a name. So of capitals that say nothing, which are those of a
first word, of Every Word and OF ALL OF THEM, each word gets the spelling that was met most often
in whatever language it is of; marks around the words go; emoji become what they are called; and
"photos of" is left out where something follows, since photos are all there is.

Measured with the starter on 600 captions of the dev photos in each language, the share whose photo
is among the first 10 of 1,000, as typed and so:

                            English       German        French        twelve languages
    as people wrote it      .667 .670     .653 .660     .597 .602     .595 .593
    Every Word              .585 .670     .570 .638     .355 .600     .462 .587
    ALL OF THEM             .247 .668     .062 .637     .083 .602     .263 .590
    with a question mark    .658 .665     .635 .662     .612 .602     .583 .603
    "a photo of" before it  .637 .667     .612 .662     .567 .603     .550 .603

All in small letters loses German .05, so its nouns keep their capital here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from desktop.legible import is_mark

Usual = Callable[[str], float]
"""How usual a spelling of a word is: a logarithm of how often it was met."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_TURKISH = str.maketrans({"I": "\u0131", "\u0130": "i"})
_WORDS_OF_A_SENTENCE, _LETTERS_OF_ONE = 4, 4
"""So many end with a full stop as captions do; behind fewer it says nothing. Letters, where no
blanks part words."""

_OF_PHOTOS = re.compile(
    r"(?:(?:please\s+)?(?:show|find|give)(?:\s+me)?\s+)?(?:(?:an?|the|all|some|any|my|our)\s+)*"
    r"(?:photo|picture|pic|image|photograph|snapshot)s?\s+(?:of|with|showing)\s+(?=\w)"
    r"|(?:ein\s+)?(?:fotos?|bild(?:er)?)\s+(?:von|mit)\s+(?=\w)"
    r"|(?:une?\s+|des\s+)?(?:photos?|images?)\s+(?:de\s+|d['\u2019])(?=\w)"
    r"|(?:una?\s+|uma\s+)?(?:fotos?|imagen(?:es)?|imagens?)\s+(?:de|di|do|da|con|com)\s+(?=\w)"
    r"|(?:een\s+)?foto(?:['\u2019]?s)?\s+van\s+(?=\w)",
    re.IGNORECASE,
)
_PART_OF_A_NAME = frozenset({"face", "symbol", "sign", "with", "and", "black", "heavy", "white"})
"""What the names of emoji say of how they are drawn."""


def as_usual(text: str, usual: Usual) -> str:
    """The words of the text as they are met most often; the text as it is where none is left."""
    words = _without_marks(_spell_emoji(text))
    words = _without_marks(_OF_PHOTOS.sub("", words, count=1)) if words else words
    return _in_usual_case(words, usual) or text


def _spell_emoji(text: str) -> str:
    """The same with emoji as words, unless it says these already."""
    if not any(map(_is_emoji, text)):
        return text
    said = {word.lower() for word in _WORD.findall(text)}

    def spelled(letter: str) -> str:
        kind = unicodedata.category(letter)
        if kind in ("Sk", "Cf", "Me") or "\ufe00" <= letter <= "\ufe0f":
            return ""  # the colour of skin, joiners, and how it is drawn
        if not _is_emoji(letter):
            return letter
        name = unicodedata.name(letter).lower()
        words = [word for word in re.findall(r"[a-z]+", name) if word not in _PART_OF_A_NAME]
        is_new = not said.intersection(words)
        said.update(words)
        return f" {' '.join(words)} " if is_new else " "

    return " ".join("".join(map(spelled, text)).split())


def _is_emoji(letter: str) -> bool:
    """Whether it is a picture, with a name that says what of; the letters of flags have none."""
    is_picture = "\u2600" <= letter <= "\u2bff" or "\U0001f300" <= letter <= "\U0001faff"
    return is_picture and unicodedata.category(letter) == "So"


def _without_marks(text: str) -> str:
    """The same without what is no letter and no number at both ends, but for a sentence's stop."""
    text = text.strip()
    is_long = len(text.split()) >= _WORDS_OF_A_SENTENCE
    stop = "." if is_long else "\u3002" if len(text) > _LETTERS_OF_ONE else ""
    is_sentence = bool(stop) and text.endswith(stop) and not text.endswith(2 * stop)
    begin, end = 0, len(text)
    while begin < end and is_mark(text[begin]):
        begin += 1
    while begin < end and is_mark(text[end - 1]):
        end -= 1
    return text[begin:] if is_sentence else text[begin:end].strip()


def _in_usual_case(text: str, usual: Usual) -> str:
    found = list(_WORD.finditer(text))
    cased = [each[0] for each in found if each[0].lower() != each[0].upper()]
    if not cased:
        return text
    says_nothing = all(word[0] != word[0].lower() for word in cased) and (
        len(cased) > 2 or all(word.isupper() for word in cased)
    )
    at, parts = 0, []
    for number, word in enumerate(found):
        is_loud = len(word[0]) > 1 and word[0].isupper()
        is_recased = says_nothing or is_loud or (number == 0 and len(word[0]) > 1)
        parts += [text[at : word.start()], _recased(word[0], usual) if is_recased else word[0]]
        at = word.end()
    return "".join([*parts, text[at:]])


def _recased(word: str, usual: Usual) -> str:
    """The most usual spelling of a word that begins with a capital."""
    if word[0] == word[0].lower():
        return word
    return max(dict.fromkeys(_spellings(word)), key=usual) if len(word) > 1 else word.lower()


def _spellings(word: str) -> Iterator[str]:
    for small in sorted({word.lower(), word.translate(_TURKISH).lower()}):
        yield small
        yield small[0].upper() + small[1:]
    yield word
