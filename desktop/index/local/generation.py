"""Generation: one build of the index on disk, written whole or not at all, verified when opened.

    <folder>/current.json    {"generation": N}: which one counts, replaced atomically and last
    <folder>/gen-N.json      the manifest
    <folder>/gen-N.ids       photo_ids, (n,) int64, rising; an id's place is its row
    <folder>/gen-N.vectors   embeddings, (n, d) float32, memory-mapped
    <folder>/gen-N.ann       the approximate part over the same rows; absent below
                             APPROXIMATE_FROM rows
    <folder>/gen-N.coarse    the coarse rows, see desktop/index/coarse.py; made again from the
                             vectors where it is lacking, absent below COARSE_FROM rows

Numbers are little-endian. A number is never used twice, so a process that has mapped an older
generation keeps it while a newer one takes its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from desktop.errors import IndexUnusable
from desktop.index.approximate import Approximate, ApproximateKind, build_apart, find_kind
from desktop.index.coarse import (
    COARSE_FROM,
    CoarseRows,
    is_quick,
    open_coarse,
    write_coarse,
)
from desktop.index.part import FloatArray, IdArray, Part
from desktop.jobs import Job

log = logging.getLogger(__name__)

FORMAT = 2

APPROXIMATE_FROM = 10_000
"""Photos from which on there is an approximate part. Fewer are compared in a millisecond or two,
which it could not better."""

_BLOCK_ROWS = 2_048
_SAMPLED_BLOCKS = 64
_SAMPLED_BYTES = 4_096
_ONLY_IN_FORMAT_1 = {"metric", "n_trees", "forest_bytes"}
_NAME = re.compile(r"gen-(\d+)\.(json|ids|vectors|ann|coarse)(\.[0-9]+)?(\.tmp)?")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation must be like.

    Attributes:
        catalog_revision: every embedding the catalog had at this revision is in the generation.
        approximate: the name of the kind of the approximate part; "" where there is none.
        checksum: of all ids and of blocks sampled over the other files. It catches files that were
            cut or mixed up; hashing all of them would cost a second at 100,000 photos.
    """

    format: int
    model_id: str
    dim: int
    n_items: int
    approximate: str
    ids_bytes: int
    vectors_bytes: int
    approximate_bytes: int
    checksum: str
    catalog_revision: int


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """A verified generation, its vectors memory-mapped.

    Attributes:
        checksum: see `Manifest`.
    """

    number: int
    part: Part
    approximate: Approximate | None
    catalog_revision: int
    checksum: str


