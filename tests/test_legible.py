"""Names of files, as they are shown."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import FolderUnusable
from desktop.legible import MOST, legible, quoted, shortened
from desktop.logs import end_log, start_log


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Strand.jpg", "Strand.jpg"),
        ("写真 é 👩‍👧.jpg", "写真 é 👩‍👧.jpg"),
        ("می\u200cروم.jpg", "می\u200cروم.jpg"),
        ("line\nbreak\r.jpg", "line\\nbreak\\r.jpg"),
        ("tab\t.jpg", "tab\\t.jpg"),
        ("\x1b[31mred\x07\x7f\x9b.jpg", "\\x1b[31mred\\x07\\x7f\\x9b.jpg"),
        ("Urlaub \u202egpj.exe", "Urlaub \\u202egpj.exe"),
        ("a\u2066b\u2069\u200fc\u2028d", "a\\u2066b\\u2069\\u200fc\\u2028d"),
        (os.fsdecode(b"no \xff utf-8 \x9b.jpg"), os.fsdecode(b"no \xff utf-8 \\x9b.jpg")),
    ],
)
def test_what_acts_is_shown_and_what_is_read_stays(name: str, shown: str) -> None:
    assert legible(name) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dog", "“dog”"),
        ("🐶", "“🐶”"),
        ("\ufffc", "“\\ufffc”"),
        ("\u200b \ufe0f", "“\\u200b\\x20\\ufe0f”"),
        ("\u3164", "“\\u3164”"),
        ("a\u200b", "“a\u200b”"),
    ],
)
def test_quotes_are_never_seen_empty(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(st.text(st.characters()))
def test_it_is_one_line_and_needs_doing_but_once(text: str) -> None:
    shown = legible(text)
    assert len(shown.splitlines()) <= 1
    assert legible(shown) == shown


def test_a_sentence_holds_no_line_break_of_a_name() -> None:
    error = FolderUnusable("There is no folder a\nFatal error\x1b[2J.", "Remove a\nb.")
    assert error.message == "There is no folder a\\nFatal error\\x1b[2J."
    assert error.hint == "Remove a\\nb."


def test_what_nobody_would_read_is_cut_in_the_middle() -> None:
    error = FolderUnusable(f"There is no folder /photos/{'a' * 10_000}/summer.")
    assert len(error.message) <= MOST
    assert error.message.startswith("There is no folder /photos/aaa")
    assert error.message.endswith("aaa/summer.")
    assert " … " in error.message
    assert shortened(error.message) == error.message
    assert shortened("a" * MOST) == "a" * MOST


def test_a_name_begins_no_line_of_the_log(tmp_path: Path) -> None:
    start_log(tmp_path / "log", debug=True)
    logging.getLogger("desktop.x").warning("read %s", "a\n2026-01-01 ERROR fake\x1b[1m")
    end_log()
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert line.endswith("read a\\n2026-01-01 ERROR fake\\x1b[1m")
