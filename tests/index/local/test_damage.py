"""Whatever happened to the files: every photo is found, and the index mends itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from annoy import AnnoyIndex

from desktop.errors import IndexUnusable
from desktop.index.approximate import ANNOY
from desktop.index.approximate.forest import METRIC
from desktop.index.local import generation
from desktop.index.local.index import folder_name
from desktop.jobs import Job
from tests.index.shelf import MODEL, Shelf, clustered

DIM, N = 24, 1_500
ANNOY_NODE_BYTES = 4 * DIM + 12
"""Of an angular node in annoylib.h: n_descendants, two children, the vector."""

Damage = Callable[[Path], None]


def cut(name: str, n_bytes: int) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-n_bytes])

    return damage


def overwrite(name: str, place: int, content: bytes) -> Damage:
    def damage(folder: Path) -> None:
        whole = bytearray((folder / name).read_bytes())
        whole[place : place + len(content)] = content
        (folder / name).write_bytes(whole)

    return damage


def write(name: str, content: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_text(content)

    return damage


def edit(key: str, value: object) -> Damage:
    def damage(folder: Path) -> None:
        manifest = json.loads((folder / "gen-1.json").read_text())
        manifest[key] = value
        (folder / "gen-1.json").write_text(json.dumps(manifest))

    return damage


def remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


DAMAGES = {
    "ids cut": cut("gen-1.ids", 8),
    "vectors cut within a row": cut("gen-1.vectors", 3),
    "vectors cut between rows": cut("gen-1.vectors", 4 * DIM),
    "forest cut between nodes": cut("gen-1.ann", ANNOY_NODE_BYTES),
    "forest cut to half": lambda folder: cut(
        "gen-1.ann", (folder / "gen-1.ann").stat().st_size // 2
    )(folder),
    "forest empty": write("gen-1.ann", ""),
    "ids changed": overwrite("gen-1.ids", 80, b"\x63"),
    "vectors zeroed at the start": overwrite("gen-1.vectors", 0, bytes(4_096)),
    "one vector in the middle": overwrite("gen-1.vectors", 50 * 4 * DIM, bytes(16)),
    "forest zeroed at the end": overwrite("gen-1.ann", -4_096, bytes(4_095)),
    "ids gone": remove("gen-1.ids"),
    "vectors gone": remove("gen-1.vectors"),
    "forest gone": remove("gen-1.ann"),
    "manifest gone": remove("gen-1.json"),
    "manifest no JSON": write("gen-1.json", '{"format": 1,'),
    "manifest no object": write("gen-1.json", "[1]"),
    "manifest of another kind": write("gen-1.json", '{"format": 1}'),
    "newer format": edit("format", 3),
    "another model": edit("model_id", "colours/deep@4"),
    "another dimension": edit("dim", DIM * 2),
    "fewer photos": edit("n_items", N - 1),
    "more photos": edit("n_items", 10**12),
    "no photos": edit("n_items", 0),
    "photos in words": edit("n_items", "many"),
    "revision in words": edit("catalog_revision", "late"),
    "an approximate part of an unknown kind": edit("approximate", "oracle"),
    "an approximate part that the manifest denies": edit("approximate", ""),
    "current no JSON": write("current.json", ""),
    "current a list": write("current.json", "[]"),
    "current another": write("current.json", '{"generation": 9}'),
    "current in words": write("current.json", '{"generation": "x"}'),
}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(range(N), clustered(N, DIM))
    return shelf


@pytest.fixture(scope="module")
def healthy(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy")
    shelf.load(folder, DIM).rebuild(Job(), shelf.revision)
    return folder


@pytest.fixture
def folder(healthy: Path, tmp_path: Path) -> Path:
    shutil.copytree(healthy, tmp_path / "index")
    return tmp_path / "index"


def test_the_copy_is_healthy(shelf: Shelf, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    index = shelf.load(folder, DIM)
    assert not index.needs_rebuild
    assert index.snapshot.has_approximate
    assert not caplog.records


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_noticed_and_mended(
    shelf: Shelf, folder: Path, damage: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    damage(folder / folder_name(MODEL))
    index = shelf.load(folder, DIM)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert index.needs_rebuild
    ids, vectors = shelf.all()
    found = index.snapshot.search(vectors[77], N, exact_limit=0)
    assert found.is_exact
    assert sorted(found.photo_ids.tolist()) == ids.tolist()
    assert found.photo_ids[0] == 77
    index.rebuild(Job(), shelf.revision)
    assert not index.needs_rebuild
    again = shelf.load(folder, DIM)
    assert not again.needs_rebuild
    assert again.snapshot.n_tail == 0


def test_a_cut_file_is_told_by_its_size(folder: Path) -> None:
    """Annoy itself loads what is left."""
    ours = folder / folder_name(MODEL)
    cut("gen-1.ann", ANNOY_NODE_BYTES)(ours)
    annoy = AnnoyIndex(DIM, METRIC)
    assert annoy.load(str(ours / "gen-1.ann"))
    with pytest.raises(IndexUnusable, match="bytes"):
        generation.open_generation(ours, 1, MODEL, DIM, ANNOY)


def test_a_forest_of_other_photos_is_refused(folder: Path, tmp_path: Path) -> None:
    """Right in size, count and checksum, but its rows are other embeddings."""
    other = Shelf()
    other.put(range(N), clustered(N, DIM, seed=1))
    other.load(tmp_path / "other", DIM).rebuild(Job(), 1)
    ours = folder / folder_name(MODEL)
    shutil.copy(tmp_path / "other" / folder_name(MODEL) / "gen-1.ann", ours)
    edit("approximate_bytes", (ours / "gen-1.ann").stat().st_size)(ours)
    edit("checksum", generation._checksum(ours, 1))(ours)
    with pytest.raises(IndexUnusable, match="row 0 of the forest"):
        generation.open_generation(ours, 1, MODEL, DIM, ANNOY)


def test_ids_that_do_not_rise_are_refused(folder: Path) -> None:
    """Looking up an id relies on the order."""
    ours = folder / folder_name(MODEL)
    overwrite("gen-1.ids", 8, np.array([700], "<i8").tobytes())(ours)
    edit("checksum", generation._checksum(ours, 1))(ours)
    with pytest.raises(IndexUnusable, match="rise"):
        generation.open_generation(ours, 1, MODEL, DIM, ANNOY)


@pytest.mark.parametrize("n_kept", [0, 1_000, N - 1])
def test_a_catalog_that_was_made_anew_is_noticed(folder: Path, n_kept: int) -> None:
    """The same ids at low revisions, but other photos behind them: a new catalog, or an old one
    put back from a backup, of which the first photos are the same."""
    anew = Shelf()
    rows = clustered(N, DIM)
    rows[n_kept:] = clustered(N, DIM, seed=7)[n_kept:]
    anew.put(range(N), rows)
    index = anew.load(folder, DIM)
    assert index.needs_rebuild
    found = index.snapshot.search(rows[N - 1], 1)
    assert (found.photo_ids.tolist(), found.scores.tolist()) == ([N - 1], [1.0])


def test_files_that_cannot_be_read(shelf: Shelf, tmp_path: Path) -> None:
    """A folder where a file should be."""
    (tmp_path / folder_name(MODEL) / "current.json").mkdir(parents=True)
    index = shelf.load(tmp_path, DIM)
    assert index.needs_rebuild
    assert index.snapshot.n_items == N
