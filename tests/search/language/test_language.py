"""What a text says, and that nothing of it is lost on the way to a tree and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.search import Clause, Condition, Means, Sentence
from desktop.search.language.parsing import KEYS, parse

words = st.text(min_size=1).filter(str.strip) | st.from_regex(
    r"(-|2\*|after:|type:png,|note:|\"|“|\\|,| |a|dog|1|in 2019|2019|;|may |last |summer|"
    r"two weeks ago|without |no |AND |or )+",
    fullmatch=True,
).filter(str.strip)
weights = st.sampled_from([1.0, 2.0, 0.5, 1.25, 100.0])
paths = (
    st.text() | words | st.from_regex(r"(/|C:\\|~/)?([a-z ]+[/\\]){0,2}IMG_\d\.jpg", fullmatch=True)
)
clauses = st.builds(Clause, words, weights, st.booleans()) | st.builds(
    Clause, paths, weights, st.booleans(), st.sampled_from([each for each in Means if each.value])
)
conditions = st.builds(
    Condition, st.sampled_from(KEYS), st.text() | words.map(str.strip), st.booleans()
)


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    return Sentence(
        tuple(draw(st.lists(clauses, max_size=4))), tuple(draw(st.lists(conditions, max_size=3)))
    )


@given(sentences())
def test_a_tree_is_written_and_read_without_loss(sentence: Sentence) -> None:
    assert parse(str(sentence)).sentence == sentence


@given(st.text() | st.lists(words, max_size=5).map(" ".join))
def test_every_text_can_be_read_and_written(text: str) -> None:
    parsed = parse(text)
    assert parse(str(parsed.sentence)).sentence == parsed.sentence
    sentence = parsed.sentence
    photos = tuple(each for each in sentence.clauses if each.means is not Means.WORDS)
    placed = [part for part, _, _ in parsed.places]
    assert tuple(part for part in placed if isinstance(part, Condition)) == sentence.conditions
    assert tuple(part for part in placed if isinstance(part, Clause)) == photos
    for part, start, end in parsed.places:
        alone = parse(text[start:end]).sentence
        assert (*alone.clauses, *alone.conditions) == (part,)


@given(st.lists(st.from_regex(r"x[a-z]+", fullmatch=True), min_size=1))
def test_plain_words_are_one_clause(plain: list[str]) -> None:
    text = " ".join(plain)
    assert parse(text).sentence == Sentence((Clause(text),))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("dog, beach, red umbrella", ["dog", "beach", "red umbrella"]),
        ("dog,beach", ["dog", "beach"]),
        (" , dog ,, ", ["dog"]),
        ("\u6d77\u3001\u72d7\uff0c\u96ea", ["\u6d77", "\u72d7", "\u96ea"]),
        ("dog -people", ["dog", "-people"]),
        ("dog; beach", ["dog", "beach"]),
        ("dog without people", ["dog", "-people"]),
        ("dog without people or red cars, sea", ["dog", "-people", '-"red cars"', "sea"]),
        ("without people", ["-people"]),
        ("beach but no cars", ["beach", "-cars"]),
        ("beach, but not people", ["beach", "-people"]),
        ("a street with no cars", ["a street", "-cars"]),
        ("no people, sea", ["-people", "sea"]),
        ("not dog", ["-dog"]),
        ("Hund ohne Leine", ["Hund", "-Leine"]),
        ("dog AND beach NOT people", ["dog", "beach", "-people"]),
        ("sea -people without boats", ["sea", "-people", "-boats"]),
        ('"dog without people"', ['"dog without people"']),
        ('-"red car" street', ['-"red car"', "street"]),
        ("2*sunset sea", ["2*sunset", "sea"]),
        ("-0.5*cars", ["-0.5*cars"]),
        ('"lions, tigers" asleep', ['"lions, tigers asleep"']),
        ('"after:2020"', ['"after:2020"']),
    ],
)
def test_clauses(text: str, clauses: list[str]) -> None:
    assert [str(clause) for clause in parse(text).sentence.clauses] == clauses


@pytest.mark.parametrize(
    "text",
    [
        "a well-known place",
        "1,000 people",
        "-5 degrees",
        "a dog - asleep",
        "no parking",
        "no dogs allowed on the beach",
        "dog without",
        "BLACK AND WHITE",
        "black and white",
        "to be or not to be",
        "comic sans:",
        "2*3",
        "0*dogs",
        "note: to self",
        "likes: dogs",
        "http://example.org/a",
        "12:30",
        'a 5" disk',
        'an "open quote',
        "don't",
        "C:\\photos",
    ],
)
def test_what_is_not_meant_as_a_sign_is_words(text: str) -> None:
    assert parse(text).sentence == Sentence((Clause(text),))


def test_conditions_know_where_they_stand() -> None:
    parsed = parse('dog After:2020 -folder:"My, Photos" day\uff1a3')
    assert parsed.sentence.conditions == (
        Condition("after", "2020"),
        Condition("folder", "My, Photos", is_unwanted=True),
        Condition("day", "3"),
    )
    assert [place for _, *place in parsed.places] == [[4, 14], [15, 35], [36, 41]]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("like:IMG_1.jpg at night", [Clause("IMG_1.jpg", means=Means.PHOTO), Clause("at night")]),
        ('2*like:"/a b/c, d.jpg"', [Clause("/a b/c, d.jpg", 2.0, means=Means.PHOTO)]),
        ("sea, -Like:b.jpg", [Clause("sea"), Clause("b.jpg", 1.0, True, Means.PHOTO)]),
        ("-0.5*like:b.jpg", [Clause("b.jpg", 0.5, True, Means.PHOTO)]),
        ("like:C:\\photos\\a.jpg", [Clause("C:\\photos\\a.jpg", means=Means.PHOTO)]),
        ("like:", [Clause("", means=Means.PHOTO)]),
        ('"like:a.jpg"', [Clause("like:a.jpg")]),
    ],
)
def test_a_photo_is_a_clause_beside_words(text: str, clauses: list[Clause]) -> None:
    sentence = parse(text).sentence
    assert sentence == Sentence(tuple(clauses))
    assert parse(str(sentence)).sentence == sentence


def test_a_clause_is_added_once() -> None:
    like = Clause("a b.jpg", means=Means.PHOTO)
    sentence = parse("at night year:2020").sentence.with_clause(like)
    assert str(sentence) == 'at night, like:"a b.jpg" year:2020'
    assert sentence.with_clause(like) == sentence


def test_a_condition_belongs_to_no_clause() -> None:
    assert parse("red year:2020 car").sentence == Sentence(
        (Clause("red car"),), (Condition("year", "2020"),)
    )


def test_a_part_is_taken_out() -> None:
    sentence = parse("dog, sea -people after:2020").sentence
    assert str(sentence.without(sentence.clauses[2])) == "dog, sea after:2020"
    assert str(sentence.without(sentence.conditions[0])) == "dog, sea, -people"


def test_a_year_alone_is_chosen_and_changed_as_any_other() -> None:
    sentence = parse("dog 2019").sentence
    assert sentence.conditions[0].asks("year")
    assert str(sentence.with_value("year", "2018")) == "dog year:2018"
    assert str(sentence.with_value("year", None)) == "dog"
    assert not parse("dog christmas 2019").sentence.conditions[0].asks("year")
