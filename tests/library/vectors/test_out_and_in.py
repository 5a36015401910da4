"""Vectors go out of one library and into another one, whose photos are searchable then without
being read."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from desktop.errors import Cancelled, ExportFailed, ExtraMissing, ModelUnavailable, VectorsUnusable
from desktop.jobs import wait
from desktop.library import Brought, Form, Job, Library, PhotosChanged, Query
from desktop.library.exporting import exporting
from desktop.library.indexing import check_up as check_up_module
from desktop.library.vectors import npz
from tests.cli.test_commands import CommandLine
from tests.library.vectors.conftest import N_PHOTOS, NAMES, VECTORS, Archive, OpenLaptop
from tests.pictures import draw
from tests.shared_decoders import Decodes


def vectors_of(library: Library, model_id: str = "colours@1") -> dict[str, bytes]:
    """By content, to the last bit."""
    photos = library.photos.get(library.photos.list_ids().tolist())
    ids, rows = library._catalog.made.get_vectors([each.photo_id for each in photos], model_id)
    of_photo = dict(zip(ids.tolist(), rows, strict=True))
    return {
        str(each.content_hash): of_photo[each.photo_id].tobytes()
        for each in photos
        if each.photo_id in of_photo
    }


def n_found(library: Library) -> int:
    return len(library.search(Query("red")).hits)


@pytest.mark.parametrize("form", VECTORS)
def test_an_archive_is_searchable_elsewhere_without_being_read(
    archive: Archive, laptop: Library, decodes: Decodes, form: Form
) -> None:
    brought = laptop.vectors.bring(archive.files[form], Job())
    assert brought == Brought("colours@1", "colours", True, N_PHOTOS, N_PHOTOS, 0, 0, 0, False)
    assert vectors_of(laptop) == vectors_of(archive.library)
    assert n_found(laptop) == N_PHOTOS
    assert laptop.status().counts.waiting == 0
    taken = {photo.metadata.taken_at for photo in laptop.photos.get([1, 2]) if photo.metadata}
    assert len(taken) == 2, "dates are read without decoding"
    summary = laptop.index(Job())
    assert (summary.embedded, decodes.n) == (0, 0)
    again = laptop.vectors.bring(archive.files[form], Job())
    assert (again.n_photos, again.n_there) == (0, N_PHOTOS), "nothing twice"


def test_parquet_is_a_table_for_anybody(archive: Archive) -> None:
    table = pq.read_table(archive.files[Form.PARQUET])
    said = json.loads(table.schema.metadata[b"likeness"])
    assert (said["format"], said["version"]) == ("likeness-vectors", 1)
    assert (said["model_id"], said["dim"]) == ("colours@1", 64)
    rows = table.to_pylist()
    assert sorted(row["name"] for row in rows) == sorted(NAMES)
    photos = archive.library.photos.get([row["photo_id"] for row in rows])
    for row, photo in zip(rows, photos, strict=True):
        assert photo.metadata is not None
        assert row["path"] == str(photo.path) and row["bytes"] == photo.size_bytes
        assert row["content_hash"] == photo.content_hash
        assert row["taken"] == photo.metadata.taken_at and row["format"] == "JPEG"
        assert row["latitude"] is None and row["width"] == photo.metadata.width_px
        vector = np.array(row["vector"], np.float32).tobytes()
        assert vector == vectors_of(archive.library)[row["content_hash"]]


def test_npz_is_arrays_for_numpy_without_pickles(archive: Archive) -> None:
    with np.load(archive.files[Form.NPZ], allow_pickle=False) as arrays:
        assert json.loads(str(arrays["likeness"]))["model_id"] == "colours@1"
        assert arrays["vector"].shape == (N_PHOTOS, 64) and arrays["vector"].dtype == np.float32
        assert sorted(arrays["name"].tolist()) == sorted(NAMES)
        assert arrays["taken"].dtype.kind == "M" and np.isnan(arrays["latitude"]).all()
        photos = archive.library.photos.get(arrays["photo_id"].tolist())
        assert [photo.content_hash for photo in photos] == arrays["content_hash"].tolist()
        assert [photo.size_bytes for photo in photos] == arrays["bytes"].tolist()


@pytest.mark.filterwarnings("ignore:builtin type .* has no __module__:DeprecationWarning")
def test_faiss_reads_what_it_would_have_written_itself(archive: Archive) -> None:
    import faiss

    path = archive.files[Form.FAISS]
    index = faiss.read_index(str(path))
    photo_ids = archive.library.photos.list_ids()
    _, rows = archive.library._catalog.made.get_vectors(photo_ids.tolist(), "colours@1")
    by_id = dict(zip(sorted(photo_ids.tolist()), rows, strict=True))
    vectors = np.stack([by_id[photo_id] for photo_id in photo_ids.tolist()])
    scores, nearest = index.search(vectors, 1)
    assert np.allclose(scores, 1) and set(nearest[:, 0]) <= set(photo_ids.tolist())
    assert (np.stack([index.reconstruct(each) for each in photo_ids.tolist()]) == vectors).all()
    theirs = faiss.IndexIDMap2(faiss.IndexFlatIP(64))
    theirs.add_with_ids(vectors, photo_ids)
    assert faiss.serialize_index(theirs).tobytes() == path.read_bytes()
    lines = path.with_name(f"{path.name}.jsonl").read_text(encoding="ascii").splitlines()
    assert [json.loads(line)["photo_id"] for line in lines[1:]] == photo_ids.tolist()


def test_photos_that_are_unknown_here_are_counted(
    archive: Archive, laptop: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        (tmp_path / "mine" / f"{number}.jpg").unlink()
    draw(tmp_path / "mine" / "only here.jpg", "black", 99)
    likeness = CommandLine(laptop, capsys)
    said = likeness("import", archive.files[Form.PARQUET])
    assert said.strip() == f"{N_PHOTOS - 3} photos of {N_PHOTOS} by colours@1"
    assert "no photo here has that content: 3 rows" in likeness.error_output
    assert "reads the rest: 1 photo" in likeness.error_output
    assert laptop.index(Job()).embedded == 1


def test_a_photo_that_has_changed_keeps_no_vector_of_before(
    archive: Archive, laptop: Library, tmp_path: Path
) -> None:
    laptop.vectors.bring(archive.files[Form.NPZ], Job())
    draw(tmp_path / "mine" / "0.jpg", "white", 77)
    assert laptop.index(Job()).embedded == 1
    before = vectors_of(laptop)
    assert laptop.vectors.bring(archive.files[Form.NPZ], Job()).n_unknown == 1
    assert vectors_of(laptop) == before


def test_vectors_of_a_model_that_is_not_here_are_kept_if_that_is_meant(
    archive: Archive, laptop: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.npz"
    with np.load(archive.files[Form.NPZ]) as arrays:
        columns = dict(arrays)
    said = json.loads(str(columns["likeness"]))
    columns["likeness"] = np.array(json.dumps({**said, "model_id": "elsewhere@3"}))
    np.savez(path, **columns)
    likeness = CommandLine(laptop, capsys)
    with pytest.raises(VectorsUnusable, match="elsewhere@3, which is not on this computer") as told:
        likeness("import", path)
    assert "--model elsewhere@3" in told.value.hint
    assert laptop.models.count_embeddings() == {}
    with pytest.raises(VectorsUnusable, match="by elsewhere@3, and not by colours"):
        likeness("import", path, "--model", "colours")
    likeness("import", path, "--model", "elsewhere@3")
    assert "kept until it is" in likeness.error_output
    assert laptop.models.count_embeddings() == {"elsewhere@3": N_PHOTOS}
    assert laptop.status().counts.waiting == N_PHOTOS, "the model in use has read none"


def test_vectors_of_the_coming_model_let_it_answer(archive: Archive, laptop: Library) -> None:
    laptop.index(Job())
    laptop.models.use("colours-2")
    assert laptop.status().model.name == "colours"
    brought = laptop.vectors.bring(archive.others, Job())
    assert (brought.answers, brought.n_waiting) == (True, 0)
    assert laptop.status().model.name == "colours-2" and laptop.status().coming_model is None
    assert laptop.index(Job()).embedded == 0


def test_two_processes_on_one_catalog(
    archive: Archive, open_laptop: OpenLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window is open, and another process brings vectors of photos whose content is known."""
    monkeypatch.setattr(check_up_module, "HEED_EVERY_S", 0.05)
    window = open_laptop()
    window.vectors.bring(archive.others, Job(), "colours-2")
    told = threading.Event()
    window.listen(lambda event: told.set() if isinstance(event, PhotosChanged) else None)
    window.indexing.pause()
    window.start()
    assert wait(lambda _: window.indexing._process_lock.is_locked, 10)
    assert n_found(window) == 0
    told.clear()
    command_line = open_laptop()
    brought = command_line.vectors.bring(archive.files[Form.PARQUET], Job())
    assert (brought.n_photos, brought.is_busy) == (N_PHOTOS, True)
    assert wait(lambda _: n_found(window) == N_PHOTOS, 10)
    assert told.wait(10)
    assert window.status().counts.waiting == 0


