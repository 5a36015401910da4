"""Vectors go out into tables of Milvus and ClickHouse, and come back from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop.errors import Cancelled, EngineUnavailable, VectorsUnusable
from desktop.index import parse_place
from desktop.index.tables import places as table_places
from desktop.index.tables.clickhouse import ClickHouseTables
from desktop.index.tables.milvus import MilvusTables
from desktop.library import Form, Job, Library, Progress
from desktop.library.exporting import exporting
from desktop.library.vectors import tables as written_tables
from tests.cli.test_commands import CommandLine
from tests.index.conftest import clickhouse_server, milvus_server  # noqa: F401
from tests.index.stores.programs import PASSWORD, Program
from tests.library.vectors.conftest import N_PHOTOS, Archive
from tests.library.vectors.test_out_and_in import vectors_of
from tests.shared_decoders import Decodes

TABLES = [form for form in Form if form.is_table]


class HereTables:
    """As HostedTables, in this process, where it can be looked into."""

    def __new__(cls, _: str, make: Any, *arguments: object) -> Any:  # type: ignore[misc]
        return make(*arguments)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_places, "HostedTables", HereTables)


@pytest.fixture(scope="module")
def places(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> dict[Form, str]:
    """The archive in a folder of Milvus Lite and in one of chdb, each by a helper process."""
    home = tmp_path_factory.mktemp("tables")
    ids = archive.library.photos.list_ids().tolist()
    found = {}
    for form in TABLES:
        exported = archive.library.exporting.export(
            ids, form, home / form, Job(), model_id="colours@1"
        )
        assert exported.n_photos == N_PHOTOS and exported.places == ()
        assert exported.table == f"{home / form}#likeness_vectors"
        found[form] = exported.table
    return found


@pytest.mark.parametrize("form", TABLES)
def test_an_archive_is_searchable_elsewhere_without_being_read(
    archive: Archive, laptop: Library, decodes: Decodes, places: dict[Form, str], form: Form
) -> None:
    brought = laptop.vectors.bring(places[form], Job())
    assert (brought.n_rows, brought.n_photos, brought.n_unknown) == (N_PHOTOS, N_PHOTOS, 0)
    assert vectors_of(laptop) == vectors_of(archive.library), "to the last bit"
    assert (laptop.index(Job()).embedded, decodes.n) == (0, 0)
    folder = places[form].partition("#")[0]
    assert laptop.vectors.bring(Path(folder), Job()).n_there == N_PHOTOS, "the usual table"


def test_clickhouse_has_a_table_for_anybody(archive: Archive, places: dict[Form, str]) -> None:
    tables = ClickHouseTables(places[Form.CLICKHOUSE].partition("#")[0], "", "")
    said = json.loads(tables.header("likeness_vectors") or "")
    assert (said["format"], said["version"], said["rows"]) == ("likeness-vectors", 1, N_PHOTOS)
    names = "photo_id, content_hash, path, taken, width, latitude, bytes, vector"
    rows = tables._link.ask(f"SELECT {names} FROM likeness_vectors ORDER BY photo_id")
    photos = archive.library.photos.get([row[0] for row in rows])
    assert len(photos) == N_PHOTOS
    for (_, content, path, taken, width, latitude, size, vector), photo in zip(
        rows, photos, strict=True
    ):
        assert photo.metadata is not None
        assert (content, path, size) == (photo.content_hash, str(photo.path), photo.size_bytes)
        assert (taken, width) == (photo.metadata.taken_at, photo.metadata.width_px)
        assert latitude is None and len(vector) == 64
    tables.close()


def test_milvus_has_a_collection_that_is_searched(
    archive: Archive, places: dict[Form, str]
) -> None:
    tables = MilvusTables(places[Form.MILVUS].partition("#")[0], "")
    assert tables.count("likeness_vectors") == N_PHOTOS
    client = tables._link.client()
    photo = archive.library.photos.get(archive.library.photos.list_ids().tolist())[0]
    _, (vector,) = archive.library._catalog.made.get_vectors([photo.photo_id], "colours@1")
    (hits,) = client.search(
        "likeness_vectors",
        [vector],
        limit=N_PHOTOS,
        filter="photo_id > 0",
        output_fields=["path", "taken", "latitude"],
    )
    best = {hit["photo_id"]: hit["entity"] for hit in hits if hit["distance"] > 0.9999}
    assert photo.metadata is not None and photo.metadata.taken_at is not None
    assert best[photo.photo_id]["path"] == str(photo.path)
    assert best[photo.photo_id]["taken"] == photo.metadata.taken_at.isoformat()
    assert best[photo.photo_id]["latitude"] is None
    tables.close()


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.usefixtures("in_this_process")
def test_a_long_table_is_read_in_pages(
    archive: Archive,
    laptop: Library,
    places: dict[Form, str],
    form: Form,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(written_tables, "AT_ONCE", 2)
    assert laptop.vectors.bring(places[form], Job()).n_photos == N_PHOTOS
    assert vectors_of(laptop) == vectors_of(archive.library)


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.usefixtures("in_this_process")
def test_what_is_stopped_leaves_nothing_and_nothing_is_overwritten(
    archive: Archive, tmp_path: Path, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)

    def stop(progress: Progress) -> None:
        if progress.done >= 4:
            job.cancel()

    ids = archive.library.photos.list_ids().tolist()
    export = archive.library.exporting.export
    folder = tmp_path / "all" / "of it"
    job = Job(stop)
    with pytest.raises(Cancelled):
        export(ids, form, folder, job, model_id="colours@1")
    assert not folder.exists()
    place = f"{folder}#holiday"
    assert export(ids[:3], form, place, Job(), model_id="colours@1").table == place
    job = Job(stop)
    with pytest.raises(Cancelled):
        export(ids, form, place, job, model_id="colours@1")
    assert export(ids, form, place, Job(), model_id="colours@1").table == f"{place}_2"
    tables = parse_place(form, place).open()
    assert tables.list_names() == ["holiday", "holiday_2"]
    assert [tables.count(name) for name in tables.list_names()] == [3, N_PHOTOS]
    tables.close()


def header_of(version: int, dim: int = 64) -> str:
    said = {"format": "likeness-vectors", "version": version, "model_id": "colours@1", "dim": dim}
    return json.dumps(said)


@pytest.fixture(params=TABLES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Form, Path]]:
    yield request.param, tmp_path / "made"


@pytest.mark.usefixtures("in_this_process")
def test_tables_that_are_wrong_are_refused_whole(
    laptop: Library, folder: tuple[Form, Path]
) -> None:
    form, path = folder
    kind = parse_place(form, str(path))
    tables = kind.open()
    columns = {"photo_id": int, "content_hash": str}
    cells = {"photo_id": [1, 2], "content_hash": ["0" * 32, "1" * 32]}
    good = np.eye(64, dtype=np.float32)[:2]
    made = {
        "later": ("a later version of Likeness: it has version 2", header_of(2), good),
        "unfinished": ("was never finished", None, good),
        "foreign": ("is no file of vectors", '{"format": "ducks"}', good),
        "longer": ("row 2 has length 2, and not 1", header_of(1), good * [[1], [2]]),
        "other_dim": ("have 32 numbers, and those of colours@1 have 64", header_of(1, 32), good),
        "cut_off": ("damaged or cut off", header_of(1)[:-1] + ', "rows": 5}', good),
    }
    for name, (_, header, vectors) in made.items():
        tables.create(name, columns, 64)
        tables.append(name, cells, vectors.astype(np.float32))
        if header is not None:
            tables.finish(name, header)
    tables.close()
    before = laptop._catalog.revision()
    for name, (says, _, _) in made.items():
        with pytest.raises(VectorsUnusable, match=says):
            laptop.vectors.bring(f"{path}#{name}", Job())
    with pytest.raises(VectorsUnusable, match="There is no table likeness_vectors") as refusal:
        laptop.vectors.bring(path, Job())
    assert "There are cut_off, foreign" in refusal.value.hint
    assert laptop._catalog.revision() == before


def test_a_place_that_cannot_be_is_refused_in_a_sentence(
    archive: Archive, laptop: Library, tmp_path: Path
) -> None:
    ids = archive.library.photos.list_ids().tolist()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    for form, place, says in (
        (Form.MILVUS, tmp_path / "full", "is there already, and holds no tables of milvus"),
        (Form.CLICKHOUSE, tmp_path / "full" / "letter.txt", "is there already"),
        (Form.MILVUS, "https://me:secret@there:1", "may hold no password"),
        (Form.CLICKHOUSE, "clickhouse://there/db?password=x", "may hold no password"),
        (Form.CLICKHOUSE, "http://there:1", "begins with clickhouse://"),
        (Form.MILVUS, "http://127.0.0.1:1", "gives no answer"),
    ):
        with pytest.raises(EngineUnavailable, match=says):
            archive.library.exporting.export(ids, form, place, Job(), model_id="colours@1")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
    with pytest.raises(EngineUnavailable, match="may hold no password"):
        laptop.vectors.bring("clickhouses://me:secret@there/db", Job())


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.usefixtures("in_this_process")
def test_out_to_a_server_and_in_from_there_on_the_command_line(
    archive: Archive,
    laptop: Library,
    form: Form,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server: Program = request.getfixturevalue(f"{form}_server")
    token = f"likeness:{PASSWORD}" if form is Form.MILVUS else PASSWORD
    place = f"{server.uri}#out_and_in"
    likeness = CommandLine(archive.library, capsys)
    with pytest.raises(EngineUnavailable, match="does not accept"):
        likeness("export", form, place, "--model", "colours")
    monkeypatch.setenv("LIKENESS_ENGINE_TOKEN", token)
    said = likeness("export", form, place, "--model", "colours")
    assert said.strip() == f"{N_PHOTOS} photos: {place}"
    told = likeness.json("export", "--to", form, place, "--model", "colours")
    assert (told["places"], told["photos"]) == ([f"{place}_2"], N_PHOTOS)
    taken = CommandLine(laptop, capsys)("import", place)
    assert taken.strip() == f"{N_PHOTOS} photos of {N_PHOTOS} by colours@1"
    assert vectors_of(laptop) == vectors_of(archive.library)


@pytest.mark.parametrize("name", ["bad name", "1st", "x;drop", ""])
def test_a_name_that_no_table_can_have_is_refused(name: str) -> None:
    with pytest.raises(EngineUnavailable, match="No table can be called"):
        parse_place("clickhouse", f"clickhouse://me@there/photos#{name}")
