"""Questions and their answers: one at a time for people, by the file for programs."""

from __future__ import annotations

import errno
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import timedelta
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Any

from desktop.cli.said.output import count, say_json, say_table
from desktop.cli.said.streams import note, say
from desktop.cli.typed.values import path_of
from desktop.errors import NotAPhoto, PhotoUnreadable, QueryUnanswerable, UserError
from desktop.library import (
    MOST_COUNTED,
    Coverage,
    Hit,
    Library,
    Meant,
    Photo,
    PhotoPart,
    Query,
    Results,
    SpokenDate,
    Verdict,
    encoding_of,
    spoken_dates,
)

NO_FOLDER = "No folder is watched yet; `likeness add FOLDER` adds one."
NOT_READ = "No photo has been read yet; `likeness index` makes the folder's photos searchable."

_KEEP_BYTES = "surrogateescape"
_LONGEST_LINE = 1_000_000
"""Letters. A file that is no text, or /dev/zero, may be one line without an end."""


def likeness_query(
    library: Library, path: str, asked: Query, part: PhotoPart | None = None
) -> Query:
    """The question with likeness to a file, or to a part of it. Raises PhotoUnreadable, NotAPhoto
    or QueryUnanswerable, with the path in the sentence."""
    try:
        image = library.open_image(path_of(path), part)
    except ArgumentTypeError as error:
        raise QueryUnanswerable(f"No photo can be at “{path}”: {error}.") from error
    except (PhotoUnreadable, NotAPhoto, QueryUnanswerable) as error:
        raise type(error)(f"{path}: {error.message}", error.hint) from error
    return replace(
        asked,
        like_photo_id=image.like_photo_id,
        like_image=image.like_image,
        like_path=image.like_path,
        like_part=image.like_part,
    )


def as_json(
    asked: str,
    results: Results,
    hits: list[tuple[Photo, Hit]],
    coverage: Coverage,
    said: Mapping[int, Mapping[str, str]],
    alike: Mapping[int, Sequence[Path]] | None = None,
    meant: Meant | None = None,
) -> dict[str, Any]:
    """One answer in the form that is promised to programs. said: what attributes say, by photo_id.
    alike: by photo_id, where look-alikes were put together. meant: where words seem mistyped."""
    part = results.query.like_part
    dates = spoken_dates(results.query.text, results.query.attributes)
    return {
        "query": asked,
        **({"box": list(astuple(part))} if part is not None else {}),
        **({"dates": [_date_as_json(each) for each in dates]} if dates else {}),
        **({"did_you_mean": _meant_as_json(meant)} if meant is not None else {}),
        "model": results.model_id,
        "searched": results.searched,
        "total": results.total,
        "elapsed_ms": round(results.elapsed_ms, 3),
        "verdict": results.verdict.value,
        "coverage": {**asdict(coverage), "missing": list(map(str, coverage.missing))},
        "hits": [
            {
                "path": str(photo.path),
                "score": hit.score,
                "band": hit.band.value,
                "probability": round(hit.probability, 4),
                "photo_id": photo.photo_id,
                "by_name": hit.is_named,
                "attributes": dict(said.get(photo.photo_id, {})),
                "same": hit.sameness.value if hit.sameness is not None else None,
                **_alike_of(hit, alike),
                "part": list(astuple(hit.part)) if hit.part is not None else None,
                "parts": [
                    {
                        "clause": str(part.clause),
                        "score": part.score,
                        "band": part.band.value,
                        "probability": round(part.probability, 4),
                    }
                    for part in hit.parts
                ],
            }
            for photo, hit in hits
        ],
    }


def _date_as_json(date: SpokenDate) -> dict[str, Any]:
    return {
        "words": date.words,
        "condition": str(date.condition),
        "since": None if date.taken.since is None else f"{date.taken.since:%Y-%m-%d}",
        "before": None if date.taken.until is None else f"{date.taken.until:%Y-%m-%d}",
    }


