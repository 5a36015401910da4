"""What may be asked of an attribute: the value behind its name, as a filter.

label:cat is what it says, whatever case and accents; label:* is that it says anything. score:<0.5,
score:>=0.9 and score:0.2..0.8 are about numbers, and score:0.5 is that number however it is
written.
"""

from __future__ import annotations

import math
import re

from desktop.catalog import AttributeBetween, AttributeIs, Filter

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?"
_LIMIT = re.compile(rf"(<=|>=|<|>)\s*({_NUMBER})", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(rf"({_NUMBER})(?:\.\.|-)({_NUMBER})", re.IGNORECASE | re.ASCII)
_ONE = re.compile(_NUMBER, re.IGNORECASE | re.ASCII)
_ANY = "*"


def number_of(text: str) -> float | None:
    """The finite number that a text is, with a point or a comma before its decimals; None where it
    is none."""
    if _ONE.fullmatch(text) is None:
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def is_limit(value: str) -> bool:
    """Whether it says on which side of a number something shall be."""
    return _LIMIT.fullmatch(value.strip()) is not None


def attribute_says(name: str, value: str) -> Filter | None:
    """What is asked of the attribute `name`; None for a limit that is no number. value: not
    blank."""
    if value == _ANY:
        return AttributeIs(name)
    if limit := _LIMIT.fullmatch(value):
        return _beyond(name, limit[1], number_of(limit[2]))
    if value[0] in "<>" and not value.endswith(">"):  # some labels are written <so>
        return None
    says = AttributeIs(name, value)
    number = number_of(value)
    if number is not None:
        return says | AttributeBetween(name, number, number)
    if found := _RANGE.fullmatch(value):
        least, most = number_of(found[1]), number_of(found[2])
        if least is not None and most is not None and least <= most:
            return says | AttributeBetween(name, least, most)
    return says


def _beyond(name: str, sign: str, number: float | None) -> Filter | None:
    if number is None:
        return None
    has_end = "=" in sign
    if sign[0] == "<":
        return AttributeBetween(name, most=number, has_most=has_end)
    return AttributeBetween(name, least=number, has_least=has_end)
