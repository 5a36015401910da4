"""Names of files as they may be shown: a file name can hold any character, also those that a
terminal or a window obeys."""

from __future__ import annotations

import unicodedata

# Marks that turn the direction of reading round, so that a name can pose as another one
# (Unicode Technical Report 36, "Bidirectional Text Spoofing").
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN = frozenset({"Cc", "Zl", "Zp"})
# Letters and signs that are drawn as nothing: blank in Braille, fillers of Hangul, what stands for
# an object that was not copied along.
_BLANK = frozenset("\u2800\u115f\u1160\u3164\uffa0\ufffc")

MOST = 500
"""So many letters a sentence or a cell of a table may have: six lines of a terminal."""
_CUT = " … "


def legible(text: str) -> str:
    """`text` in one line, with escapes such as \\x1b in place of characters that would not be seen
    but do something: control characters, line breaks, and marks that change the direction of
    reading. Bytes that are no UTF-8 stay (as surrogates), unless a terminal could take them for
    control characters. A text that went through here already comes out as it is."""
    if text.isprintable():
        return text
    return "".join(_escape(letter) if _acts(letter) else letter for letter in text)


def quoted(text: str) -> str:
    """`text` in quotes; with escapes where nothing of it would be seen between them."""
    is_seen = any(
        unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK for letter in text
    )
    return f"“{text if is_seen else ''.join(map(_escape, text))}”"


def is_mark(letter: str) -> bool:
    """Whether it is a blank or a mark of punctuation, which says nothing by itself."""
    return letter.isspace() or unicodedata.category(letter).startswith("P")


def is_text(text: str) -> bool:
    """Whether it is text of UTF-8: it holds no bytes that are none, and no null, which stands
    between the letters where a file is of UTF-16. Another control character, which may have been
    copied along, is no fault of the words around it."""
    return text.isprintable() or not any(
        "\ud800" <= letter <= "\udfff" or letter == "\0" for letter in text
    )


def shortened(text: str) -> str:
    """`text`, or its beginning and its end where it is longer than anybody would read."""
    half = (MOST - len(_CUT)) // 2
    return text if len(text) <= MOST else f"{text[:half]}{_CUT}{text[-half:]}"


def _acts(letter: str) -> bool:
    is_control_byte = "\udc80" <= letter <= "\udc9f"
    return is_control_byte or letter in _BIDI or unicodedata.category(letter) in _HIDDEN


def _escape(letter: str) -> str:
    code = ord(letter) - 0xDC00 if "\udc80" <= letter <= "\udc9f" else ord(letter)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(letter)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
