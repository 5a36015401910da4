"""Attributes in the language of searches: a name is a key only where the catalog knows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.catalog import And, AttributeBetween, AttributeIs, Filter
from desktop.errors import QueryUnanswerable
from desktop.search import Clause, Condition, Query, check, faults, number_of, parse
from desktop.search.language.attribute_values import attribute_says

KNOWN = frozenset(("label", "prediction", "score", "my label", "type", "top-1"))


def asked(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The words, and what is asked of attributes."""
    sentence = parse(text, KNOWN).sentence
    conditions = [(each.key, each.value) for each in sentence.conditions if each.is_attribute]
    return [clause.text for clause in sentence.clauses], conditions


def test_a_name_is_a_key_only_where_it_is_known() -> None:
    assert asked("dog label:cat") == (["dog"], [("label", "cat")])
    assert parse("dog label:cat").sentence.clauses == (Clause("dog label:cat"),)
    assert asked("note:cat re:invent") == (["note:cat re:invent"], [])


def test_names_are_known_whatever_their_case_and_in_quotes() -> None:
    assert asked('LABEL:cat "My Label":"big cat"') == (
        [],
        [("LABEL", "cat"), ("My Label", "big cat")],
    )
    assert asked("top-1:>0.5") == ([], [("top-1", ">0.5")])
    assert asked('"label:cat"') == (["label:cat"], []), "quotes make it words"


def test_quotes_tell_an_attribute_from_a_key_of_the_same_name() -> None:
    sentence = parse('type:png "type":truck', KNOWN).sentence
    assert sentence.conditions == (
        Condition("type", "png"),
        Condition("type", "truck", is_attribute=True),
    )
    assert str(sentence) == 'type:png "type":truck'


@given(
    st.lists(
        st.builds(
            Condition,
            st.sampled_from(sorted(KNOWN)),
            st.text(min_size=1).filter(str.strip),
            st.booleans(),
            st.just(True),
        ),
        max_size=3,
    ),
    st.sampled_from(["", "a dog", "label:cat", '"label":cat', "my label:x"]),
)
def test_what_is_written_says_the_same_again(conditions: list[Condition], words: str) -> None:
    sentence = parse("", KNOWN).sentence
    if words:
        sentence = sentence.with_clause(Clause(words))
    text = " ".join([str(sentence), *map(str, conditions)]).strip()
    read = parse(text, KNOWN).sentence
    assert read.conditions == tuple(conditions)
    assert [clause.text for clause in read.clauses] == ([words] if words else [])


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("cat", AttributeIs("label", "cat")),
        ("*", AttributeIs("label")),
        ("<unk>", AttributeIs("label", "<unk>")),
        ("<0.5", AttributeBetween("label", most=0.5, has_most=False)),
        ("<=0,5", AttributeBetween("label", most=0.5)),
        (">-1e3", AttributeBetween("label", least=-1000, has_least=False)),
        (">=1", AttributeBetween("label", least=1)),
        ("0.5", AttributeIs("label", "0.5") | AttributeBetween("label", 0.5, 0.5)),
        ("1..2", AttributeIs("label", "1..2") | AttributeBetween("label", 1, 2)),
        ("-2..-1", AttributeIs("label", "-2..-1") | AttributeBetween("label", -2, -1)),
        ("1-2", AttributeIs("label", "1-2") | AttributeBetween("label", 1, 2)),
        ("2..1", AttributeIs("label", "2..1")),
        ("<half", None),
    ],
)
def test_what_stands_behind_a_name_is_a_word_a_number_or_a_limit(
    value: str, means: Filter | None
) -> None:
    assert attribute_says("label", value) == means


def test_limits_hold_all_at_once_and_words_in_turn() -> None:
    def narrowed(text: str) -> tuple[Filter, ...]:
        which = Query(text, attributes=KNOWN).narrowed
        assert isinstance(which, And)
        return which.parts

    above = AttributeBetween("score", least=0.2, has_least=False)
    below = AttributeBetween("score", most=0.5, has_most=False)
    assert narrowed("score:>0.2 score:<0.5")[-2:] == (above, below)
    either = AttributeIs("label", "cat") | AttributeIs("label", "dog")
    assert narrowed("label:cat label:dog")[-1] == either


def test_what_means_nothing_is_said_with_what_can_be_written() -> None:
    (fault,) = faults("score:<half", KNOWN)
    assert (fault.start, fault.end) == (0, 11)
    assert fault.message == "“<half” means nothing after “score:”."
    assert "score:<0.5" in fault.hint
    (missing,) = faults('dog "my label":', KNOWN)
    assert '"my label":*' in missing.hint and missing.hint.endswith(".")
    with pytest.raises(QueryUnanswerable):
        check("score:<half", KNOWN)
    check("score:<half")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("-3", -3),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1_0", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("1.2.3", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_number_is_what_people_write_as_one(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_a_query_of_attributes_alone_lists_photos() -> None:
    assert Query("label:cat", attributes=KNOWN).is_listing
    assert not Query("label:cat").is_listing
    known = Query("label:cat", attributes=KNOWN)
    assert known.knowing(KNOWN) is known
    assert Query("label:cat").knowing(KNOWN).is_listing
