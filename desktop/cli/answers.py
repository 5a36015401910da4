"""Questions and their answers: one at a time for people, by the file for programs."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypedDict

from desktop.cli.outcome import note
from desktop.cli.output import count, say, say_json, say_table
from desktop.errors import NotAPhoto, PhotoUnreadable, QueryUnanswerable, UserError
from desktop.library import Library, Photo, Query, Results


class Options(TypedDict):
    """What applies to every query of one command."""

    n: int
    min_score: float | None


def words_query(text: str, options: Options) -> Query:
    """Words that are no valid Unicode (a terminal in another encoding) are asked without what is
    unreadable: tokenizers refuse lone surrogates."""
    return Query(text=text.encode("utf-8", "replace").decode("utf-8"), **options)


def likeness_query(library: Library, path: str, options: Options) -> Query:
    """Raises PhotoUnreadable or NotAPhoto, with the path in the sentence."""
    if "\0" in path:
        raise PhotoUnreadable("A file name cannot hold a null character.")
    try:
        asked = library.open_image(Path(path))
    except (PhotoUnreadable, NotAPhoto) as error:
        raise type(error)(f"{path}: {error.message}", error.hint) from error
    return Query(
        like_photo_id=asked.like_photo_id,
        like_image=asked.like_image,
        like_path=asked.like_path,
        **options,
    )


def as_json(asked: str, results: Results, hits: list[tuple[Photo, float]]) -> dict[str, Any]:
    """One answer in the form that is promised to programs."""
    return {
        "query": asked,
        "model": results.model_id,
        "searched": results.searched,
        "total": results.total,
        "elapsed_ms": round(results.elapsed_ms, 3),
        "hits": [
            {"path": str(photo.path), "score": score, "photo_id": photo.photo_id}
            for photo, score in hits
        ],
    }


def say_answer(library: Library, asked: str, results: Results, in_json: bool) -> None:
    """Write one answer."""
    if in_json:
        say_json(as_json(asked, results, _photos(library, results)))
        return
    bands = {hit.photo_id: hit.band for hit in results.hits}
    rows = [
        (f"{score:.3f}", bands[photo.photo_id].value, str(photo.path))
        for photo, score in _photos(library, results)
    ]
    if rows:
        say_table(("Score", "Match", "Photo"), rows)
    else:
        say("No photo was found.")
    if results.searched < results.total:
        n_waiting = results.total - results.searched
        note(f"{count(n_waiting, 'photo')} could not be searched yet; run `likeness index`.")


def answer_file(library: Library, file: str, make_query: Callable[[str], Query]) -> None:
    """Answer every line of `file` ("-" is stdin) with one line of JSON, in order.

    A line that cannot be answered gets an answer without hits and with an "error", and the rest
    goes on. Raises UserError where no line could be answered: no such file, no model.
    """
    for line in read_lines(file):
        try:
            results = library.search(make_query(line))
            say_json(as_json(line, results, _photos(library, results)))
        except (QueryUnanswerable, PhotoUnreadable, NotAPhoto) as error:
            say_json(unanswered(line, error))


def unanswered(asked: str, error: UserError) -> dict[str, Any]:
    """The answer to a line that has none: the same keys, and why."""
    return {
        "query": asked,
        "model": None,
        "searched": 0,
        "total": 0,
        "elapsed_ms": 0.0,
        "hits": [],
        "error": error.message,
    }


def read_lines(file: str) -> Iterator[str]:
    """The lines of a file ("-" is stdin), as they come; bytes that are no UTF-8 become surrogates,
    which is what such a file name is in Python. Raises UserError if the file cannot be read."""
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
            for number, line in enumerate(stream):
                text = line if number else line.removeprefix(codecs.BOM_UTF8)
                yield text.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UserError(
            f"The file {file} cannot be read: {error.strerror}.", "Check its name."
        ) from error


def _photos(library: Library, results: Results) -> list[tuple[Photo, float]]:
    """The hits with their photos, without those removed since the search."""
    scores = {hit.photo_id: hit.score for hit in results.hits}
    return [(photo, scores[photo.photo_id]) for photo in library.get_photos(list(scores))]