def test_the_window_takes_files_in_that_it_has_not_read_yet(
    archive: Archive, laptop: Library, decodes: Decodes
) -> None:
    """Its ingest thread compares them, though reading them is paused."""
    laptop.indexing.pause()
    laptop.start()
    brought = laptop.vectors.bring(archive.files[Form.FAISS], Job())
    assert (brought.n_photos, brought.is_busy, decodes.n) == (N_PHOTOS, False, 0)
    assert laptop.indexing.is_paused
    assert n_found(laptop) == N_PHOTOS


def test_what_was_taken_stays_when_it_is_stopped(
    archive: Archive, laptop: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "AT_ONCE", 3)

    def stop(progress: object) -> None:
        if "Taking" in str(progress) and laptop.models.count_embeddings():
            job.cancel()

    job = Job(stop)
    with pytest.raises(Cancelled):
        laptop.vectors.bring(archive.files[Form.NPZ], job)
    assert laptop.models.count_embeddings() == {"colours@1": 3}
    rest = laptop.vectors.bring(archive.files[Form.NPZ], Job())
    assert (rest.n_photos, rest.n_there) == (N_PHOTOS - 3, 3)


def test_copies_get_the_vector_of_their_content(
    archive: Archive, laptop: Library, tmp_path: Path
) -> None:
    shutil.copy(tmp_path / "mine" / "0.jpg", tmp_path / "mine" / "copy.jpg")
    assert laptop.vectors.bring(archive.files[Form.NPZ], Job()).n_photos == N_PHOTOS + 1