def _meant_as_json(meant: Meant) -> dict[str, Any]:
    return {"text": meant.text, "words": dict(meant.words)}


def _alike_of(hit: Hit, alike: Mapping[int, Sequence[Path]] | None) -> dict[str, Any]:
    return {} if alike is None else {"alike": [str(path) for path in alike.get(hit.photo_id, ())]}


@dataclass(frozen=True, slots=True)
class Arranged:
    """How an answer is written.

    Attributes:
        collapses: whether one hit stands for all that look alike.
        n: how many hits at most.
        variety: from 0 to 1: how much sooner something else comes.
        sort: in which order the hits are then written: match, date, oldest or folder.
    """

    collapses: bool = False
    n: int = 20
    variety: float = 0.0
    sort: str = "match"

    def asked(self, query: Query) -> Query:
        """With as many hits as are needed to have n when they are put together or spread out."""
        needs_more = self.collapses or self.variety
        return replace(query, n=max(query.n, MOST_COUNTED)) if needs_more else query

    def apply(
        self, library: Library, results: Results
    ) -> tuple[Results, dict[int, list[Path]] | None]:
        """The hits that are written, and by photo_id the paths of the others they stand for."""
        results = library.arranging.vary(results, self.variety)
        paths: dict[int, list[Path]] | None = None
        if self.collapses:
            groups = library.arranging.find_alike(results)
            behind = {each for group in groups for each in group[1:]}
            hits = (hit for hit in results.hits if hit.photo_id not in behind)
            results = replace(results, hits=tuple(hits))
            alike = {group[0]: library.photos.get(group[1:]) for group in groups}
            paths = {first: [photo.path for photo in photos] for first, photos in alike.items()}
        return self._sorted(library, replace(results, hits=results.hits[: self.n])), paths

    def _sorted(self, library: Library, results: Results) -> Results:
        if self.sort in ("date", "oldest"):
            dated, _ = library.arranging.date(results)
            return dated if self.sort == "date" else replace(dated, hits=dated.hits[::-1])
        if self.sort == "folder":
            return library.arranging.by_folder(results)[0]
        return results


def say_answer(
    library: Library,
    asked: str,
    results: Results,
    in_json: bool,
    arranged: Arranged | None = None,
    gone: frozenset[int] | None = None,
) -> None:
    """Write one answer. gone: the folders that are away now, where that has been looked for."""
    gone = library.folders.find_gone() if gone is None else gone
    coverage = library.coverage(results, gone)
    results, alike = (arranged or Arranged()).apply(library, results)
    photos = _photos(library, results)
    meant = library.spelling.meant(results.query)
    if in_json:
        said = library.attributes.of([photo.photo_id for photo, _ in photos])
        say_json(as_json(asked, results, photos, coverage, said, alike, meant))
        return
    if photos:
        _say_hits(photos, alike)
    else:
        is_met = results.total or not results.query.sentence.conditions
        say("No photo was found." if is_met else "No photo meets the conditions.")
        if not library.folders.list_all():
            note(NO_FOLDER)
        elif not library.photos.count():
            note(NOT_READ)
    if photos and results.verdict is Verdict.NOTHING:
        note("The library seems to hold nothing like that; these are the nearest.")
    elif photos and results.verdict is Verdict.WEAK:
        note("None of these is certain.")
    if meant is not None:
        note(f"Did you mean “{meant.text}”?")
    _say_dates(spoken_dates(results.query.text, results.query.attributes))
    _say_coverage(coverage)


def _say_hits(
    photos: Sequence[tuple[Photo, Hit]], alike: Mapping[int, Sequence[Path]] | None
) -> None:
    """Write them as a table; columns that would be empty are left out."""
    columns = {
        "Score": [f"{hit.score:.3f}" for _, hit in photos],
        "Match": [
            f"same {hit.sameness}" if hit.sameness is not None else hit.band.value
            for _, hit in photos
        ],
    }
    if alike is not None:
        columns["Alike"] = [f"{len(alike.get(hit.photo_id, ())) + 1}" for _, hit in photos]
    whys = [", ".join(_why(hit)) for _, hit in photos]
    if any(whys):
        columns["Why"] = whys
    columns["Photo"] = [str(photo.path) for photo, _ in photos]
    say_table(tuple(columns), zip(*columns.values(), strict=True))


