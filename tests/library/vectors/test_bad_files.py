"""Files of vectors that are cut off, foreign or mixed up get a sentence, and nothing is changed."""

from __future__ import annotations

import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from desktop.errors import UserError, VectorsUnusable
from desktop.library import Form, Job, Library, Places, Settings
from tests.colour_registry import ColourRegistry
from tests.library.vectors.conftest import VECTORS, Archive
from tests.ordinary_rights import ordinary_rights
from tests.shared_decoders import DECODERS

Columns = dict[str, Any]


@pytest.fixture(scope="module")
def untouched(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library into which nothing is taken."""
    places = Places.under(tmp_path_factory.mktemp("untouched"))
    library = Library.open(places, Settings(), ColourRegistry, DECODERS)
    library.folders.add(archive.photos)
    yield library
    library.close()


def refused(library: Library, path: Path) -> str:
    """The sentence; the catalog is as it was before, and no index was made."""
    before = library._catalog.revision()
    with pytest.raises(VectorsUnusable) as refusal:
        library.vectors.bring(path, Job())
    assert library._catalog.revision() == before
    assert refusal.value.message.endswith(".")
    return refusal.value.message


def rewritten(archive: Archive, form: Form, path: Path, change: Callable[[Columns], None]) -> Path:
    """The archive's file as another one; `change` gets its columns, and what it says of itself
    under "likeness"."""
    with np.load(archive.files[Form.NPZ]) as arrays:
        columns = {name: np.array(arrays[name]) for name in ("content_hash", "bytes", "vector")}
        columns["likeness"] = json.loads(str(arrays["likeness"]))
    change(columns)
    said = json.dumps(columns.pop("likeness"))
    if form is Form.NPZ:
        np.savez(path, likeness=np.array(said), **columns)
        return path
    vectors = columns.pop("vector")
    kinds = {"content_hash": pa.string(), "bytes": pa.int64()}
    rows = {name: pa.array(values.tolist(), kinds[name]) for name, values in columns.items()}
    rows["vector"] = pa.array(list(vectors), pa.list_(pa.from_numpy_dtype(vectors.dtype)))
    pq.write_table(pa.table(rows).replace_schema_metadata({"likeness": said}), path)
    return path


def of_a_later_version(columns: Columns) -> None:
    columns["likeness"]["version"] = 2


def of_another_dimension(columns: Columns) -> None:
    columns["vector"] = columns["vector"][:, :32]


def of_another_dimension_all_through(columns: Columns) -> None:
    of_another_dimension(columns)
    columns["vector"] /= np.linalg.norm(columns["vector"], axis=1, keepdims=True)
    columns["likeness"]["dim"] = 32


def of_another_model(columns: Columns) -> None:
    columns["likeness"]["model_id"] = "clip@1"


def of_parts_of_photos(columns: Columns) -> None:
    columns["likeness"]["model_id"] = "parts of photos@5 by colours@1"


def with_a_row_that_is_no_number(columns: Columns) -> None:
    columns["vector"][4, 7] = np.nan


def with_a_row_without_an_end(columns: Columns) -> None:
    columns["vector"][4, 7] = np.inf


def with_a_row_of_zeros(columns: Columns) -> None:
    columns["vector"][4] = 0


def not_of_unit_length(columns: Columns) -> None:
    columns["vector"] = columns["vector"] * 1.01


def with_a_hash_of_another_kind(columns: Columns) -> None:
    columns["content_hash"] = np.array([f"sha256:{each}" for each in columns["content_hash"]])


def with_a_row_too_few(columns: Columns) -> None:
    columns["likeness"]["rows"] = 8


def without_rows(columns: Columns) -> None:
    for name in ("content_hash", "bytes", "vector"):
        columns[name] = columns[name][:0]


def without_a_model(columns: Columns) -> None:
    del columns["likeness"]["model_id"]


def of_another_program(columns: Columns) -> None:
    columns["likeness"] = {"version": 1}


WRONG = {
    of_a_later_version: "later version of Likeness: it has version 2",
    of_another_dimension: "not 64 numbers",
    of_another_dimension_all_through: "have 32 numbers, and those of colours@1 have 64",
    of_another_model: "by clip@1, which is not on this computer; colours@1 answers here",
    of_parts_of_photos: "by parts of photos",
    with_a_row_that_is_no_number: "row 5 is not made of numbers",
    with_a_row_without_an_end: "row 5 is not made of numbers",
    with_a_row_of_zeros: "row 5 has length 0, and not 1",
    not_of_unit_length: "row 1 has length 1.01, and not 1",
    with_a_hash_of_another_kind: "row 1 has no content hash",
    with_a_row_too_few: "damaged or cut off",
    without_rows: "holds no vectors",
    without_a_model: "does not say by which model",
    of_another_program: "is no file of vectors",
}


@pytest.mark.parametrize("form", [Form.NPZ, Form.PARQUET])
@pytest.mark.parametrize("change", WRONG, ids=lambda each: each.__name__)
def test_a_file_that_is_wrong_is_refused_whole(
    archive: Archive,
    untouched: Library,
    tmp_path: Path,
    form: Form,
    change: Callable[[Columns], None],
) -> None:
    path = rewritten(archive, form, tmp_path / f"wrong.{form}", change)
    assert WRONG[change] in refused(untouched, path)


@pytest.mark.parametrize("form", [Form.NPZ, Form.PARQUET])
def test_what_another_program_wrote_after_the_document_is_taken(
    archive: Archive, laptop: Library, tmp_path: Path, form: Form
) -> None:
    """In float16, without sizes of files: each vector is made of length 1."""

    def change(columns: Columns) -> None:
        columns["vector"] = columns["vector"].astype(np.float16)
        del columns["bytes"]

    path = rewritten(archive, form, tmp_path / f"theirs.{form}", change)
    assert laptop.vectors.bring(path, Job()).n_photos == 7
    ids = laptop.photos.list_ids().tolist()
    _, vectors = laptop._catalog.made.get_vectors(ids, "colours@1")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_rows_that_are_mixed_up_are_noticed_by_photos_that_were_read_here(
    archive: Archive, laptop: Library, tmp_path: Path
) -> None:
    laptop.index(Job())

    def change(columns: Columns) -> None:
        columns["vector"] = columns["vector"][::-1]

    path = rewritten(archive, Form.NPZ, tmp_path / "mixed.npz", change)
    assert "rows are mixed up" in refused(laptop, path)


@pytest.mark.parametrize("form", VECTORS)
def test_a_file_that_is_cut_off_anywhere_is_refused(
    archive: Archive, untouched: Library, tmp_path: Path, form: Form
) -> None:
    whole = archive.files[form].read_bytes()
    path = tmp_path / f"cut.{form}"
    if form is Form.FAISS:
        beside = archive.files[form].with_name(f"{archive.files[form].name}.jsonl")
        shutil.copy(beside, tmp_path / "cut.faiss.jsonl")
    for n_bytes in sorted({0, 1, 4, 8, 40, len(whole) - 1, *range(0, len(whole), 211)}):
        path.write_bytes(whole[:n_bytes])
        refused(untouched, path)


@pytest.mark.parametrize("form", VECTORS)
def test_damaged_bytes_never_do_more_than_be_refused(
    archive: Archive, laptop: Library, tmp_path: Path, form: Form
) -> None:
    """A file of faiss has no checksums; what is left of it must still look like vectors."""
    whole = archive.files[form].read_bytes()
    path = tmp_path / f"damaged.{form}"
    if form is Form.FAISS:
        beside = archive.files[form].with_name(f"{archive.files[form].name}.jsonl")
        shutil.copy(beside, tmp_path / "damaged.faiss.jsonl")
    chance = random.Random(5)
    n_refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 4, 40))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))
        try:
            laptop.vectors.bring(path, Job())
        except UserError as error:
            assert isinstance(error, VectorsUnusable)
            n_refused += 1
    assert n_refused > 30


def test_files_of_other_kinds_are_refused(
    archive: Archive, untouched: Library, tmp_path: Path
) -> None:
    text, table, arrays = (tmp_path / name for name in ("a.txt", "b.parquet", "c.npz"))
    text.write_text("vectors")
    pq.write_table(pa.table({"vector": [[1.0]], "content_hash": ["0" * 32]}), table)
    np.savez(arrays, vector=np.eye(3))
    archived = tmp_path / "d.zip"
    with zipfile.ZipFile(archived, "w") as archive_file:
        archive_file.writestr("vector.npy", b"")
    photo = next((archive.photos / "deep").iterdir())
    for path in (text, table, arrays, archived, photo):
        assert "is no file of vectors" in refused(untouched, path)
    assert "There is no file" in refused(untouched, tmp_path / "absent.npz")
    assert "is a folder" in refused(untouched, tmp_path)
    text.chmod(0)
    with ordinary_rights():
        assert "may not be read" in refused(untouched, text)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(untouched: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "vectors.npz")
    assert "a pipe or a device" in refused(untouched, tmp_path / "vectors.npz")


def test_nothing_is_ever_unpickled(archive: Archive, untouched: Library, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return shutil.rmtree, (str(tmp_path / "here"),)

    for name in ("vector", "content_hash", "likeness", "bytes"):
        with np.load(archive.files[Form.NPZ]) as arrays:
            columns = dict(arrays)
        columns[name] = np.array([Trap()] * 7, object)
        path = tmp_path / f"{name}.npz"
        np.savez(path, **columns)
        refused(untouched, path)
    assert (tmp_path / "here").exists()


@pytest.mark.filterwarnings("ignore:builtin type .* has no __module__:DeprecationWarning")
def test_an_index_of_faiss_without_its_photos_is_refused(
    archive: Archive, laptop: Library, tmp_path: Path
) -> None:
    import faiss

    path = tmp_path / "a.faiss"
    flat = faiss.IndexFlatIP(64)
    flat.add(np.eye(64, dtype=np.float32))
    faiss.write_index(flat, str(path))
    assert "without ids of photos" in refused(laptop, path)
    with_ids = faiss.IndexIDMap(faiss.IndexHNSWFlat(64, 4))
    with_ids.add_with_ids(np.eye(64, dtype=np.float32), np.arange(64))
    faiss.write_index(with_ids, str(path))
    assert "does not hold whole vectors" in refused(laptop, path)
    shutil.copy(archive.files[Form.FAISS], path)
    assert "There is no file" in refused(laptop, path)
    beside = archive.files[Form.FAISS].with_name("archive.faiss.jsonl")
    lines = beside.read_text(encoding="ascii").splitlines(keepends=True)
    for wrong in ([lines[0], *lines[:0:-1]], [*lines, lines[-1]], lines[:-1], lines[1:]):
        (tmp_path / "a.faiss.jsonl").write_text("".join(wrong), encoding="ascii")
        refused(laptop, path)
    (tmp_path / "a.faiss.jsonl").write_text("".join(lines), encoding="ascii")
    assert laptop.vectors.bring(path, Job()).n_photos == 7
