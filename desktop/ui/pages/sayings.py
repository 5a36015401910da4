"""What is said of an answer as a whole, above its photos."""

from __future__ import annotations

from desktop.library import Band, Results, Verdict
from desktop.ui.pages.headings import asks_for_likeness

_NONE_VERY_SIMILAR = "Nothing here is very similar.", "What is nearest comes first."
_BUT_MAYBE = {
    Verdict.NOTHING: ("There seems to be nothing like that here; what may come near is below.", ""),
    Verdict.WEAK: ("None of these is certain.", "What may be what you mean comes first."),
}
_SAYINGS = {
    Verdict.NOTHING: ("Nothing like that here.", "The nearest photos are below, closest first."),
    Verdict.WEAK: ("None of these is certain.", "What comes nearest is first."),
}


def saying(results: Results, is_by_match: bool = True) -> str:
    """What can be told, and, unless photos stand in another order, which come first; "" where there
    is nothing to be said."""
    if not results.hits:
        return ""
    has_maybe = any(hit.band is not Band.UNLIKELY for hit in results.hits)
    told, what_is_first = (_BUT_MAYBE if has_maybe else _SAYINGS).get(results.verdict, ("", ""))
    if results.verdict is Verdict.WEAK and asks_for_likeness(results.query):
        told, what_is_first = _NONE_VERY_SIMILAR
    return f"{told} {what_is_first}".strip() if is_by_match else told
