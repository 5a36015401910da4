"""Tables of attributes: how they are written is found out, rows meet their photos, and a bad file
changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import Cancelled, NameUnusable, TableUnusable
from desktop.library import Event, Imported, Job, Library, PhotosChanged, Places, Progress, Query
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the photos are, and the data of the library."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def opened(home: Path) -> Iterator[Library]:
    for folder, colour in (("one", "red"), ("one", "blue"), ("two", "red"), ("two", "green")):
        draw(home / "Pictures" / folder / f"{colour}.jpg", colour, len(folder + colour))
    library = Library.open(Places.under(home / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(home / "Pictures")
    library.index(Job())
    yield library
    library.close()


@pytest.fixture
def library(opened: Library) -> Iterator[Library]:
    """The same for all tests, without attributes."""
    yield opened
    for attribute in opened.attributes.list():
        opened.attributes.remove(attribute.name)


Bring = Callable[..., Imported]


@pytest.fixture
def bring(library: Library, tmp_path: Path) -> Bring:
    def bring(text: str | bytes, encoding: str = "utf-8") -> Imported:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return library.attributes.import_file(path, Job())

    return bring


def said(library: Library) -> dict[str, dict[str, str]]:
    """Folder and name of each photo -> what attributes say of it."""
    photos = library.photos.get(library.photos.list_ids().tolist())
    found = library.attributes.of([photo.photo_id for photo in photos])
    return {
        photo.path.relative_to(photo.path.parents[1]).as_posix(): dict(found[photo.photo_id])
        for photo in photos
        if photo.photo_id in found
    }


def hits(library: Library, text: str) -> set[str]:
    results = library.search(Query(text))
    photos = library.photos.get([hit.photo_id for hit in results.hits])
    return {photo.path.relative_to(photo.path.parents[1]).as_posix() for photo in photos}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize(
    ("delimiter", "ends"), [(",", "\r"), (";", "\r\n"), ("\t", "\n"), ("|", "\n")]
)
def test_encoding_and_delimiter_are_found_out(
    library: Library, bring: Bring, encoding: str, delimiter: str, ends: str
) -> None:
    rows = ["file,Über-Label,score", "one/blue.jpg,été,0.25", 'green.jpg,"a b",1', ""]
    imported = bring(ends.join(rows).replace(",", delimiter), encoding)
    assert imported.delimiter == delimiter
    assert imported.column == "file" and imported.attributes == ("Über-Label", "score")
    assert said(library) == {
        "one/blue.jpg": {"Über-Label": "été", "score": "0.25"},
        "two/green.jpg": {"Über-Label": "a b", "score": "1"},
    }


def test_what_windows_wrote_without_unicode_is_read(library: Library, bring: Bring) -> None:
    bring("file;art\nblue.jpg;Müll\n", "cp1252")
    assert said(library) == {"one/blue.jpg": {"art": "Müll"}}


def test_commas_are_decimal_where_they_do_not_part_cells(library: Library, bring: Bring) -> None:
    bring("file;score\nblue.jpg;0,25\n")
    assert hits(library, "score:<0.5") == {"one/blue.jpg"}
    bring('file,score\nblue.jpg,"0,25"\n')
    assert hits(library, "score:<0.5") == set()
    assert hits(library, 'score:"0,25"') == {"one/blue.jpg"}


def test_rows_find_their_photos_by_paths_and_names(
    library: Library, bring: Bring, home: Path
) -> None:
    whole = home / "Pictures" / "two" / "red.jpg"
    imported = bring(f"label,where\na,{whole}\nb,ONE\\Red.JPG\nc,./blue\nd,../two/green.jpg\n")
    assert imported.column == "where", "by what its cells hold"
    assert said(library) == {
        "two/red.jpg": {"label": "a"},
        "one/red.jpg": {"label": "b"},
        "one/blue.jpg": {"label": "c"},
        "two/green.jpg": {"label": "d"},
    }


def test_a_path_from_the_tables_own_folder_tells_twins_apart(library: Library, home: Path) -> None:
    table = home / "Pictures" / "two" / "labels.csv"
    table.write_text("path,label\nred.jpg,mine\n", encoding="utf-8")
    library.attributes.import_file(table, Job())
    assert said(library) == {"two/red.jpg": {"label": "mine"}}


def test_rows_that_match_none_or_several_are_counted_and_shown(
    library: Library, bring: Bring
) -> None:
    rows = ["path,label", "blue.jpg,a", "gone.jpg,b", "red.jpg,c", ",d", "blue.jpg,e", "x,f", "y,g"]
    imported = bring("\n".join(rows))
    assert (imported.n_rows, imported.n_photos, imported.n_repeated) == (7, 1, 1)
    assert imported.unmatched.n == 4
    assert imported.unmatched.examples == ((3, "gone.jpg"), (5, ""), (7, "x"))
    assert (imported.several.n, imported.several.examples) == (1, ((4, "red.jpg"),))
    assert said(library) == {"one/blue.jpg": {"label": "e"}}


def test_importing_again_replaces_what_the_rows_say_and_nothing_else(
    library: Library, bring: Bring
) -> None:
    bring("path,label,score\nblue.jpg,cat,1\ngreen.jpg,dog,2\n")
    bring("path,Label,score\nblue.jpg,mouse,\n")
    assert said(library) == {
        "one/blue.jpg": {"label": "mouse"},
        "two/green.jpg": {"label": "dog", "score": "2"},
    }


BAD = {
    "empty": b"",
    "headings only": b"path,label\n",
    "one column": b"path\nblue.jpg\n",
    "no photo of ours": b"path,label\nelsewhere.jpg,cat\n",
    "only several": b"path,label\nred.jpg,cat\n",
    "more cells than headings": b"path,label\nblue.jpg,cat\ngreen.jpg,dog,2\n",
    "two of one name": b"path,label,LABEL\nblue.jpg,cat,dog\n",
    "no other heading": b"path,\nblue.jpg,cat\n",
    "a workbook": b"PK\x03\x04\x00\x00 and more",
    "a photo": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 and more" + bytes(50),
    "no UTF-16": b"\xff\xfepath,label\nblue.jpg,cat\n\x00\xd8",
    "no headings": b"blue.jpg,cat\ngreen.jpg,dog\n",
    "no headings, with folders": b"one/red.jpg,cat\nblue.jpg,dog\n",
    "a quote that is never closed": b'path,label\nblue.jpg,"cat\n' + b"green.jpg,dog\n" * 20_000,
    "a huge cell": b"path,label\nblue.jpg," + b"x" * 200_000 + b"\n",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_file_is_a_sentence_and_changes_nothing(
    library: Library, bring: Bring, content: bytes
) -> None:
    bring("path,label\nblue.jpg,cat\ngreen.jpg,dog\n")
    before = said(library)
    with pytest.raises(TableUnusable) as refusal:
        bring(content)
    assert refusal.value.message.endswith(".") and "table.csv" in refusal.value.message
    assert not refusal.value.hint or refusal.value.hint.endswith(".")
    assert said(library) == before


def test_where_a_quote_is_never_closed_is_said(bring: Bring) -> None:
    with pytest.raises(TableUnusable, match="the row that begins in line 3") as refusal:
        bring('path,label\ngreen.jpg,dog\nblue.jpg,"cat\n' + "green.jpg,dog\n" * 20_000)
    assert "quote" in refusal.value.hint


def test_a_heading_may_be_called_as_a_photo_is(bring: Bring) -> None:
    assert bring("blue,label\nblue.jpg,cat\n").column == "blue"


def test_columns_without_a_heading_are_counted_and_many_names_are_cut(bring: Bring) -> None:
    assert bring(",path,label,\n0,blue.jpg,cat,x\n").n_unnamed == 2
    names = [f"a{number}" for number in range(500)]
    many = bring(f"path,{','.join(names)}\nblue.jpg{',1' * 500}\n")
    assert many.named.startswith("a0, a1, ") and many.named.endswith("a11 and 488 more")


def test_a_file_that_is_not_there_is_a_sentence(library: Library, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(TableUnusable):
            library.attributes.import_file(path, Job())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(library: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "table.csv")
    with pytest.raises(TableUnusable, match="a pipe or a device"):
        library.attributes.import_file(tmp_path / "table.csv", Job())


def test_a_cancelled_import_changes_nothing(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("path,label\n" + "blue.jpg,cat\n" * 3_000, encoding="utf-8")

    def stop(progress: Progress) -> None:
        if progress.done:
            job.cancel()

    job = Job(stop)
    with pytest.raises(Cancelled):
        library.attributes.import_file(path, job)
    assert said(library) == {} and library.attributes.names == frozenset()


def test_attributes_are_asked_for_in_searches(library: Library, bring: Bring) -> None:
    assert library.search(Query("label:cat")).total == 4, "words, as long as there is no label"
    table = "path,label,my score\none/red.jpg,Cat,0.9\nblue.jpg,dog,0.4\ngreen.jpg,cat,0.1\n"
    bring(table)
    assert hits(library, "label:cat") == {"one/red.jpg", "two/green.jpg"}
    assert hits(library, "label:ca") == set()
    assert hits(library, '-label:cat "my score":*') == {"one/blue.jpg"}
    assert hits(library, '"my score":<0.5 "my score":>0.2') == {"one/blue.jpg"}
    assert hits(library, "-label:*") == {"two/red.jpg"}
    assert hits(library, "label:cat label:dog") == {"one/red.jpg", "one/blue.jpg", "two/green.jpg"}
    assert library.search(Query("green label:cat")).total == 2
    assert "two/green.jpg" in hits(library, "green label:cat")
    library.attributes.remove("LABEL")
    assert library.attributes.names == {"my score"}
    with pytest.raises(NameUnusable, match="label"):
        library.attributes.remove("label")


def test_saved_searches_ask_for_attributes(library: Library, bring: Bring) -> None:
    bring("path,label\nblue.jpg,cat\n")
    saved = library.saved.save("Cats", Query("label:cat"))
    assert library.saved.count(library.saved.query_of(saved)).n == 1


def test_another_process_sees_what_was_brought(bring: Bring, home: Path) -> None:
    other = Library.open(Places.under(home / "data"), None, ColourRegistry, DECODERS)
    bring("path,label\nblue.jpg,cat\n")
    assert hits(other, "label:cat") == {"one/blue.jpg"}
    assert other.status().attributes == {"label"}
    other.close()


def test_values_come_in_the_order_asked_for(library: Library, bring: Bring) -> None:
    bring("path,label,score\nblue.jpg,cat,0.5\ngreen.jpg,dog,much\n")
    ids = {photo.path.stem: photo.photo_id for photo in library.photos.get(range(1, 9))}
    column = library.attributes.values("SCORE", [ids["green"], ids["red"], ids["blue"]])
    assert column.texts == ("much", None, "0.5")
    assert column.numbers[2] == 0.5 and all(column.numbers[:2] != column.numbers[:2])
    assert library.attributes.values("label", []).texts == ()
    (label, score) = library.attributes.list()
    assert (label.n_photos, label.n_values, label.is_number) == (2, 2, False)
    assert (score.n_numbers, score.is_number) == (1, False)


def test_what_has_changed_is_told(library: Library, bring: Bring) -> None:
    events: list[Event] = []
    library.listen(events.append)
    bring("path,label\nblue.jpg,cat\n")
    assert any(isinstance(event, PhotosChanged) for event in events)
