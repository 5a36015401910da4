"""The examples that help shows: each of them can be asked, and says what is said of it."""

from __future__ import annotations

import pytest

from desktop.examples import EXAMPLES, examples_as_text
from desktop.search import KEYS, Means, faults, parse

TEXTS = [text for _, rows in EXAMPLES for text, _ in rows]
BROUGHT = frozenset(("label", "score"))


@pytest.mark.parametrize("text", TEXTS)
def test_every_example_can_be_asked_and_is_shown_as_it_is_written(text: str) -> None:
    assert not faults(text, BROUGHT)
    sentence = parse(text, BROUGHT).sentence
    assert parse(str(sentence), BROUGHT).sentence == sentence


def test_all_that_can_be_written_has_an_example() -> None:
    asked = [each for text in TEXTS for each in parse(text, BROUGHT).sentence.conditions]
    assert {each.key for each in asked if not each.is_attribute} == set(KEYS)
    assert {each.key for each in asked if each.is_attribute} == BROUGHT
    means = {clause.means for text in TEXTS for clause in parse(text).sentence.clauses}
    assert means == set(Means)


def test_the_list_of_them_fits_a_terminal() -> None:
    lines = examples_as_text().splitlines()
    assert len(lines) == len(TEXTS) + 2 * len(EXAMPLES) - 1
    assert max(map(len, lines)) <= 88
