"""What is taken away in plain words: "a dog without people", "beach but no cars", "dog NOT cat".

No model knows what "without" means: it finds people where none are wanted. So what follows is a
clause that a photo shall not show, as behind a minus. Between clauses, AND in capitals is a comma.
"no" and "not" count behind "but", "and" or "with", and where they begin a clause of two or three
words that is no sign beside a road ("no parking").
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Turn(Enum):
    """What follows: ANOTHER clause, or one that is taken AWAY."""

    ANOTHER = auto()
    AWAY = auto()


_WORD = r"[^\W\d_][\w'\u2019-]*"
_NEXT = r"(?=[^\W\d_\"\u201c\u201d\u201e]|[\"\u201c\u201d\u201e][^\W_])(?!\w+[:\uff1a])"
_END = r"(?=\s*(?:[,;\uff0c\u3001\u060c\uff1b]|\Z))"
_SIGNS = (
    "smoking|parking|entry|exit|trespassing|swimming|fishing|hunting|diving|camping|stopping|"
    "standing|way|one|name|longer|more|matter|idea|man|where"
)

_WITHOUT = re.compile(rf"(?:(?:but|and)\s+)?(?:without|ohne|sans|senza|zonder)\s+{_NEXT}", re.I)
_BUT_NO = re.compile(rf"(?:but\s+(?:not?|without)|with\s+no|and\s+no)\s+(?:any\s+)?{_NEXT}", re.I)
_NO = re.compile(rf"(?:no|not)\s+(?!(?:{_SIGNS})\b)(?={_WORD}(?:\s+{_WORD})?{_END}){_NEXT}", re.I)
_NOT_LOUD = re.compile(rf"(?:AND\s+)?NOT\s+(?=\S*[^\W\d_A-Z]){_NEXT}")
_AND_LOUD = re.compile(rf"AND\s+(?=\S*[^\W\d_A-Z]){_NEXT}")
_OR = re.compile(rf"(?:and|n?or)\s+{_NEXT}", re.I)


def turn_at(text: str, start: int, words: list[str], is_away: bool) -> tuple[Turn, int] | None:
    """The turn that the words from `start` on make, and where they have ended; None as a rule.
    words: those of the clause that is being read; is_away: whether it is taken away already."""
    if is_away and words and (found := _OR.match(text, start)):
        return Turn.AWAY, found.end()
    if not is_away and (found := _WITHOUT.match(text, start)):
        return Turn.AWAY, found.end()
    for form in (_BUT_NO, _NOT_LOUD) if words else (_BUT_NO, _NO, _NOT_LOUD):
        if found := form.match(text, start):
            return Turn.AWAY, found.end()
    if words and (found := _AND_LOUD.match(text, start)):
        return Turn.ANOTHER, found.end()
    return None