def current_number(folder: Path) -> int | None:
    """The number of the generation that counts; None if there never was one. Raises
    IndexUnusable."""
    try:
        current = json.loads((folder / "current.json").read_text(encoding="utf-8"))
        return int(current["generation"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"current.json: {error!r}") from error


def open_current(
    folder: Path, model_id: str, dim: int, kind: str, n_segments: int = 1
) -> Generation | None:
    """The generation that counts, see `open_generation`; None if there never was one. Raises
    IndexUnusable.

    Where another process has replaced it and removed its files, the newer one is opened. Where it
    has an approximate part of another kind, and one from before has that of this kind, that one is.
    """
    number = current_number(folder)
    if number is not None and (kept := _newest_before(folder, number, kind)) is not None:
        with contextlib.suppress(IndexUnusable):
            return open_generation(folder, kept, model_id, dim, kind, n_segments)
    while number is not None:
        try:
            return open_generation(folder, number, model_id, dim, kind, n_segments)
        except IndexUnusable:
            before, number = number, current_number(folder)
            if number == before:
                raise
    return None


def open_generation(
    folder: Path, number: int, model_id: str, dim: int, kind: str, n_segments: int = 1
) -> Generation:
    """Map a generation after verifying it, with its approximate part if it is of this kind, and its
    coarse rows if there are some that are whole; n_segments: embeddings in a row. Raises
    IndexUnusable with what is wrong."""
    try:
        manifest = _read_manifest(folder, number)
        _verify_kind(manifest, model_id, dim)
        sizes = (manifest.ids_bytes, manifest.vectors_bytes, manifest.approximate_bytes)
        if sizes != _sizes(folder, number):
            raise IndexUnusable(f"the files have {_sizes(folder, number)} bytes and not {sizes}")
        if _checksum(folder, number) != manifest.checksum:
            raise IndexUnusable("the checksum is another")
        part = _open_part(folder, number, manifest)
    except (OSError, ValueError) as error:
        raise IndexUnusable(repr(error)) from error
    approximate, wanted = None, find_kind(kind)
    if wanted is not None and manifest.approximate == kind:
        approximate = wanted.open(_path(folder, number, "ann"), part.vectors)
    part = replace(part, coarse=_open_coarse(folder, number, part, manifest.checksum, n_segments))
    return Generation(number, part, approximate, manifest.catalog_revision, manifest.checksum)


def write_generation(
    folder: Path,
    model_id: str,
    photo_ids: IdArray,
    blocks: Iterator[FloatArray],
    dim: int,
    catalog_revision: int,
    job: Job,
    kind: str,
    n_segments: int = 1,
) -> Generation:
    """Write, verify and open the next generation; it does not count until `make_current`.

    photo_ids: rising, at least one. blocks: their embeddings, (m, d) a block, in the same order.
    kind: of the approximate part, if there are enough rows for one; "" for none. n_segments: so
    many embeddings are in a row. Raises Cancelled or OSError, leaving nothing behind, or
    IndexUnusable when the disk gives back something else than what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = max((number for number, _ in _list_files(folder)), default=0) + 1
    try:
        approximate = _write_files(folder, number, photo_ids, blocks, dim, job, kind)
        manifest = Manifest(
            FORMAT,
            model_id,
            dim,
            len(photo_ids),
            approximate,
            *_sizes(folder, number),
            _checksum(folder, number),
            catalog_revision,
        )
        _write_json(_path(folder, number, "json"), asdict(manifest))
        generation = open_generation(folder, number, model_id, dim, kind)
        if not lacks_coarse(generation.part, n_segments):
            return generation
        coarse = add_coarse(folder, generation, n_segments, job)
        return replace(generation, part=replace(generation.part, coarse=coarse))
    except BaseException:
        _remove(path for found, path in _list_files(folder) if found == number)
        raise


def lacks_coarse(part: Part, n_segments: int) -> bool:
    """Whether there are no coarse rows where there should be some."""
    return part.coarse is None and len(part) * n_segments >= COARSE_FROM and is_quick()


def add_coarse(folder: Path, generation: Generation, n_segments: int, job: Job) -> CoarseRows:
    """Write coarse rows beside a generation, and map them. Raises Cancelled or OSError, leaving
    nothing behind, or IndexUnusable."""
    number, vectors, of = generation.number, generation.part.vectors, generation.checksum
    own = _path(folder, number, f"coarse.{os.getpid()}")  # another process may be at it, too
    try:
        with _finished(own) as path:
            write_coarse(path, vectors, n_segments, of, job)
        own.replace(_path(folder, number, "coarse"))
    except BaseException:
        _remove(path for path in (own, own.with_name(own.name + ".tmp")))
        raise
    return open_coarse(_path(folder, number, "coarse"), _coarse_shape(vectors, n_segments), of)


def _open_coarse(
    folder: Path, number: int, part: Part, checksum: str, n_segments: int
) -> CoarseRows | None:
    """None where there are none, or they are damaged: they can be made again."""
    path = _path(folder, number, "coarse")
    if not path.exists() or not is_quick():
        return None
    try:
        return open_coarse(path, _coarse_shape(part.vectors, n_segments), checksum)
    except IndexUnusable as error:
        log.warning("coarse rows are made again: %s", error)
        return None


def _coarse_shape(vectors: FloatArray, n_segments: int) -> tuple[int, int]:
    return len(vectors) * n_segments, vectors.shape[1] // n_segments


def make_current(folder: Path, number: int | None) -> None:
    """Let this generation count from now on, for every process; None for no generation."""
    if number is None:
        (folder / "current.json").unlink(missing_ok=True)
    else:
        _write_json(folder / "current.json", {"generation": number})


def remove_before(folder: Path, current: Generation | None, kind: str | None = None) -> None:
    """Remove generations before the one that counts; all where none does. Later ones stay: another
    process may be writing them.

    kind: of the approximate part that is wanted; the newest generation with one of another kind
    stays, so that the way back to it is short. None where none is to stay.
    """
    files, kept = _list_files(folder), None
    if current is not None and kind is not None:
        kinds = {n: _kind_of(folder, n) for n, _ in files if n < current.number}
        kept = max((n for n, each in kinds.items() if each not in ("", kind)), default=None)
    _remove(
        path
        for number, path in files
        if current is None or (number < current.number and number != kept)
    )


def remove_all_but(folder: Path, current: Generation | None) -> None:
    """Let this generation count, and remove all others; no other process may be writing one."""
    number = current.number if current is not None else None
    make_current(folder, number)
    _remove(path for found, path in _list_files(folder) if found != number)


def _newest_before(folder: Path, current: int, kind: str) -> int | None:
    """The newest generation before the one that counts with an approximate part of this kind, where
    that one has another."""
    if not kind or _kind_of(folder, current) in ("", kind):
        return None
    numbers = {number for number, _ in _list_files(folder) if number < current}
    return max((each for each in numbers if _kind_of(folder, each) == kind), default=None)


def _kind_of(folder: Path, number: int) -> str:
    """The kind of the approximate part of a generation; "" where it has none, or is damaged."""
    try:
        return _read_manifest(folder, number).approximate
    except (OSError, ValueError, IndexUnusable):
        return ""


def _path(folder: Path, number: int, kind: str) -> Path:
    return folder / f"gen-{number}.{kind}"


def _list_files(folder: Path) -> list[tuple[int, Path]]:
    """Number and path of every file of any generation, unfinished ones too."""
    if not folder.is_dir():
        return []
    found = [(_NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    return [(int(match[1]), path) for match, path in found if match is not None]


def _remove(paths: Iterator[Path]) -> None:
    """Remove files; on Windows those that are still mapped stay until another time."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.info("%s stays for now: %s", path.name, error)


def _write_files(
    folder: Path,
    number: int,
    photo_ids: IdArray,
    blocks: Iterator[FloatArray],
    dim: int,
    job: Job,
    kind: str,
) -> str:
    """Write ids, vectors and approximate part, each whole before it has its name; which kind of
    approximate part, "" for none, as where there are too few rows."""
    with _finished(_path(folder, number, "ids")) as path:
        path.write_bytes(photo_ids.astype("<i8").tobytes())
    with _finished(_path(folder, number, "vectors")) as path, path.open("wb") as file:
        for block in blocks:
            job.check()
            file.write(np.ascontiguousarray(block, "<f4").data)
    wanted = _kind_for(folder, len(photo_ids), kind)
    if wanted is None:
        return ""
    with _finished(_path(folder, number, "ann")) as path:
        shape = len(photo_ids), dim
        build_apart(wanted.build, _path(folder, number, "vectors"), shape, path, job)
    return kind


def lacks_approximate(folder: Path, n_rows: int, kind: str) -> bool:
    """Whether a generation of so many rows without an approximate part would get one of this kind
    if it were written now."""
    return _kind_for(folder, n_rows, kind) is not None


def _kind_for(folder: Path, n_rows: int, kind: str) -> ApproximateKind | None:
    found = find_kind(kind)
    if n_rows < APPROXIMATE_FROM or found is None:
        return None
    return found if found.can_open(_path(folder, 1, "ann")) else None


@contextlib.contextmanager
def _finished(path: Path) -> Iterator[Path]:
    """Gives the block a temporary path to write to. Afterwards the file is flushed to the disk, and
    only then gets its name."""
    unfinished = path.with_name(path.name + ".tmp")
    yield unfinished
    with unfinished.open("r+b") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)


