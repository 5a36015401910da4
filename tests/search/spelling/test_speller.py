"""Words that seem mistyped: what is offered, and above all what is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from desktop.search.spelling.slips import slips
from desktop.search.spelling.speller import Speller
from desktop.search.spelling.usual_words import LANGUAGES, UsualWords, folder_of_lists


@pytest.fixture(scope="module")
def words() -> UsualWords:
    folder = folder_of_lists()
    assert folder is not None
    return UsualWords(folder)


def meant(words: UsualWords, text: str, own: Mapping[str, str] | None = None) -> str | None:
    found = Speller(words).meant(text, text, lambda _: False, lambda: own or {})
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("moutain", "mountain"),
        ("umbrela red", "umbrella red"),
        ("MOUTAIN", "MOUNTAIN"),
        ("Kirhce", "Kirche"),
        ("lighthuose at nihgt", "lighthouse at night"),
        ("un chien sur la plgae", "un chien sur la plage"),
        ("een hond op het srtand", "een hond op het strand"),
        ("un perro en la palya", "un perro en la playa"),
        ("skateboardd", "skateboard"),
    ],
)
def test_a_letter_that_went_wrong_is_noticed(words: UsualWords, text: str, right: str) -> None:
    assert meant(words, text) == right


@pytest.mark.parametrize(
    "text",
    [
        "a dog in the snow",
        "ein weißer Hund auf der Straße",
        "ein Felsvorsprung",
        "des chiens enneigés",
        "niños en la playa",
        "mężczyzna w czerwonej koszuli",
        "siyah köpek sahilde",
        "a hiker",
        "a hiker on a mountain in the snow",
        "skupina lidí ve sněhu",
        "Svolvær",
        "Aurelio",
        "quelqu'un",
        "IMG_moutain",
        "moutain.jpg",
        "snow moutan2",
        "gril",
        "собака на снегу",
        "山",
        "",
    ],
)
def test_what_may_be_right_is_left_alone(words: UsualWords, text: str) -> None:
    assert meant(words, text) is None


def test_words_of_the_library_are_right_and_may_be_meant(words: UsualWords) -> None:
    own = {"moutain": "Moutain", "hardangervidda": "Hardangervidda", "kalbo": "Kälbo"}
    assert meant(words, "moutain", own) is None
    assert meant(words, "hardangervida", own) == "Hardangervidda"
    assert meant(words, "beach", {"beech": "Beech"}) is None, "which is a word"
    speller = Speller(words)
    assert speller.meant("moutain", "moutain", lambda word: word == "moutain", dict) is None


def test_only_words_that_describe_are_looked_at(words: UsualWords) -> None:
    found = Speller(words).meant("moutain folder:umbrela", "moutain", lambda _: False, dict)
    assert found is not None
    assert found.text == "mountain folder:umbrela"
    assert found.words == (("moutain", "mountain"),)


def test_a_language_at_home_comes_first(words: UsualWords) -> None:
    def alone(home: str) -> str | None:
        found = Speller(words, home).meant("starnd", "starnd", lambda _: False, dict)
        return None if found is None else found.text

    assert alone("nl") == "strand"
    assert alone("en") == "stand"


def test_slips_are_one_letter_away_and_keep_accents() -> None:
    assert slips("moutain")["mountain"] > slips("mountsin")["mountain"]
    assert "mountain" in slips("mountian")
    assert not {"ete", "été"} & slips("été").keys()
    assert all(word[0] == "b" or word[:2] == "eb" for word in slips("beach"))


def test_lists_tell_how_usual_words_are(words: UsualWords) -> None:
    found, zipfs = words.among("en", ["mountain", "moutain", "the"])
    assert found.tolist() == [0, 2]
    assert zipfs.tolist() == pytest.approx([words.zipf("en", "mountain"), words.zipf("en", "the")])
    assert words.zipf("en", "mountain") == pytest.approx(4.9, abs=0.2)
    assert 1 < words.commonness("moutain") < 3 < words.commonness("mountain")
    assert words.commonness("xqzzvk") == words.zipf("de", "x" * 40) == 0
    assert all(words.zipf(each, "in") > 0 for each in LANGUAGES)
    ranked = [words.zipf("en", each) for each in ("the", "dog", "mountain", "umbrella", "toddler")]
    assert all(more > less for more, less in pairwise(ranked))
