"""Kinds of approximate parts: another one is a module and a row, and files say which made them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from desktop.errors import IndexUnusable
from desktop.index.approximate import KINDS, ApproximateKind, build_apart
from desktop.index.local import generation
from desktop.index.local.index import folder_name
from desktop.jobs import Job
from tests.index.shelf import MODEL, Shelf, clustered

DIM, N = 24, 1_500

FloatArray = NDArray[np.float32]


class Halves:
    """A kind that compares the first half of the numbers only."""

    oversampling = 3

    def __init__(self, halves: FloatArray) -> None:
        self._halves = halves

    def nearest(self, embedding: FloatArray, n: int, n_candidates: int) -> NDArray[np.int64]:
        scores = self._halves @ embedding[: self._halves.shape[1]]
        return np.argsort(-scores)[:n]


def build_halves(vectors: FloatArray, path: Path, report: Callable[[int], None]) -> None:
    report(len(vectors))
    path.write_bytes(np.ascontiguousarray(vectors[:, : vectors.shape[1] // 2]).tobytes())


def open_halves(path: Path, vectors: FloatArray) -> Halves:
    halves = np.fromfile(path, np.float32)
    if halves.size != vectors.size // 2:
        raise IndexUnusable("no halves of these")
    return Halves(halves.reshape(len(vectors), -1))


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(range(N), clustered(N, DIM))
    return shelf


@pytest.fixture
def halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "halves", ApproximateKind(build_halves, open_halves, lambda _: True))
    monkeypatch.setattr(generation, "build_apart", build_apart)


def manifest_of(folder: Path, number: int) -> Path:
    return folder / folder_name(MODEL) / f"gen-{number}.json"


@pytest.mark.usefixtures("halves")
def test_another_kind_is_built_in_its_process_and_gives_first_answers(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.load(tmp_path, DIM, kind="halves").rebuild(Job(), shelf.revision)
    assert json.loads(manifest_of(tmp_path, 1).read_text())["approximate"] == "halves"
    index = shelf.load(tmp_path, DIM, kind="halves")
    _, vectors = shelf.all()
    found = index.snapshot.search(vectors[40], 5, exact_limit=0)
    assert not found.is_exact
    assert found.photo_ids[0] == 40
    index.measure()
    assert index.snapshot.speed.is_measured


@pytest.mark.usefixtures("halves")
def test_where_another_kind_is_wanted_all_are_compared_until_it_is_built(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.load(tmp_path, DIM).rebuild(Job(), shelf.revision)
    assert json.loads(manifest_of(tmp_path, 1).read_text())["approximate"] == "annoy"
    n_read = shelf.n_read
    index = shelf.load(tmp_path, DIM, kind="halves")
    assert shelf.n_read - n_read < 100, "the embeddings are there"
    assert index.needs_rebuild
    assert not index.snapshot.has_approximate
    index.rebuild(Job(), shelf.revision)
    assert not index.needs_rebuild
    assert index.snapshot.has_approximate
    assert json.loads(manifest_of(tmp_path, 2).read_text())["approximate"] == "halves"


@pytest.mark.parametrize("n", [N, 500])
def test_a_manifest_of_the_first_format_still_opens(tmp_path: Path, n: int) -> None:
    """With a forest and without one."""
    shelf = Shelf()
    shelf.put(range(n), clustered(n, DIM))
    shelf.load(tmp_path, DIM).rebuild(Job(), shelf.revision)
    path = manifest_of(tmp_path, 1)
    manifest = json.loads(path.read_text())
    first = {
        "format": 1,
        "model_id": MODEL,
        "dim": DIM,
        "metric": "angular",
        "n_items": n,
        "n_trees": 10 if n == N else 0,
        "ids_bytes": manifest["ids_bytes"],
        "vectors_bytes": manifest["vectors_bytes"],
        "forest_bytes": manifest["approximate_bytes"],
        "checksum": manifest["checksum"],
        "catalog_revision": manifest["catalog_revision"],
    }
    path.write_text(json.dumps(first))
    index = shelf.load(tmp_path, DIM)
    assert not index.needs_rebuild
    assert index.snapshot.n_tail == 0
    assert index.snapshot.has_approximate == (n == N)


def test_where_none_is_wanted_the_one_that_is_there_is_left_alone(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.load(tmp_path, DIM).rebuild(Job(), shelf.revision)
    index = shelf.load(tmp_path, DIM, kind="")
    assert not index.needs_rebuild
    assert not index.snapshot.has_approximate
    assert shelf.load(tmp_path, DIM).snapshot.has_approximate