def _write_json(path: Path, document: object) -> None:
    with _finished(path) as unfinished:
        unfinished.write_text(json.dumps(document, indent=2), encoding="utf-8")


def _read_manifest(folder: Path, number: int) -> Manifest:
    document = json.loads(_path(folder, number, "json").read_text(encoding="utf-8"))
    kinds = get_type_hints(Manifest)
    if isinstance(document, dict) and document.get("format") == 1:
        document = _of_format_1(document)
    if not isinstance(document, dict) or document.keys() != kinds.keys():
        raise IndexUnusable("the manifest has other keys")
    for name, kind in kinds.items():
        if not isinstance(document[name], kind):
            raise IndexUnusable(f"the manifest says {name} = {document[name]!r}")
    return Manifest(**document)


def _of_format_1(document: dict[str, Any]) -> dict[str, Any]:
    """A manifest of format 1, which told the number of Annoy's trees instead of a kind."""
    kept = {key: value for key, value in document.items() if key not in _ONLY_IN_FORMAT_1}
    return kept | {
        "format": FORMAT,
        "approximate": "annoy" if document.get("n_trees") else "",
        "approximate_bytes": document.get("forest_bytes"),
    }


def _verify_kind(manifest: Manifest, model_id: str, dim: int) -> None:
    is_ours = (FORMAT, model_id, dim)
    is_there = (manifest.format, manifest.model_id, manifest.dim)
    if is_there != is_ours:
        raise IndexUnusable(f"the manifest speaks of {is_there}, not of {is_ours}")
    if manifest.approximate and find_kind(manifest.approximate) is None:
        raise IndexUnusable(f"no approximate part of the kind {manifest.approximate!r} is known")
    row_bytes = (manifest.n_items * 8, manifest.n_items * dim * 4)
    is_empty = not manifest.approximate_bytes
    if (
        manifest.n_items < 1
        or (manifest.ids_bytes, manifest.vectors_bytes) != row_bytes
        or is_empty != (not manifest.approximate)
    ):
        raise IndexUnusable(f"the manifest contradicts itself: {manifest}")


