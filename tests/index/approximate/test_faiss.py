"""Faiss's files: which options go together, and what happens beside torch and on a full disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import EngineUnavailable, IndexUnusable
from desktop.index import EngineChoice, Index, make_index
from desktop.index.approximate import build_apart, find_kind
from desktop.index.approximate.faiss_part import KEPT, SHORTER, WAYS, Recipe
from desktop.index.local import generation
from desktop.jobs import Job
from tests.index.shelf import MODEL, FloatArray, Shelf, clustered

pytest.importorskip("faiss", reason="likeness[faiss] is not installed")

DIM, N = 96, 1_200
RECIPES = [
    Recipe(way, shorter, kept)
    for way in WAYS
    for shorter in ("", "pca64", "random64")
    for kept in ("", *KEPT)
    if not (way == "lsh" and kept)
]


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    return clustered(N, DIM)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_whatever_is_chosen_finds_most_of_the_nearest(
    recipe: Recipe, vectors: FloatArray, tmp_path: Path
) -> None:
    kind = find_kind(f"faiss:{recipe}")
    assert kind is not None
    told: list[int] = []
    kind.build(vectors, tmp_path / "part", told.append)
    assert (told[0], told[-1]) == (0, N) and told == sorted(told)
    part = kind.open(tmp_path / "part", vectors)
    assert (part.oversampling > 1) == recipe.is_rough
    shares = []
    for row in range(0, N, 60):
        best = np.argsort(-(vectors @ vectors[row]))[:10]
        found = part.nearest(vectors[row], 10 * part.oversampling, 600)
        assert len(set(found.tolist())) == len(found) <= 10 * part.oversampling
        shares.append(np.isin(best, found).mean())
    assert np.mean(shares) > 0.75


def test_small_vectors_take_less_room(vectors: FloatArray, tmp_path: Path) -> None:
    def size(options: str) -> int:
        kind = find_kind(f"faiss:{options}")
        assert kind is not None
        kind.build(vectors, tmp_path / options, lambda _: None)
        return (tmp_path / options).stat().st_size

    full = size("flat")
    assert full == pytest.approx(4 * DIM * N, rel=0.01)
    assert size("flat,float16") == pytest.approx(full / 2, rel=0.01)
    assert size("flat,int8") == pytest.approx(full / 4, rel=0.02)
    assert size("flat,random64,int8") == pytest.approx(64 * N + 4 * 64 * DIM, rel=0.02)


def test_equal_vectors_give_equal_files(vectors: FloatArray, tmp_path: Path) -> None:
    for options in ("hnsw", "ivf,int8"):
        kind = find_kind(f"faiss:{options}")
        assert kind is not None
        for name in ("one", "other"):
            kind.build(vectors, tmp_path / name, lambda _: None)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_where_nothing_is_named_the_usual_is_taken_as_far_as_rows_are_long_enough() -> None:
    assert str(Recipe.of([], 512)) == "ivf,pca128,int8"
    assert str(Recipe.of([], 128)) == "ivf,int8"
    assert str(Recipe.of(["int8"], 512)) == "ivf,int8"
    assert str(Recipe.of(["hnsw"], 512)) == "hnsw"


def test_a_file_of_what_was_usual_before_is_built_anew_and_all_are_found_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "APPROXIMATE_FROM", 100)
    shelf = Shelf()
    shelf.put(range(1, N + 1), clustered(N, 160))

    def newest_kind() -> str:
        newest = max(tmp_path.rglob("gen-*.json"), key=lambda path: path.name)
        return str(json.loads(newest.read_text())["approximate"])

    before = Index(tmp_path, MODEL, 160, "faiss:hnsw")
    before.load(shelf.source())
    before.rebuild(Job(), shelf.revision)
    (manifest,) = tmp_path.rglob("gen-*.json")
    manifest.write_text(manifest.read_text().replace("faiss:hnsw", "faiss"))
    index = make_index(EngineChoice.parse("faiss"), tmp_path, MODEL, 160)
    index.load(shelf.source())
    assert (newest_kind(), index.needs_rebuild) == ("faiss", True)
    assert index.snapshot.n_items == N and not index.snapshot.has_approximate
    index.rebuild(Job(), shelf.revision)
    assert (newest_kind(), index.needs_rebuild) == ("faiss:ivf,pca128,int8", False)
    assert index.snapshot.has_approximate


def test_an_empty_option_is_none() -> None:
    assert str(EngineChoice.parse("faiss:pca64,")) == "faiss:pca64"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("faiss:ivf,hnsw", "ivf and hnsw exclude each other"),
        ("faiss:pca64,random64", "pca64 and random64 exclude each other"),
        ("faiss:lsh,int8", "cannot be kept as int8"),
        ("faiss:float8", "has no option float8"),
        ("annoy:hnsw", "has no option hnsw"),
        ("fais", "no engine called fais"),
    ],
)
def test_what_does_not_go_together_is_said(text: str, says: str) -> None:
    with pytest.raises(EngineUnavailable, match=says):
        choice = EngineChoice.parse(text)
        choice.row.expect(choice)


def test_rows_that_are_short_already_cannot_be_shortened() -> None:
    assert all(Recipe("flat", shorter, "").spelled(N, 512) for shorter in SHORTER)
    with pytest.raises(EngineUnavailable, match="have 96 numbers, which pca128 cannot shorten"):
        Recipe("flat", "pca128", "").spelled(N, 96)


def test_a_file_over_other_rows_is_refused(vectors: FloatArray, tmp_path: Path) -> None:
    kind = find_kind("faiss:flat")
    assert kind is not None
    kind.build(vectors, tmp_path / "part", lambda _: None)
    with pytest.raises(IndexUnusable, match="not \\(1199, 96\\)"):
        kind.open(tmp_path / "part", vectors[1:])
    (tmp_path / "part").write_bytes(b"no index at all")
    with pytest.raises(IndexUnusable):
        kind.open(tmp_path / "part", vectors)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_a_full_disk_is_told_from_the_process_that_builds(
    vectors: FloatArray, tmp_path: Path
) -> None:
    import resource

    kind = find_kind("faiss:flat")
    assert kind is not None
    (tmp_path / "rows").write_bytes(vectors.tobytes())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            build_apart(kind.build, tmp_path / "rows", (N, DIM), tmp_path / "part", Job())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


BESIDE_TORCH = """
import sys
import numpy as np
import torch
from pathlib import Path
from desktop.index.approximate import find_kind

vectors = np.random.default_rng(0).normal(size=(3000, 64)).astype(np.float32)
square = torch.from_numpy(vectors).T
kind = find_kind("faiss:ivf,int8")
path = Path(sys.argv[1])
for _ in range(3):
    kind.build(vectors, path, lambda _: None)
    part = kind.open(path, vectors)
    rows = [int(part.nearest(vectors[row], 5, 3000)[0]) for row in range(0, 3000, 100)]
    assert rows == list(range(0, 3000, 100)), rows
    assert torch.isfinite(square @ square.T).all()
print("well")
"""


def test_it_works_beside_torch(tmp_path: Path) -> None:
    """Each brings an OpenMP of its own."""
    command = [sys.executable, "-c", BESIDE_TORCH, str(tmp_path / "part")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "well"), done.stderr
