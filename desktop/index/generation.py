"""Generation: one build of the index on disk, written whole or not at all, verified when opened.

    <folder>/current.json    {"generation": N}: which one counts, replaced atomically and last
    <folder>/gen-N.json      the manifest
    <folder>/gen-N.ids       photo_ids, (n,) int64, rising; an id's place is its row
    <folder>/gen-N.vectors   embeddings, (n, d) float32, memory-mapped
    <folder>/gen-N.ann       Annoy's forest over the same rows; absent below FOREST_FROM rows

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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_type_hints

import numpy as np

from desktop.errors import IndexUnusable
from desktop.index.forest import METRIC, Forest, can_open, open_forest
from desktop.index.nursery import build_forest
from desktop.index.part import FloatArray, IdArray, Part
from desktop.jobs import Job

log = logging.getLogger(__name__)

FORMAT = 1

FOREST_FROM = 10_000
"""Photos from which on a forest is built. Fewer are compared in a millisecond or two, which no
forest could better."""

_BLOCK_ROWS = 2_048
_SAMPLED_BLOCKS = 64
_SAMPLED_BYTES = 4_096
_CHECKED_ROWS = 16
_NAME = re.compile(r"gen-(\d+)\.(json|ids|vectors|ann)(\.tmp)?")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation must be like.

    Attributes:
        catalog_revision: every embedding the catalog had at this revision is in the generation.
        n_trees: 0 where there is no forest.
        checksum: of all ids and of blocks sampled over the other files. It catches files that were
            cut or mixed up; hashing all of them would cost a second at 100,000 photos.
    """

    format: int
    model_id: str
    dim: int
    metric: str
    n_items: int
    n_trees: int
    ids_bytes: int
    vectors_bytes: int
    forest_bytes: int
    checksum: str
    catalog_revision: int


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """A verified generation, its vectors memory-mapped."""

    number: int
    part: Part
    forest: Forest | None
    catalog_revision: int


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


def open_generation(folder: Path, number: int, model_id: str, dim: int) -> Generation:
    """Map a generation after verifying it. Raises IndexUnusable with what is wrong."""
    try:
        manifest = _read_manifest(folder, number)
        _verify_kind(manifest, model_id, dim)
        sizes = (manifest.ids_bytes, manifest.vectors_bytes, manifest.forest_bytes)
        if sizes != _sizes(folder, number):
            raise IndexUnusable(f"the files have {_sizes(folder, number)} bytes and not {sizes}")
        if _checksum(folder, number) != manifest.checksum:
            raise IndexUnusable("the checksum is another")
        part = _open_part(folder, number, manifest)
    except (OSError, ValueError) as error:
        raise IndexUnusable(repr(error)) from error
    forest = _open_forest(folder, number, manifest, part.vectors)
    return Generation(number, part, forest, manifest.catalog_revision)


def write_generation(
    folder: Path,
    model_id: str,
    photo_ids: IdArray,
    blocks: Iterator[FloatArray],
    dim: int,
    catalog_revision: int,
    job: Job,
) -> Generation:
    """Write, verify and open the next generation; it does not count until `make_current`.

    photo_ids: rising, at least one. blocks: their embeddings, (m, d) a block, in the same order.
    Raises Cancelled or OSError, leaving nothing behind, or IndexUnusable when the disk gives back
    something else than what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = max((number for number, _ in _list_files(folder)), default=0) + 1
    try:
        n_trees = _write_files(folder, number, photo_ids, blocks, dim, job)
        manifest = Manifest(
            FORMAT,
            model_id,
            dim,
            METRIC,
            len(photo_ids),
            n_trees,
            *_sizes(folder, number),
            _checksum(folder, number),
            catalog_revision,
        )
        _write_json(_path(folder, number, "json"), asdict(manifest))
        return open_generation(folder, number, model_id, dim)
    except BaseException:
        _remove(path for found, path in _list_files(folder) if found == number)
        raise


def make_current(folder: Path, number: int | None) -> None:
    """Let this generation count from now on, for every process; None for no generation."""
    if number is None:
        (folder / "current.json").unlink(missing_ok=True)
    else:
        _write_json(folder / "current.json", {"generation": number})


def remove_older(folder: Path, number: int) -> None:
    """Remove generations before this one. Later ones stay: another process may be writing them."""
    _remove(path for found, path in _list_files(folder) if found < number)


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
) -> int:
    """Write ids, vectors and forest, each whole before it has its name; the number of trees."""
    with _finished(_path(folder, number, "ids")) as path:
        path.write_bytes(photo_ids.astype("<i8").tobytes())
    with _finished(_path(folder, number, "vectors")) as path, path.open("wb") as file:
        for block in blocks:
            job.check()
            file.write(np.ascontiguousarray(block, "<f4").data)
    forest_path = _path(folder, number, "ann")
    if len(photo_ids) < FOREST_FROM or not can_open(forest_path):
        return 0
    with _finished(forest_path) as path:
        build_forest(_path(folder, number, "vectors"), len(photo_ids), dim, path, job)
    return open_forest(forest_path, dim).n_trees


@contextlib.contextmanager
def _finished(path: Path) -> Iterator[Path]:
    """A name to write under; what was written reaches the disk before it gets its own name."""
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
    if not isinstance(document, dict) or document.keys() != kinds.keys():
        raise IndexUnusable("the manifest has other keys")
    for name, kind in kinds.items():
        if not isinstance(document[name], kind):
            raise IndexUnusable(f"the manifest says {name} = {document[name]!r}")
    return Manifest(**document)


def _verify_kind(manifest: Manifest, model_id: str, dim: int) -> None:
    is_ours = (FORMAT, model_id, dim, METRIC)
    is_there = (manifest.format, manifest.model_id, manifest.dim, manifest.metric)
    if is_there != is_ours:
        raise IndexUnusable(f"the manifest speaks of {is_there}, not of {is_ours}")
    row_bytes = (manifest.n_items * 8, manifest.n_items * dim * 4)
    if manifest.n_items < 1 or (manifest.ids_bytes, manifest.vectors_bytes) != row_bytes:
        raise IndexUnusable(f"the manifest contradicts itself: {manifest}")


def _sizes(folder: Path, number: int) -> tuple[int, int, int]:
    """Bytes of ids, vectors and forest; 0 for a forest that is not there."""
    forest = _path(folder, number, "ann")
    return (
        _path(folder, number, "ids").stat().st_size,
        _path(folder, number, "vectors").stat().st_size,
        forest.stat().st_size if forest.exists() else 0,
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


def _open_forest(
    folder: Path, number: int, manifest: Manifest, vectors: FloatArray
) -> Forest | None:
    """Annoy loads a file that was cut between two nodes without a word, hence the comparison of
    some rows."""
    if not manifest.n_trees:
        return None
    forest = open_forest(_path(folder, number, "ann"), manifest.dim)
    if (forest.n_rows, forest.n_trees) != (manifest.n_items, manifest.n_trees):
        raise IndexUnusable(f"the forest has {forest.n_rows} rows and {forest.n_trees} trees")
    for row in np.linspace(0, manifest.n_items - 1, _CHECKED_ROWS).astype(int).tolist():
        if not np.array_equal(forest.row(row), vectors[row]):
            raise IndexUnusable(f"row {row} of the forest is another embedding")
    return forest


def block_rows(n_rows: int) -> Iterator[slice]:
    """Slices over n_rows, a few megabytes of embeddings each."""
    for start in range(0, n_rows, _BLOCK_ROWS):
        yield slice(start, min(start + _BLOCK_ROWS, n_rows))
