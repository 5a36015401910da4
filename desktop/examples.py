"""Examples of all that can be asked, with what each means: the help of the window and of the
command line."""

from __future__ import annotations

from collections.abc import Sequence

EXAMPLES: tuple[tuple[str, Sequence[tuple[str, str]]], ...] = (
    (
        "Describe it",
        (
            ("a dog in the snow", "what the photo shows, in your own words"),
            ("dog, beach, red umbrella", "all of these"),
            ('dog -people -"red car"', "not this; also: a dog without people"),
            ("2*sunset, sea", "counts twice"),
            ('"lions, tigers"', "quotes keep commas, and let words be words"),
        ),
    ),
    (
        "Show it",
        (
            ("like:IMG_1.jpg, at night", "like this photo, by its name or whole path"),
            ('concept:"my cat"', "like the photos that were taught under this name"),
        ),
    ),
    (
        "When",
        (
            ("dog 2019", "also: 12 may 2019, christmas 2019, in the nineties"),
            ("dog last summer", "also: yesterday, two weeks ago, before may 2020"),
            ("when:yesterday", "the same behind a key"),
            ("after:2020 before:2020-05-17", "taken from then on, or before that day"),
            ("year:2018-2020", "in these years"),
            ("month:december day:24", "in any year"),
        ),
    ),
    (
        "Which files",
        (
            ("folder:norway", "letters of a folder's name, or a path"),
            ("theme:beach", "letters of a theme's name, or none"),
            ("name:IMG_20", "letters of the file's name"),
            ("camera:canon lens:50mm", "what took it"),
            ("type:png ratio:portrait mp:>8", "kind, shape and megapixels"),
            ("has:gps is:missing", "what is known of it, and whether it is there"),
            ("label:cat score:<0.5", "what a table said, see “Import attributes”"),
            ("-type:png year:2018,2020", "- turns it round; commas behind a key mean either"),
        ),
    ),
)
"""Headings, each with rows of a text and its meaning."""


def examples_as_text() -> str:
    """All of them in lines of at most 80 letters or so."""
    width = max(len(text) for _, rows in EXAMPLES for text, _ in rows)
    lines: list[str] = []
    for heading, rows in EXAMPLES:
        lines += ["", heading.lower() + ":"]
        lines += [f"  {text.ljust(width)}  {means}" for text, means in rows]
    return "\n".join(lines[1:])