def test_photos_that_were_not_read_are_left_out_and_told(
    archive: Archive, laptop: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    likeness = CommandLine(laptop, capsys)
    likeness("import", archive.files[Form.NPZ])
    draw(tmp_path / "mine" / "new.jpg", "black", 5)
    laptop.indexing._ingest.scan(laptop.indexing._rules(), Job())
    told = likeness.json("export", "--to", "npz", tmp_path / "all.npz")
    assert told == {
        "places": [str(tmp_path / "all.npz")],
        "photos": N_PHOTOS,
        "left_out": [],
        "unread": 1,
    }
    likeness("export", "npz", tmp_path / "red.npz", "name:new name:0")
    assert "has not read them yet: 1 photo" in likeness.error_output
    with np.load(tmp_path / "red.npz") as arrays:
        assert arrays["name"].tolist() == ["0.jpg"]
    with pytest.raises(ExportFailed, match="None of these photos has a vector by colours-2@7"):
        likeness("export", "npz", tmp_path / "none.npz", "--model", "colours-2")
    with pytest.raises(ModelUnavailable, match="called nobody"):
        likeness("export", "npz", tmp_path / "none.npz", "--model", "nobody")
    assert not (tmp_path / "none.npz").exists()


def test_neither_of_the_two_files_of_faiss_is_overwritten(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    (tmp_path / "out.faiss.jsonl").write_text("mine")
    ids = archive.library.photos.list_ids().tolist()
    places = archive.library.exporting.export(ids, Form.FAISS, tmp_path / "out.faiss", Job()).places
    assert [path.name for path in places] == ["out (2).faiss", "out (2).faiss.jsonl"]
    assert (tmp_path / "out.faiss.jsonl").read_text() == "mine"
    assert not (tmp_path / "out.faiss").exists()
    assert places[0].read_bytes() == archive.files[Form.FAISS].read_bytes()


def test_without_its_package_parquet_is_refused_in_a_sentence(
    archive: Archive, laptop: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ids = archive.library.photos.list_ids().tolist()
    with pytest.raises(ExtraMissing) as refusal:
        archive.library.exporting.export(ids, Form.PARQUET, tmp_path / "out.parquet", Job())
    assert "likeness[parquet]" in refusal.value.hint
    with pytest.raises(ExtraMissing):
        laptop.vectors.bring(archive.files[Form.PARQUET], Job())
    assert not (tmp_path / "out.parquet").exists()


def test_the_two_ways_of_naming_the_format(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    likeness = CommandLine(archive.library, capsys)
    likeness("export", "--to", "csv", tmp_path / "one.csv", "red", "-n", "1", "photo")
    likeness("export", tmp_path / "two.csv", "--to=csv", "red", "photo", "-n", "1")
    likeness("export", "csv", tmp_path / "three.csv", "red", "photo", "-n", "1")
    one, two, three = (tmp_path / f"{name}.csv" for name in ("one", "two", "three"))
    assert one.read_bytes() == two.read_bytes() == three.read_bytes() != b""
    for wrong in (
        ("export",),
        ("export", "csv"),
        ("export", "bmp", tmp_path / "x"),
        ("export", "--to", "bmp", tmp_path / "x"),
        ("export", "csv", tmp_path / "x", "--model", "colours"),
        ("export", "--to", "csv"),
    ):
        with pytest.raises(SystemExit):
            likeness(*map(str, wrong))
