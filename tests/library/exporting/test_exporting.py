"""Photos go out as tables, folders and contact sheets: whole or not at all, and nothing is
overwritten or changed."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from desktop.errors import Cancelled, DiskFull, ExportFailed
from desktop.library import Exported, Form, Job, Library, Places, Query, copy_library
from desktop.library.exporting.place import Begun
from tests.cli.test_commands import CommandLine
from tests.colour_registry import ColourRegistry
from tests.ordinary_rights import ordinary_rights
from tests.pictures import draw
from tests.postgres_server import PostgresServer
from tests.shared_decoders import DECODERS
from tests.small_disk import small_disk

NAMES = ("one/red.jpg", "one/blue.jpg", "two/red.jpg", "two/café, “x”.jpg")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def library(home: Path) -> Iterator[Library]:
    for number, name in enumerate(NAMES):
        draw(home / "photos" / name, "blue" if "blue" in name else "red", number)
    library = Library.open(Places.under(home / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(home / "photos")
    library.index(Job())
    table = home / "table.csv"
    table.write_text("path,label\nblue,cold\none/red,warm\n", encoding="utf-8")
    library.attributes.import_file(table, Job())
    yield library
    library.close()


@pytest.fixture(autouse=True)
def photos_stay_as_they_are(library: Library) -> Iterator[None]:
    (folder,) = library.folders.list_all()

    def seen() -> dict[Path, tuple[int, int, bytes]]:
        files = [path for path in folder.path.rglob("*") if path.is_file()]
        stats = {path: path.stat() for path in files}
        return {each: (s.st_mtime_ns, s.st_ino, each.read_bytes()) for each, s in stats.items()}

    before = seen()
    yield
    assert seen() == before


def ids(library: Library) -> list[int]:
    """In the order of NAMES."""
    photos = library.photos.get(library.photos.list_ids().tolist())
    by_name = {photo.relative_path: photo.photo_id for photo in photos}
    return [by_name[name] for name in NAMES]


def export(library: Library, form: Form, place: Path) -> Exported:
    return library.exporting.export(ids(library), form, place, Job(), "Red, blue")


def test_a_table_has_a_row_for_each_photo_in_order(
    library: Library, home: Path, tmp_path: Path
) -> None:
    scores = {ids(library)[0]: 0.5}
    place = tmp_path / "new" / "out.csv"
    exported = library.exporting.export(ids(library), Form.CSV, place, Job(), scores=scores)
    assert exported == Exported((place,), 4)
    assert place.read_bytes().startswith(b"\xef\xbb\xbfpath,name,taken,"), "spreadsheets know it"
    with place.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [str(home / "photos" / name) for name in NAMES]
    assert [row["label"] for row in rows] == ["warm", "cold", "", ""]
    assert [row["score"] for row in rows] == ["0.5", "", "", ""]
    assert rows[0]["format"] == "JPEG" and int(rows[0]["width"]) > 0


def test_json_has_the_same(library: Library, tmp_path: Path) -> None:
    export(library, Form.JSON, tmp_path / "out.json")
    rows = json.loads((tmp_path / "out.json").read_text(encoding="ascii"))
    assert [row["attributes"] for row in rows] == [{"label": "warm"}, {"label": "cold"}, {}, {}]
    assert Path(rows[3]["path"]).name == Path(NAMES[3]).name
    assert "score" not in rows[0] and rows[0]["camera"] is None


def test_out_of_a_catalog_on_postgresql_comes_the_same(
    library: Library, postgres: PostgresServer, tmp_path: Path
) -> None:
    def out_of(library: Library, folder: Path) -> dict[str, object]:
        for form in (Form.CSV, Form.JSON, Form.LINKS, Form.PNG, Form.NPZ, Form.FAISS):
            export(library, form, folder / (form if form.is_folder else f"out.{form}"))
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        npz = folder / "out.npz"
        with np.load(npz) as arrays:
            files[npz] = repr({name: arrays[name].tolist() for name in arrays}).encode()
        return {path.relative_to(folder).as_posix(): each for path, each in files.items()}

    with postgres.catalog() as url:
        copy_library(library.places, url, Job())
        places = dataclasses.replace(Places.under(tmp_path / "other"), catalog_url=url)
        with closing(Library.open(places, None, ColourRegistry, DECODERS)) as other:
            there = out_of(other, tmp_path / "there")
    here = out_of(library, tmp_path / "here")
    assert len(here) == 10 and there == here


@pytest.mark.parametrize("form", [Form.LINKS, Form.COPIES])
def test_a_folder_gets_free_names_and_what_is_there_stays(
    library: Library, home: Path, tmp_path: Path, form: Form
) -> None:
    (tmp_path / "red.jpg").write_bytes(b"mine")
    exported = export(library, form, tmp_path)
    assert exported.n_photos == 4 and exported.left_out == ()
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"red.jpg", "red (2).jpg", "red (3).jpg", "blue.jpg", Path(NAMES[3]).name}
    assert (tmp_path / "red.jpg").read_bytes() == b"mine"
    second = home / "photos" / "two" / "red.jpg"
    assert (tmp_path / "red (3).jpg").read_bytes() == second.read_bytes()
    assert (tmp_path / "red (3).jpg").is_symlink() == (form is Form.LINKS)
    assert (tmp_path / "red (3).jpg").stat().st_mtime == second.stat().st_mtime


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON, Form.PDF, Form.PNG])
def test_a_file_that_is_there_is_not_overwritten(
    library: Library, tmp_path: Path, form: Form
) -> None:
    place = tmp_path / f"out.{form}"
    place.write_bytes(b"mine")
    exported = export(library, form, place)
    assert exported.places == (tmp_path / f"out (2).{form}",)
    assert place.read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_contact_sheets_show_photos_with_captions(library: Library, tmp_path: Path) -> None:
    many = ids(library) * 6  # 24: two pages
    exported = library.exporting.export(many, Form.PNG, tmp_path / "sheet.png", Job(), "Title")
    assert [path.name for path in exported.places] == ["sheet-001.png", "sheet-002.png"]
    with Image.open(exported.places[0]) as page:
        colours = {
            colour for _, colour in page.convert("RGB").quantize(8).convert("RGB").getcolors() or ()
        }
        assert any(red > 150 and blue < 110 for red, _, blue in colours), "red photos"
        assert any(blue > 150 and red < 110 for red, _, blue in colours), "and blue ones"


def test_what_a_pdf_says_can_be_searched_and_copied(library: Library, tmp_path: Path) -> None:
    many = ids(library) * 6  # 24: two pages
    place = tmp_path / "sheet.pdf"
    (pdf,) = library.exporting.export(many, Form.PDF, place, Job(), "Красное и Ελλάδα").places
    pages = PdfReader(pdf).pages
    assert len(pages) == 2
    assert [len(page.images) for page in pages] == [4, 4], "one that comes again is kept once"
    said = [page.extract_text() for page in pages]
    assert "Красное и Ελλάδα" in said[0]
    assert ("1 of 2" in said[0], "2 of 2" in said[1]) == (True, True)
    assert (said[0] + said[1]).count("café, “x”.jpg") == 6
    assert "warm" in said[0]
    assert all(float(side) > 590 for side in pages[0].mediabox[2:]), "A4 in points"


def test_a_pdf_without_any_font_of_the_system_has_the_letters_that_every_reader_has(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FONTS", "_OTHER_FONTS"):
        monkeypatch.setattr(f"desktop.library.exporting.paper.{name}", ())
    place = tmp_path / "sheet.pdf"
    library.exporting.export(ids(library), Form.PDF, place, Job(), "Ελλάδα, café")
    said = PdfReader(place).pages[0].extract_text()
    assert "??????, café" in said
    assert "café, “x”.jpg" in said


def test_names_that_a_drive_refuses_are_made_plain(tmp_path: Path) -> None:
    """A real file system that takes at most 255 bytes."""
    made = Begun()
    wanted = tmp_path / ("é" * 200 + ":?.jpg")
    path = made.make(wanted, lambda each: each.touch(exist_ok=False))
    assert path.suffix == ".jpg" and len(os.fsencode(path.name)) <= 255
    again = made.make(wanted, lambda each: each.touch(exist_ok=False))
    assert again != path and again.exists()
    made.take_away()
    assert list(tmp_path.iterdir()) == []


def test_photos_that_are_gone_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        draw(tmp_path / "photos" / f"red{seed}.jpg", "red", seed)
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    (tmp_path / "photos" / "red1.jpg").unlink()
    likeness = CommandLine(library, capsys)
    said = likeness("export", "copies", tmp_path / "out", "type:jpg", "--sort", "folder")
    assert said.strip() == f"2 photos: {tmp_path / 'out'}"
    assert "1 photo (red1.jpg)" in likeness.error_output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["red0.jpg", "red2.jpg"]
    for path in (tmp_path / "photos").iterdir():
        path.unlink()
    for form in (Form.LINKS, Form.COPIES):
        with pytest.raises(ExportFailed, match="None of these photos"):
            likeness("export", form, tmp_path / "none")
        assert not (tmp_path / "none").exists()
    library.close()


@pytest.mark.parametrize("form", list(Form))
def test_a_cancelled_export_leaves_nothing(library: Library, tmp_path: Path, form: Form) -> None:
    def stop(_: object) -> None:
        if (tmp_path / "new").exists():
            job.cancel()

    job = Job(stop)
    with pytest.raises(Cancelled):
        library.exporting.export(ids(library) * 100, form, tmp_path / "new" / "out", job)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.LINKS])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    library: Library, tmp_path: Path, form: Form
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        disk.fill(leave_bytes=4096)
        many = ids(library) * (400 if form in (Form.CSV, Form.JSON) else 20)
        with pytest.raises(DiskFull) as refusal:
            library.exporting.export(many, form, disk.path / "out", Job())
        assert "taken away" in refusal.value.hint
        assert [path.name for path in disk.path.iterdir()] == ["ballast"]


@pytest.mark.parametrize("form", list(Form))
def test_a_place_that_may_not_be_written_is_a_sentence(
    library: Library, tmp_path: Path, form: Form
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    with ordinary_rights(), pytest.raises(ExportFailed) as refusal:
        export(library, form, locked / "out")
    assert refusal.value.message.endswith(".") and refusal.value.hint.endswith(".")
    blocked = tmp_path / "file"
    blocked.write_bytes(b"mine")
    with pytest.raises(ExportFailed):
        export(library, form, blocked / "out")
    assert list(locked.iterdir()) == [] and blocked.read_bytes() == b"mine"


@pytest.mark.parametrize("form", [Form.CSV, Form.PDF, Form.NPZ])
def test_a_folder_or_a_device_is_no_file_to_be_written(
    library: Library, tmp_path: Path, form: Form
) -> None:
    places = [tmp_path, *(each for each in (Path("/dev/null"),) if each.exists())]
    for place in places:
        with pytest.raises(ExportFailed, match=r"is a (folder|pipe or a device)"):
            export(library, form, place)
        assert not place.with_name(f"{place.name} (2)").exists()


def test_nothing_to_export_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="no photo"):
        library.exporting.export([], Form.CSV, tmp_path / "out.csv", Job())
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_exports_what_is_asked_for(
    library: Library, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    likeness = CommandLine(library, capsys)
    told = likeness.json("export", "json", tmp_path / "all.json")
    assert told == {"places": [str(tmp_path / "all.json")], "photos": 4, "left_out": []}
    likeness("export", "json", tmp_path / "warm.json", "label:warm")
    likeness("export", "json", tmp_path / "two.json", "--folder", home / "photos" / "two")
    likeness("export", "json", tmp_path / "found.json", "blue", "-n", "1")
    library.saved.save("Cold", Query("label:cold"))
    likeness("export", "json", tmp_path / "saved.json", "--saved", "Cold")

    def names(file: str) -> list[str]:
        rows = json.loads((tmp_path / file).read_text(encoding="ascii"))
        return sorted(row["name"] for row in rows)

    assert names("warm.json") == ["red.jpg"]
    assert names("two.json") == ["café, “x”.jpg", "red.jpg"]
    assert names("found.json") == names("saved.json") == ["blue.jpg"]
    assert "score" in json.loads((tmp_path / "found.json").read_text(encoding="ascii"))[0]
    with pytest.raises(SystemExit):
        likeness("export", "csv", tmp_path / "x.csv", "blue", "--saved", "Cold")