def _sizes(folder: Path, number: int) -> tuple[int, int, int]:
    """Bytes of ids, vectors and approximate part; 0 for one that is not there."""
    approximate = _path(folder, number, "ann")
    return (
        _path(folder, number, "ids").stat().st_size,
        _path(folder, number, "vectors").stat().st_size,
        approximate.stat().st_size if approximate.exists() else 0,
    )


def _checksum(folder: Path, number: int) -> str:
    digest = hashlib.blake2b(_path(folder, number, "ids").read_bytes(), digest_size=16)
    for kind in ("vectors", "ann"):
        path = _path(folder, number, kind)
        if path.exists():
            for block in _sample(path):
                digest.update(block)
    return digest.hexdigest()


def _sample(path: Path) -> Iterator[bytes]:
    """Blocks spread evenly over a file, its first and last bytes among them."""
    last = max(path.stat().st_size - _SAMPLED_BYTES, 0)
    with path.open("rb") as file:
        for step in range(_SAMPLED_BLOCKS):
            file.seek(last * step // (_SAMPLED_BLOCKS - 1))
            yield file.read(_SAMPLED_BYTES)


def _open_part(folder: Path, number: int, manifest: Manifest) -> Part:
    photo_ids = np.frombuffer(_path(folder, number, "ids").read_bytes(), "<i8").astype(np.int64)
    if not np.all(photo_ids[:-1] < photo_ids[1:]):
        raise IndexUnusable("the ids do not rise")
    n_items = manifest.n_items
    vectors = _map_vectors(_path(folder, number, "vectors"), n_items, manifest.dim)
    return Part(photo_ids, vectors, np.ones(n_items, np.bool_))


def _map_vectors(path: Path, n_items: int, dim: int) -> FloatArray:
    return np.asarray(np.memmap(path, "<f4", "r", shape=(n_items, dim)))


def block_rows(n_rows: int) -> Iterator[slice]:
    """Slices over n_rows, a few megabytes of embeddings each."""
    for start in range(0, n_rows, _BLOCK_ROWS):
        yield slice(start, min(start + _BLOCK_ROWS, n_rows))