def _why(hit: Hit) -> list[str]:
    """What carried a hit, as far as there is more to say than its score."""
    said = ["it is called so"] if hit.is_named else []
    if len(hit.parts) > 1:
        said += [f"{part.clause} {part.probability:.0%}" for part in hit.parts]
    return [*said, "by a part of it"] if hit.part is not None else said


def _say_dates(dates: Sequence[SpokenDate]) -> None:
    """Say which words were read as a date, and as which."""
    for date in dates:
        last = date.taken.until and date.taken.until - timedelta(days=1)
        days = [
            f"{word} {day:%Y-%m-%d}"
            for word, day in (("from", date.taken.since), ("to", last))
            if day is not None
        ]
        said = " ".join(days)
        folder = ", or called so" if date.condition.names_a_time else ""
        note(f"“{date.words}” is read as a date, {said}{folder}; in quotes it is words.")


def _say_coverage(coverage: Coverage) -> None:
    """Say what was not searched, and why."""
    if coverage.searched < coverage.total or coverage.missing:
        searched = f"Searched {coverage.searched:,} of {count(coverage.total, 'photo')}"
        why = [f"{coverage.waiting:,} waiting (`likeness index`)"] if coverage.waiting else []
        if coverage.unreadable:
            why.append(f"{coverage.unreadable:,} unreadable (`likeness problems`)")
        why += [f"{path} missing" for path in coverage.missing]
        note(": ".join(filter(None, (searched, ", ".join(why)))) + ".")


def answer_file(
    library: Library, file: str, make_query: Callable[[str], Query], arranged: Arranged
) -> None:
    """Answer every line of `file` ("-" is stdin) with one line of JSON, in order.

    A line that cannot be answered gets an answer without hits and with an "error", and the rest
    goes on. Raises UserError where no line could be answered: no such file, no model.
    """
    gone = library.folders.find_gone()
    for line in read_lines(file):
        try:
            results = library.search(arranged.asked(make_query(line)))
            say_answer(library, line, results, in_json=True, arranged=arranged, gone=gone)
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
        "verdict": None,
        "coverage": None,
        "hits": [],
        "error": error.message,
    }


def read_lines(file: str) -> Iterator[str]:
    """The lines of a file ("-" is stdin), as they come, with any line ends: UTF-8, or UTF-16 or
    UTF-32 where the file says so. Bytes that are none become surrogates, which is what such a file
    name is in Python. Raises UserError if the file cannot be read."""
    try:
        with (
            _open(file) as stream,
            TextIOWrapper(stream, encoding_of(stream.peek()), _KEEP_BYTES) as lines,
        ):
            while line := lines.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise UserError(
                        f"The file {file} has a line of more than {_LONGEST_LINE:,} letters.",
                        "Name a text file with one question a line.",
                    )
                yield line.rstrip("\n")
    except OSError as error:
        raise UserError(
            f"The file {file} cannot be read: {error.strerror}.", "Check its name."
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"The file {file} says it is {error.encoding}, but is not.", "Save it as UTF-8."
        ) from error


def _open(file: str) -> BufferedReader:
    """Raises OSError."""
    if file != "-":
        return open(file, "rb")  # closed by its reader
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return open(sys.stdin.fileno(), "rb", closefd=False)


def _photos(library: Library, results: Results) -> list[tuple[Photo, Hit]]:
    """The hits with their photos, without those removed since the search."""
    hits = {hit.photo_id: hit for hit in results.hits}
    return [(photo, hits[photo.photo_id]) for photo in library.photos.get(list(hits))]
