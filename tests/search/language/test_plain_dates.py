"""Dates in plain words: what becomes a condition, which days it means, and what stays words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.catalog import And, Taken
from desktop.search import Clause, Condition, Sentence
from desktop.search.language.conditions import faults, narrow
from desktop.search.language.parsing import parse
from desktop.search.language.relative_dates import days_of

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a dog in 2019", "a dog year:2019"),
        ("in 1969, moon", "moon year:1969"),
        ("Norway March 2020", "Norway month:2020-03"),
        ("in mar 2020 snow", "snow month:2020-03"),
        ("tree at Christmas 2019", 'tree when:"Christmas 2019"'),
        ("christmas eve 2019", 'when:"christmas eve 2019"'),
        ("eggs, easter 2021", 'eggs when:"easter 2021"'),
        ("new year's eve 1999", 'when:"new year\'s eve 1999"'),
        ("on 12th of may 2019", "day:2019-05-12"),
        ("may 12 2019", "day:2019-05-12"),
        ("flowers spring 2021", 'flowers when:"spring 2021"'),
        ("in the Summer of 2019 lake", 'lake when:"Summer 2019"'),
        ("skiing winter 2019", 'skiing when:"winter 2019"'),
        ("skiing in winter 2019/20", 'skiing when:"winter 2019"'),
        ("winter 2019-2020", 'when:"winter 2019"'),
        ("a car in the nineties", "a car year:1990-1999"),
        ("in the '80s", "year:1980-1989"),
        ("in the 1950s", "year:1950-1959"),
        ("in the 2000s", "year:2000-2009"),
        ("dog since 2019", "dog after:2019"),
        ("dog before 2019", "dog before:2019"),
        ("between 2015 and 2018", "year:2015-2018"),
        ("from 2015 to 2018 snow", "snow year:2015-2018"),
        ("dress last summer", 'dress when:"last summer"'),
        ("Last  Summer dress", 'dress when:"Last Summer"'),
        ("photos from two weeks ago", 'photos when:"two weeks ago"'),
        ("yesterday, dog", "dog when:yesterday"),
        ("in the last 10 days", 'when:"the last 10 days"'),
        ("on the day before yesterday", 'when:"the day before yesterday"'),
        ("since last christmas", 'when:"since last christmas"'),
        ("Norway 2019", "Norway when:2019"),
        ("2019", "when:2019"),
        ("dog 2019, beach", "dog, beach when:2019"),
        ("Kleid Sommer 2018", 'Kleid when:"Sommer 2018"'),
        ("neige \u00e0 No\u00ebl 2019", 'neige when:"No\u00ebl 2019"'),
        ("\u00c9T\u00c9 2020", 'when:"\u00c9T\u00c9 2020"'),
        ("mare nell'estate del 2018", 'mare when:"estate 2018"'),
        ("praia no ver\u00e3o de 2019", 'praia when:"ver\u00e3o 2019"'),
        ("el verano pasado, perro", 'perro when:"el verano pasado"'),
        ("Hund im letzten Sommer", 'Hund when:"letzten Sommer"'),
        ("in de zomer van 2019", 'when:"zomer 2019"'),
        ("vor Weihnachten 2019", 'when:"vor Weihnachten 2019"'),
        ("Skifahren Winter 2019/20", 'Skifahren when:"Winter 2019"'),
        (
            "\u043b\u0435\u0442\u043e\u043c 2019 \u0433\u043e\u0434\u0430",
            'when:"\u043b\u0435\u0442\u043e\u043c 2019"',
        ),
        ("perro ayer", "perro when:ayer"),
        ("Hund seit 2019", "Hund after:2019"),
        ("nach dem 12. Mai 2019", "after:2019-05-13"),
        ("avant 2019", "before:2019"),
        ("party new year 2020", 'party when:"new year 2020"'),
        ("chinese new year 2020", "chinese new year when:2020"),
        ("real estate 2018", "real estate when:2018"),
        ("Marie Noel 2019", "Marie Noel when:2019"),
        ("dog ate 2019", "dog ate when:2019"),
        ("Hund im Jahr 2019", "Hund when:2019"),
        ("Hund im Mai 2019", "Hund month:2019-05"),
        ("24. Dezember 2019", "day:2019-12-24"),
        ("neige en D\u00c9CEMBRE 2019", "neige month:2019-12"),
        ("24 de diciembre de 2019", "day:2019-12-24"),
        ("plaja A\u011fustos 2019", "plaja month:2019-08"),
        (
            "\u043c\u043e\u0440\u0435 \u0430\u0432\u0433\u0443\u0441\u0442 2019",
            "\u043c\u043e\u0440\u0435 month:2019-08",
        ),
        ("\u72d7 2019\u5e745\u6708", "\u72d7 month:2019-05"),
        ("2019\ub144 5\uc6d4 3\uc77c", "day:2019-05-03"),
        ("Marco 2019", "Marco when:2019"),
        ("\u72d7 2019\u5e74", "\u72d7 when:2019"),
        ("2018..2020 snow", "snow year:2018-2020"),
        ("snow 2018 to 2020", "snow year:2018-2020"),
        ("May 5, 2019", "day:2019-05-05"),
        ("dog on 2019-05-17", "dog day:2019-05-17"),
        ("24.12.2019", "day:2019-12-24"),
        ("dog after 2019", "dog after:2020"),
        ("after december 2019", "after:2020-01"),
        ("after 31 december 2019", "after:2020-01-01"),
        ("until 2019", "before:2019"),
        ("before may 2020", "before:2020-05"),
        ("since 12 may 2019", "after:2019-05-12"),
        ("before christmas 2019", 'when:"before christmas 2019"'),
        ("after Summer of 2018", 'when:"after Summer 2018"'),
        ("before last summer", 'when:"before last summer"'),
    ],
)
def test_dates_in_plain_words_are_conditions(text: str, said: str) -> None:
    assert parse(text).sentence == parse(said).sentence
    assert faults(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "a 2019 car",
        "route 2019",
        "mustang 1967",
        "2019 car",
        "may 32 2019x",
        "in 20190",
        "in 2019s",
        "in 1212",
        "flowers in may",
        "may",
        "march of women",
        "31 february 2019x",
        "christmas",
        "summer dress",
        "a summer dress in winter",
        "street in december",
        "spring",
        "waterfall last",
        "within 2019",
        "inmarch 1987",
        "the last supper",
        "last year's model",
        "a car from the nineties",
        "a 1920s dress",
        "in the twenties",
        "in the 20s",
        "second week",
        "long ago",
        "an hour ago",
        "two dogs ago",
        "last two dogs",
        "summer 2019/20",
        "winter 2019/22",
        "between 2018 and 2015",
        "todays news",
        "sun",
        "a second",
        "monday",
        "Noël",
        "j'ai été",
        "last estate",
        "look after a 2019 car",
        "Ostern",
        "Sommerkleid",
        "hier",
        "Ayer Hitam",
        "dieses Weihnachten",
        "Winter 2019/22x",
    ],
)
def test_what_may_mean_something_else_is_words(text: str) -> None:
    assert parse(text).sentence == Sentence((Clause(text),))


@pytest.mark.parametrize(
    "text", ["in 2019", "last summer", "yesterday", "spring 2021", "letzten Sommer", "été 2020"]
)
def test_quotes_keep_a_date_words(text: str) -> None:
    assert parse(f'"{text}" sign').sentence == Sentence((Clause(f"{text} sign"),))
    clause = Clause(text)
    assert parse(str(clause)).sentence == Sentence((clause,))


@pytest.mark.parametrize(
    ("phrase", "first", "last"),
    [
        ("today", "2026-11-27", "2026-11-27"),
        ("yesterday", "2026-11-26", "2026-11-26"),
        ("the day before yesterday", "2026-11-25", "2026-11-25"),
        ("this week", "2026-11-23", "2026-11-29"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("last weekend", "2026-11-21", "2026-11-22"),
        ("this weekend", "2026-11-28", "2026-11-29"),
        ("last friday", "2026-11-20", "2026-11-20"),
        ("last monday", "2026-11-23", "2026-11-23"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("last november", "2025-11-01", "2025-11-30"),
        ("last january", "2026-01-01", "2026-01-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last summer", "2026-06-01", "2026-08-31"),
        ("this autumn", "2026-09-01", "2026-11-30"),
        ("last fall", "2025-09-01", "2025-11-30"),
        ("this winter", "2025-12-01", "2026-02-28"),
        ("last christmas", "2025-12-24", "2025-12-26"),
        ("last easter", "2026-04-03", "2026-04-06"),
        ("last new years eve", "2025-12-31", "2025-12-31"),
        ("3 days ago", "2026-11-24", "2026-11-24"),
        ("two weeks ago", "2026-11-09", "2026-11-15"),
        ("a month ago", "2026-10-01", "2026-10-31"),
        ("ten years ago", "2016-01-01", "2016-12-31"),
        ("the last 2 weeks", "2026-11-13", "2026-11-27"),
        ("past three months", "2026-08-27", "2026-11-27"),
        ("the past year", "2025-11-27", "2026-11-27"),
        ("since last summer", "2026-06-01", "2026-11-27"),
        ("since yesterday", "2026-11-26", "2026-11-27"),
        ("Christmas 2019", "2019-12-24", "2019-12-26"),
        ("christmas eve 2019", "2019-12-24", "2019-12-24"),
        ("easter 2021", "2021-04-02", "2021-04-05"),
        ("new year\u2019s eve 1999", "1999-12-31", "1999-12-31"),
        ("summer 2019", "2019-06-01", "2019-08-31"),
        ("winter 2019", "2019-12-01", "2020-02-29"),
        ("2019", "2019-01-01", "2019-12-31"),
        ("before christmas 2019", "0001-01-01", "2019-12-23"),
        ("after christmas 2019", "2019-12-27", "9999-12-31"),
        ("since christmas 2019", "2019-12-24", "2026-11-27"),
        ("until last week", "0001-01-01", "2026-11-15"),
        ("new year 2020", "2019-12-31", "2020-01-01"),
        ("letzten Sommer", "2026-06-01", "2026-08-31"),
        ("l\u2019\u00e9t\u00e9 dernier", "2026-06-01", "2026-08-31"),
        ("cet automne", "2026-09-01", "2026-11-30"),
        ("Pa\u0302ques 2021", "2021-04-02", "2021-04-05"),
        ("antes de Navidad 2019", "0001-01-01", "2019-12-23"),
        ("la scorsa settimana", "2026-11-16", "2026-11-22"),
        ("Capodanno 2020", "2019-12-31", "2020-01-01"),
        ("afgelopen weekend", "2026-11-21", "2026-11-22"),
        ("ano passado", "2025-01-01", "2025-12-31"),
        ("seit gestern", "2026-11-26", "2026-11-27"),
        ("zesz\u0142ego lata", "2026-06-01", "2026-08-31"),
    ],
)
def test_days_that_are_meant_on_a_friday_in_november(phrase: str, first: str, last: str) -> None:
    days = days_of(phrase, FRIDAY)
    assert days is not None
    assert tuple(map(str, days)) == (first, last)


def test_winter_has_the_year_of_its_december() -> None:
    assert days_of("last winter", date(2026, 2, 10)) == (date(2024, 12, 1), date(2025, 2, 28))
    assert days_of("this winter", date(2026, 2, 10)) == (date(2025, 12, 1), date(2026, 2, 28))


def test_a_month_before_the_last_of_march_is_february() -> None:
    assert days_of("the last month", date(2026, 3, 31)) == (date(2026, 2, 28), date(2026, 3, 31))


PHRASES = [
    "today",
    "last weekend",
    "this week",
    "last sunday",
    "last may",
    "last winter",
    "this spring",
    "last easter",
    "last halloween",
    "999 days ago",
    "a week ago",
    "7 months ago",
    "999 years ago",
    "past 30 days",
    "since a year ago",
    "letzte Woche",
    "quest'estate",
    "depuis No\u00ebl dernier",
]


@given(st.sampled_from(PHRASES), st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_days_are_in_order_and_have_begun(phrase: str, today: date) -> None:
    days = days_of(phrase, today)
    assert days is not None
    first, last = days
    assert first <= last
    assert first <= today
    if phrase.startswith("last") or (phrase.endswith("ago") and "since" not in phrase):
        assert last < today


def test_what_lies_before_all_years_has_no_days() -> None:
    assert faults('when:"new year\'s eve 9999"') != ()
    assert faults('when:"easter 0000"') != ()
    assert days_of("999 years ago", date(800, 1, 1)) is None


def test_when_means_another_day_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(date):
        @classmethod
        def today(cls) -> date:
            return date(2030, 1, 2)

    conditions = parse("when:yesterday").sentence.conditions
    before = narrow(And(()), conditions)
    yesterday = datetime.combine(date.today(), datetime.min.time()) - timedelta(days=1)
    assert Taken(yesterday, yesterday + timedelta(days=1)) in _meant(before)
    for module in ("conditions", "time_values"):
        monkeypatch.setattr(f"desktop.search.language.{module}.date", Tomorrow)
    then = narrow(And(()), conditions)
    assert Taken(datetime(2030, 1, 1), datetime(2030, 1, 2)) in _meant(then)


def test_a_day_that_is_none_is_said() -> None:
    (fault,) = faults("dog when:nonsense")
    assert fault.message == "“nonsense” means nothing after “when:”."
    assert 'when:"last summer"' in fault.hint


def test_its_chip_can_be_taken_away() -> None:
    sentence = parse("red dress last summer").sentence
    condition = Condition("when", "last summer")
    assert sentence.conditions == (condition,)
    assert str(condition) == 'when:"last summer"'
    assert str(sentence.without(condition)) == "red dress"


@pytest.mark.parametrize(
    "text", ["Hund letzten Sommer", "chien été 2020", "vor Ostern 2019, quest'anno"]
)
def test_what_is_said_in_another_language_stays_so_in_its_chip(text: str) -> None:
    sentence = parse(text).sentence
    assert sentence.conditions
    assert parse(str(sentence)).sentence == sentence
    assert all(each.value in text for each in sentence.conditions)


def _meant(which: object) -> tuple[object, ...]:
    assert isinstance(which, And)
    (either,) = which.parts
    return getattr(either, "parts", (either,))
