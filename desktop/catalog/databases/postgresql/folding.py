"""`names.folded` and its kin as functions of PostgreSQL, which has no Python to call.

They are made of what Python knows of letters, so that the same letters are the same to both: case
folding by a list, then the decomposition that PostgreSQL has, then without combining marks.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

from desktop.catalog.databases.spelling import STORED_FOLDER, STORED_NAME

SIGNATURES = ("folded_folder(bytea)", "folded_name(bytea)", "file_text(bytea)", "folded(text)")
"""Of the functions, those first that call others."""


def functions(schema: str) -> Iterator[str]:
    """The statements that make them. schema: quoted; they find one another there wherever they are
    called from, such as while a dump is read back."""
    single, several = _case_folding()
    yield _function(
        schema,
        "folded(said text)",
        f"""
DECLARE
    letters text := said;
    from_letters CONSTANT text[] := ARRAY[{", ".join(map(_quoted, several))}];
    to_letters CONSTANT text[] := ARRAY[{", ".join(map(_quoted, several.values()))}];
BEGIN
    IF octet_length(said) = length(said) THEN
        RETURN lower(said COLLATE "C");
    END IF;
    IF letters ~ {_quoted(f"[{''.join(several)}]")} THEN
        FOR n IN 1 .. array_length(from_letters, 1) LOOP
            letters := replace(letters, from_letters[n], to_letters[n]);
        END LOOP;
    END IF;
    letters := translate(
        letters, {_quoted("".join(single))}, {_quoted("".join(single.values()))}
    );
    RETURN regexp_replace(normalize(letters, NFKD), {_quoted(_combining())}, '', 'g');
END""",
    )
    # What is no UTF-8 becomes a "?" for each byte, as in Python.
    yield _function(
        schema,
        "file_text(name bytea)",
        """
DECLARE
    n CONSTANT int := length(name);
    at int := 0;
    taken int;
    letter text;
    found text := '';
BEGIN
    BEGIN
        RETURN convert_from(name, 'UTF8');
    EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
        NULL;
    END;
    WHILE at < n LOOP
        letter := NULL;
        FOR taken_now IN 1 .. least(4, n - at) LOOP
            BEGIN
                letter := convert_from(substr(name, at + 1, taken_now), 'UTF8');
                taken := taken_now;
                EXIT;
            EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
                NULL;
            END;
        END LOOP;
        found := found || coalesce(letter, '?');
        at := at + CASE WHEN letter IS NULL THEN 1 ELSE taken END;
    END LOOP;
    RETURN found;
END""",
    )
    text_of = f"{schema}.file_text(path)"
    yield _function(
        schema,
        "folded_name(path bytea)",
        f"BEGIN RETURN {schema}.folded(regexp_replace({text_of}, '^.*/', '')); END",
    )
    yield _function(
        schema,
        "folded_folder(path bytea)",
        f"BEGIN RETURN {schema}.folded(coalesce(substring({text_of} FROM '^(.*)/'), '')); END",
    )


def columns(schema: str) -> Iterator[str]:
    """The statements that keep what is folded beside a photo's path."""
    for name in (STORED_NAME, STORED_FOLDER):
        kept = f"GENERATED ALWAYS AS ({schema}.{name}(relative_path)) STORED"
        yield f'ALTER TABLE photo ADD COLUMN {name} text COLLATE "C" {kept}'


def _function(schema: str, signature: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {schema}.{signature} RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT"
        f" PARALLEL SAFE AS $likeness${body}$likeness$"
    )


def _case_folding() -> tuple[dict[str, str], dict[str, str]]:
    """Letters that case folding turns into one other, and into several."""
    folds = {letter: letter.casefold() for letter in _letters() if letter.casefold() != letter}
    single = {letter: other for letter, other in folds.items() if len(other) == 1}
    return single, {letter: other for letter, other in folds.items() if len(other) > 1}


def _combining() -> str:
    """A regular expression for marks that stand on other letters."""
    ranges: list[list[int]] = []
    for letter in _letters():
        if unicodedata.combining(letter):
            if ranges and ranges[-1][1] == ord(letter) - 1:
                ranges[-1][1] = ord(letter)
            else:
                ranges.append([ord(letter)] * 2)
    return "[" + "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges) + "]"


def _letters() -> Iterator[str]:
    surrogates = range(0xD800, 0xE000)
    return (chr(code) for code in range(sys.maxunicode + 1) if code not in surrogates)


def _quoted(letters: str) -> str:
    return "'" + letters.replace("'", "''") + "'"
