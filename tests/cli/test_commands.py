"""The commands with a real library that knows colours; tests/e2e has the whole program."""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from desktop.cli import parse
from desktop.cli.commands import COMMANDS, run
from desktop.errors import (
    CatalogDamaged,
    ExamplesUnusable,
    FolderUnusable,
    MapUndrawn,
    ModelUnavailable,
    NameUnusable,
    PhotoUnreadable,
    QueryUnanswerable,
    UserError,
)
from desktop.library import Effort, Job, Library, PhotoPart, Places, Query
from desktop.library.care.process_lock import process_lock
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw, draw_halves, draw_nine
from tests.shared_decoders import DECODERS


class CommandLine:
    """Runs commands on one library and keeps what they say."""

    def __init__(self, library: Library, capsys: pytest.CaptureFixture[str]) -> None:
        self.library = library
        self._capsys = capsys
        self.error_output = ""

    def __call__(self, *argv: str | Path, code: int = 0) -> str:
        arguments = parse([str(argument) for argument in argv])
        assert COMMANDS[arguments.command](self.library, arguments) == code
        said = self._capsys.readouterr()
        self.error_output = said.err
        return said.out

    def json(self, *argv: str | Path, code: int = 0) -> Any:
        return json.loads(self(*argv, "--json", code=code))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw_nine(tmp_path / "photos")


@pytest.fixture
def likeness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    yield CommandLine(library, capsys)
    library.close()


@pytest.fixture
def indexed(likeness: CommandLine, photos: Path) -> CommandLine:
    likeness("add", photos)
    likeness("index")
    return likeness


def test_folders_are_added_listed_and_removed(likeness: CommandLine, photos: Path) -> None:
    assert "likeness add" in likeness("folders")
    assert str(photos) in likeness("add", photos)
    assert likeness("folders").splitlines()[1].split() == ["0", "watched", str(photos)]
    assert str(photos) in likeness("remove", photos)
    assert likeness.library.folders.list_all() == []
    assert len(list(photos.iterdir())) == 9


def test_a_folder_that_is_gone_can_be_removed(indexed: CommandLine, photos: Path) -> None:
    photos.rename(photos.with_name("elsewhere"))
    indexed("remove", photos)
    assert indexed.json("status")["folders"] == []


@pytest.fixture
def stored(indexed: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many embeddings the files of the index hold, which has some of all photos."""
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 5)
    indexed("index")
    index_path = indexed.library.places.index_path
    row_bytes = 4 * ColourEmbedder.dim

    def count_rows() -> int:
        return sum(path.stat().st_size for path in index_path.rglob("gen-*.vectors")) // row_bytes

    assert count_rows() == 9
    return count_rows


def test_a_removed_folder_leaves_the_index_files_at_once(
    indexed: CommandLine, photos: Path, tmp_path: Path, stored: Callable[[], int]
) -> None:
    draw(tmp_path / "other" / "white.jpg", "white")
    indexed("add", tmp_path / "other")
    indexed("index")

    assert indexed("remove", photos) == f"Forgotten: {photos}; the files are where they were.\n"

    assert stored() == 1
    assert indexed.json("search", "white")["searched"] == 1


def test_so_do_photos_that_are_forgotten_since_they_are_gone(
    indexed: CommandLine, photos: Path, stored: Callable[[], int]
) -> None:
    for path in sorted(photos.iterdir())[:7]:
        path.unlink()

    indexed("index", "--missing", "forget")

    assert stored() == 2


def test_where_the_window_has_the_library_it_is_said_that_it_tidies(
    indexed: CommandLine, photos: Path, stored: Callable[[], int]
) -> None:
    with process_lock(indexed.library.places):
        indexed("remove", photos)

    assert "is open or indexing" in indexed.error_output
    assert stored() == 9, "which is for the other one to do"


def test_removing_what_is_not_watched_is_refused(likeness: CommandLine, tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable) as refused:
        likeness("remove", tmp_path)
    assert "likeness folders" in refused.value.hint


def test_index_ends_with_a_summary(likeness: CommandLine, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(5000))
    likeness("add", photos)
    summary = likeness.json("index")
    assert {key: summary[key] for key in ("photos", "new", "changed", "renamed", "missing")} == {
        "photos": 10,
        "new": 10,
        "changed": 0,
        "renamed": 0,
        "missing": 0,
    }
    assert summary["problems"] == 1
    assert "Indexing photos" in likeness.error_output

    headings, figures = likeness("index").splitlines()
    assert headings.split()[:6] == ["Photos", "New", "Changed", "Renamed", "Missing", "Problems"]
    assert figures.split()[:6] == ["10", "0", "0", "0", "0", "1"]


def test_a_search_answers_in_the_promised_form(indexed: CommandLine, photos: Path) -> None:
    answer = indexed.json("search", "blue", "-n", "3")
    keys = {"query", "model", "searched", "total", "elapsed_ms", "verdict", "coverage", "hits"}
    assert set(answer) == keys
    assert answer["verdict"] == "found"
    covered = {"searched": 9, "total": 9, "waiting": 0, "unreadable": 0, "missing": []}
    assert answer["coverage"] == covered
    assert (answer["query"], answer["model"]) == ("blue", "colours@1")
    assert (answer["searched"], answer["total"]) == (9, 9)
    assert len(answer["hits"]) == 3
    for hit in answer["hits"]:
        told = {"band", "probability", "by_name", "attributes", "same", "part", "parts"}
        assert set(hit) == {"path", "score", "photo_id"} | told
        assert hit["band"] == "likely"
        assert 0.4 <= hit["probability"] <= 1
        told = {"score": hit["score"], "band": "likely", "probability": hit["probability"]}
        assert hit["parts"] == [{"clause": "blue", **told}]
        assert Path(hit["path"]).parent == photos
        assert Path(hit["path"]).name.startswith("blue")
        assert -1 <= hit["score"] <= 1


def test_a_search_prints_a_table(indexed: CommandLine, photos: Path) -> None:
    lines = indexed("search", "red", "-n", "2").splitlines()
    assert lines[0].split() == ["Score", "Match", "Photo"]
    assert len(lines) == 3
    assert lines[1].rsplit("  ", 1)[1].startswith(str(photos / "red"))


def test_a_table_says_which_clause_carried_a_photo(indexed: CommandLine) -> None:
    heading, first, *_ = indexed("search", "red -blue", "-n", "2").splitlines()
    assert heading.split() == ["Score", "Match", "Why", "Photo"]
    (hit, _) = indexed.json("search", "red -blue", "-n", "2")["hits"]
    red, blue = hit["parts"]
    assert (red["clause"], blue["clause"]) == ("red", "-blue")
    assert f"  red {red['probability']:.0%}, -blue {blue['probability']:.0%}  " in first
    assert hit["probability"] == pytest.approx(
        min(red["probability"], 1 - blue["probability"]), abs=1e-3
    )


def test_a_table_says_that_a_photo_is_called_so(likeness: CommandLine, tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "Norway" / "blue.png", "blue", 1)
    draw(tmp_path / "photos" / "red.png", "red", 2)
    likeness("add", tmp_path / "photos")
    likeness("index")
    heading, first, second = likeness("search", "norway").splitlines()
    assert "Why" in heading and "it is called so" in first and "Norway" in first
    assert "it is called so" not in second


def test_photos_that_are_meant_move_the_question(indexed: CommandLine, photos: Path) -> None:
    def first(*marks: str | Path) -> str:
        return Path(indexed.json("search", "red", *marks)["hits"][0]["path"]).name

    assert first("--more", photos / "blue1.jpg") == "blue1.jpg"
    marks = ("--more", photos / "green1.jpg", "--less", photos / "red0.jpg")
    hits = indexed.json("search", "red", *marks, "--less", photos / "red1.jpg", "-n", "9")["hits"]
    names = [Path(hit["path"]).name for hit in hits]
    assert names[0] == "green1.jpg" and set(names[-2:]) == {"red0.jpg", "red1.jpg"}
    with pytest.raises(ExamplesUnusable, match=r"gone\.jpg"):
        indexed("search", "red", "--more", photos / "gone.jpg")


def test_words_hold_beside_a_photo(indexed: CommandLine, photos: Path) -> None:
    draw(photos / "red.png", "red", 8)
    indexed("index")
    answer = indexed.json("similar", photos / "red0.jpg", "--words", "type:png")
    assert [Path(hit["path"]).name for hit in answer["hits"]] == ["red.png"]
    answer = indexed.json("similar", photos / "red0.jpg", "--words", "blue, -red", "-n", "1")
    assert [part["clause"] for part in answer["hits"][0]["parts"]] == ["blue", "-red"]
    with pytest.raises(QueryUnanswerable, match="means nothing"):
        indexed("similar", photos / "red0.jpg", "--words", "year:soon")


def test_min_score_leaves_out_the_rest(indexed: CommandLine) -> None:
    answer = indexed.json("search", "green", "--min-score", "0.9")
    assert {Path(hit["path"]).name for hit in answer["hits"]} == {
        "green0.jpg",
        "green1.jpg",
        "green2.jpg",
    }


def test_only_some_photos_are_asked(indexed: CommandLine, photos: Path) -> None:
    (photos / "2019" / "Norway").mkdir(parents=True)
    draw(photos / "2019" / "Norway" / "red.png", "red", 7)
    draw(photos / "2019" / "red.jpg", "red", 8)
    long_ago_s = datetime(2019, 5, 17, 12).timestamp()
    for path in photos.glob("2019/**/red.*"):
        os.utime(path, (long_ago_s, long_ago_s))
    indexed("index")

    def found(*options: str | Path) -> set[str]:
        words = indexed.json("search", "red", "-n", "99", *options)
        likeness = indexed.json("similar", photos / "red0.jpg", "-n", "99", *options)
        names = {Path(hit["path"]).name for hit in words["hits"]}
        assert names - {"red0.jpg"} == {Path(hit["path"]).name for hit in likeness["hits"]}
        assert len(names) == words["searched"] == words["total"]
        return names

    assert found("--folder", photos / "2019") == {"red.png", "red.jpg"}
    assert found("--folder", photos / "2019" / "Norway") == {"red.png"}
    assert found("--folder", photos / "2019" / "Norway", "--type", "jpg") == set()
    assert found("--type", "PNG") == {"red.png"}
    assert len(found("--folder", photos)) == len(found("--type", "jpeg")) + 1 == 11
    assert found("--before", "2020") == found("--after", "2019-05", "--before", "2019-06")
    assert found("--before", "2020") == {"red.png", "red.jpg"}
    assert found("--before", "2019-05-17") == set()
    assert found("--after", "2019-05-17T12:00", "--before", "2019-05-17T12:01") != set()
    assert len(found("--after", "2019-05-18")) == 9


def test_a_folder_that_was_unplugged_is_told_at_once(indexed: CommandLine, photos: Path) -> None:
    photos.rename(photos.with_name(".unplugged"))
    indexed("search", "red")
    assert indexed.error_output.endswith(f": {photos} missing.\n")
    assert indexed.json("search", "red")["coverage"]["missing"] == [str(photos)]


def test_what_finds_nothing_likely_says_so(indexed: CommandLine) -> None:
    assert indexed("search", "red year:1970") == "No photo meets the conditions.\n"
    indexed("search", "black blue", "-n", "1")
    assert indexed.error_output == "None of these is certain.\n"


def test_words_that_seem_mistyped_are_asked_about(indexed: CommandLine) -> None:
    indexed("search", "red moutain", "-n", "1")
    assert "Did you mean “red mountain”?\n" in indexed.error_output
    answer = indexed.json("search", "red moutain", "-n", "1")
    assert answer["query"] == "red moutain", "it is asked as it is"
    assert answer["did_you_mean"] == {
        "text": "red mountain",
        "words": {"moutain": "mountain"},
    }
    assert "did_you_mean" not in indexed.json("search", "red mountain", "-n", "1")


def test_which_days_were_understood_is_said(indexed: CommandLine, photos: Path) -> None:
    then_s = datetime(2021, 5, 31, 23, 59).timestamp()
    os.utime(photos / "red0.jpg", (then_s, then_s))
    indexed("index")
    indexed("search", "red spring 2021")
    assert indexed.error_output == (
        "“spring 2021” is read as a date, from 2021-03-01 to 2021-05-31, or called so; "
        "in quotes it is words.\n"
    )
    answer = indexed.json("search", "red since 2019 before 2022")
    assert [Path(hit["path"]).name for hit in answer["hits"]] == ["red0.jpg"]
    assert answer["dates"] == [
        {"words": "since 2019", "condition": "after:2019", "since": "2019-01-01", "before": None},
        {"words": "before 2022", "condition": "before:2022", "since": None, "before": "2022-01-01"},
    ]
    indexed("search", "red year:2021")
    assert indexed.error_output == ""


def test_a_photo_is_a_clause_beside_words(indexed: CommandLine, photos: Path) -> None:
    answer = indexed.json("search", f'like:red0.jpg, -like:"{photos / "blue0.jpg"}"')
    assert answer["hits"][0]["path"].startswith(str(photos / "red"))
    clauses = [part["clause"] for part in answer["hits"][0]["parts"]]
    assert clauses == ["like:red0.jpg", f"-like:{photos / 'blue0.jpg'}"]
    assert not {"red0.jpg", "blue0.jpg"} & {Path(hit["path"]).name for hit in answer["hits"]}
    with pytest.raises(QueryUnanswerable, match=r"gone\.jpg"):
        indexed("search", "like:gone.jpg")


def test_photos_teach_what_a_name_means(likeness: CommandLine, tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        for seed in range(6):
            draw(tmp_path / "photos" / f"{colour}{seed}.jpg", colour, seed)
    likeness("add", tmp_path / "photos")
    likeness("index")
    photos = tmp_path / "photos"
    reds = [photos / f"red{seed}.jpg" for seed in range(5)]
    assert "Nothing has been taught" in likeness("concepts")
    said = likeness("concepts", "teach", "my red", *reds, "--not", photos / "blue0.jpg")
    assert "search 'concept:\"my red\"'" in said
    assert "my red" in likeness("concepts")
    (listed,) = likeness.json("concepts", "list")
    assert listed["name"] == "my red" and len(listed["photos"]) == 5 and listed["lost"] == 0
    assert listed["not"] == [str(photos / "blue0.jpg")]
    hits = likeness.json("search", 'concept:"my red"')["hits"]
    assert {Path(hit["path"]).name for hit in hits[:6]} == {f"red{at}.jpg" for at in range(6)}
    with pytest.raises(UserError, match="no photo of the library"):
        likeness("concepts", "teach", "x", tmp_path / "else.jpg")
    likeness("searches", "save", "Roses", 'concept:"my red"')
    assert "“warm” now" in likeness("concepts", "rename", "My Red", "warm")
    assert "“Warm ones” now" in likeness("searches", "rename", "Roses", "Warm ones")
    (saved,) = likeness.json("searches", "list")
    assert (saved["name"], saved["text"]) == ("Warm ones", "concept:warm")
    with pytest.raises(UserError, match="my red"):
        likeness("concepts", "rename", "my red", "x")
    likeness("concepts", "forget", "Warm")
    assert "Nothing has been taught" in likeness("concepts")


def test_a_search_says_what_it_means(indexed: CommandLine, photos: Path) -> None:
    (photos / "Norway").mkdir()
    draw(photos / "Norway" / "red.png", "red", 7)
    indexed("index")

    def found(text: str) -> list[str]:
        return [Path(hit["path"]).name for hit in indexed.json("search", text)["hits"]]

    assert found("red folder:norway") == ["red.png"]
    assert found("red type:png") == found("name:RED.png") == ["red.png"]
    assert "red.png" not in found("red -folder:norway")
    assert len(found("type:png type:jpeg")) == 10
    assert found("year:1999") == []
    hit = indexed.json("search", "red, 2*blue -green", "-n", "1")["hits"][0]
    assert [part["clause"] for part in hit["parts"]] == ["red", "2*blue", "-green"]
    assert hit["score"] == min(part["score"] for part in hit["parts"][:2])
    with pytest.raises(UserError, match="“soon” means nothing after “after:”") as refused:
        indexed("search", "red after:soon")
    assert "after:2020-05" in refused.value.hint


def test_a_folder_that_is_not_watched_holds_no_photos(indexed: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(FolderUnusable, match="is not in a watched folder, and holds none"):
        indexed("search", "red", "--folder", tmp_path / "other")


def test_a_photo_or_nothing_at_all_is_no_folder(indexed: CommandLine, photos: Path) -> None:
    for name in ("red-0.png", "no such folder"):
        with pytest.raises(FolderUnusable, match=f"There is no folder .*{name}"):
            indexed("search", "red", "--folder", photos / name)


def test_a_folder_that_holds_watched_ones_means_all_of_them(
    indexed: CommandLine, tmp_path: Path
) -> None:
    draw(tmp_path / "other" / "red.jpg", "red", 9)
    draw(tmp_path / "elsewhere" / "red.jpg", "red", 8)
    indexed("add", tmp_path / "other")
    indexed("add", tmp_path / "elsewhere")
    indexed("index")
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(FolderUnusable, match="holds several watched folders") as refused:
        indexed("searches", "save", "Red", "red", "--folder", tmp_path)
    assert f"folder:{tmp_path}/" in refused.value.hint
    for path in (tmp_path, tmp_path / "link", tmp_path / "other" / ".."):
        assert indexed.json("search", "red", "--folder", path)["total"] == 11
    assert indexed.json("search", "red", "--folder", tmp_path / "link" / "other")["total"] == 1


def test_a_file_of_queries_is_answered_line_by_line(indexed: CommandLine, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_bytes("\ufeffred\r\n\nblue".encode())
    answers = [
        json.loads(line)
        for line in indexed("search", "--queries", queries, "--json", "-n", "1").splitlines()
    ]
    assert [answer["query"] for answer in answers] == ["red", "", "blue"]
    assert [len(answer["hits"]) for answer in answers] == [1, 0, 1]
    assert answers[1]["error"].endswith(".")
    assert "error" not in answers[0]
    assert Path(answers[2]["hits"][0]["path"]).name.startswith("blue")


def test_a_bad_path_does_not_stop_the_others(
    indexed: CommandLine, photos: Path, tmp_path: Path
) -> None:
    outside = draw(tmp_path / "outside.png", "red", seed=9)
    text = tmp_path / "text.jpg"
    text.write_text("not a picture at all, but long enough to be looked at" * 100)
    paths = tmp_path / "paths.txt"
    asked = [
        str(outside),
        str(tmp_path / "absent.jpg"),
        str(text),
        "a\0b",
        str(photos / "blue0.jpg"),
    ]
    paths.write_text("\n".join(asked))

    said = indexed("similar", "--paths", paths, "--json", "-n", "2").splitlines()

    answers = [json.loads(line) for line in said]
    assert [answer["query"] for answer in answers] == asked
    assert ["error" in answer for answer in answers] == [False, True, True, True, False]
    assert Path(answers[0]["hits"][0]["path"]).name.startswith("red")
    assert {Path(hit["path"]).name for hit in answers[4]["hits"]} == {"blue1.jpg", "blue2.jpg"}


@pytest.mark.parametrize(
    ("encoding", "line_end"),
    [
        ("utf-8", "\r"),
        ("utf-8-sig", "\r\n"),
        ("utf-16", "\r\n"),
        ("utf-16-le", "\n"),
        ("utf-16-be", "\n"),
        ("utf-32", "\n"),
        ("utf-32-le", "\n"),
        ("utf-32-be", "\r\n"),
    ],
)
def test_a_file_of_queries_may_come_from_any_editor(
    indexed: CommandLine, tmp_path: Path, encoding: str, line_end: str
) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_bytes(f"Жук{line_end}blue{line_end}".encode(encoding))
    answers = indexed("search", "--queries", queries, "--json", "-n", "1").splitlines()
    assert [json.loads(answer)["query"] for answer in answers] == ["Жук", "blue"]


def test_a_line_that_is_no_text_is_refused_and_the_rest_answered(
    indexed: CommandLine, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_bytes(b"red\ncaf\xe9\nblue\nre\0d\n")
    said = indexed("search", "--queries", queries, "--json", "-n", "1").splitlines()
    answers = [json.loads(line) for line in said]
    assert [len(answer["hits"]) for answer in answers] == [1, 0, 1, 0]
    assert answers[1]["error"] == "“caf\udce9” is no UTF-8 text."


@pytest.mark.skipif(os.name != "posix", reason="only there a name may be any bytes")
def test_what_is_typed_may_be_no_text(indexed: CommandLine, photos: Path) -> None:
    bad = os.fsdecode(b"caf\xe9")
    draw(photos / bad / f"{bad}.png", "yellow")
    indexed("index")
    with pytest.raises(QueryUnanswerable, match="is no UTF-8 text"):
        indexed("search", bad)
    for name, text in ((bad, "red"), ("Red", bad), ("Red", f"folder:{bad}")):
        with pytest.raises(UserError, match="is no UTF-8 text"):
            indexed("searches", "save", name, text)
    for text in (f"folder:{bad}", f"name:{bad}", f"folder:{photos}/{bad}"):
        (hit, *_) = indexed.json("search", text)["hits"]
        assert Path(hit["path"]).name == f"{bad}.png"
    assert indexed.json("search", f"red like:{bad}.png")["hits"]


def test_a_file_that_is_not_what_it_says_is_refused(indexed: CommandLine, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_bytes(b"\xff\xfe\x00\xd8\x00")
    with pytest.raises(UserError, match="says it is utf-16"):
        indexed("search", "--queries", queries, "--json")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_line_of_queries_has_an_end(indexed: CommandLine) -> None:
    with pytest.raises(UserError, match="a line of more than 1,000,000 letters"):
        indexed("search", "--queries", "/dev/zero", "--json")


def test_good_folders_are_added_beside_a_wrong_one(
    likeness: CommandLine, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    said = likeness("add", photos, "", tmp_path / "typo", "file://nas/photos", other, code=1)
    assert said.splitlines() == [f"Watching {photos}", f"Watching {other}"]
    assert "No folder can be at “”: it is empty." in likeness.error_output
    assert "typo" in likeness.error_output
    assert "on another computer, nas" in likeness.error_output
    assert [folder.path for folder in likeness.library.folders.list_all()] == [photos, other]


@pytest.mark.skipif(os.name != "posix", reason="such names exist on POSIX only")
def test_what_is_long_is_cut_in_sentences_but_not_in_json(
    indexed: CommandLine, tmp_path: Path
) -> None:
    words = "very long " * 1000
    with pytest.raises(FolderUnusable) as refused:
        indexed("search", "red", "--folder", tmp_path / ("f" * 5000))
    assert len(refused.value.message) <= 500
    assert indexed.json("search", f"{words}red")["query"] == f"{words}red"
    paths = tmp_path / "paths.txt"
    paths.write_text("p" * 5000)
    answer = json.loads(indexed("similar", "--paths", paths, "--json"))
    assert len(answer["query"]) == 5000 and len(answer["error"]) <= 500


def test_a_name_cannot_act_in_a_table(likeness: CommandLine, photos: Path) -> None:
    os.rename(photos / "red0.jpg", photos / "red\n\x1b[2J\u202e.png")
    (photos / "broken\n.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4000))
    likeness("add", photos)
    likeness("index")
    for command in (["search", "red"], ["similar", photos / "blue0.jpg"], ["problems"]):
        said = likeness(*command)
        assert "\x1b" not in said and "\u202e" not in said
        assert all(str(photos) in line for line in said.splitlines()[1:])
    assert "red\\n\\x1b[2J\\u202e.png" in likeness("search", "red")
    (first, *_) = likeness.json("search", "red")["hits"]
    assert Path(first["path"]).exists(), "in JSON the name is what it is"


def test_where_nothing_was_read_yet_a_search_says_so(likeness: CommandLine, photos: Path) -> None:
    likeness("add", photos)
    for text in ("red", "type:png"):
        assert likeness("search", text).startswith("No photo")
        assert "No photo has been read yet; `likeness index`" in likeness.error_output
    likeness("index")
    likeness("search", "type:gif")
    assert "has been read" not in likeness.error_output


def test_where_nothing_is_watched_yet_that_is_said(likeness: CommandLine) -> None:
    said = "No folder is watched yet; `likeness add FOLDER` adds one."
    assert said in likeness("folders")
    for command in (("index",), ("search", "red")):
        likeness(*command)
        assert said in likeness.error_output


def test_an_empty_name_is_not_taken_for_the_current_folder(likeness: CommandLine) -> None:
    for name in ("", "  "):
        assert likeness("add", name, code=1) == ""
        assert f"No folder can be at “{name}”: it is empty." in likeness.error_output
    assert likeness.library.folders.list_all() == []


def test_a_folder_may_be_given_by_its_url(likeness: CommandLine, photos: Path) -> None:
    assert likeness("add", photos.as_uri()) == f"Watching {photos}\n"


def test_a_file_of_queries_that_is_not_there_is_a_sentence(indexed: CommandLine) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        indexed("search", "--queries", "no-such-file", "--json")


def test_similar_leaves_the_photo_itself_out(indexed: CommandLine, photos: Path) -> None:
    answer = indexed.json("similar", photos / "green0.jpg", "-n", "2")
    assert answer["query"] == str(photos / "green0.jpg")
    assert {Path(hit["path"]).name for hit in answer["hits"]} == {"green1.jpg", "green2.jpg"}


def test_similar_to_a_part_finds_what_that_shows(indexed: CommandLine, tmp_path: Path) -> None:
    both = draw_halves(tmp_path / "both.png", "green", "blue", (400, 300), share=0.75)
    asked = ("similar", both, "-n", "3")

    def found(box: str) -> set[str]:
        answer = indexed.json(*asked, "--box", box)
        assert answer["query"] == str(both)
        assert answer["box"] == list(astuple(PhotoPart.read(box)))
        return {Path(hit["path"]).name[:4] for hit in answer["hits"]}

    assert found("75%, 0%, 25%, 100%") == {"blue"}
    assert found("0,0,0.7,1") == {"gree"}
    assert "box" not in indexed.json(*asked)
    with pytest.raises(QueryUnanswerable, match=r"both\.png: This part has only 4 × 3 pixels"):  # noqa: RUF001
        indexed(*asked, "--box", "0,0,1%,1%")


def test_similar_to_a_folder_is_a_sentence(indexed: CommandLine, photos: Path) -> None:
    with pytest.raises(UserError) as refused:
        indexed("similar", photos)
    assert refused.value.message == f"{photos}: This is a folder; one photo is needed."
    assert refused.value.hint == "Name a photo in it."


def test_similar_to_nothing_is_a_sentence(indexed: CommandLine, tmp_path: Path) -> None:
    with pytest.raises(PhotoUnreadable) as refused:
        indexed("similar", tmp_path / "absent.jpg")
    assert refused.value.message.endswith(".")


@pytest.mark.skipif(os.name != "posix", reason="only there a name may be any bytes")
def test_a_name_of_any_bytes_comes_out_as_it_is(
    likeness: CommandLine, photos: Path, tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    draw(photos / "plain.jpg", "yellow").rename(photos / name)
    likeness("add", photos)
    likeness("index")
    answer = likeness.json("search", "yellow", "-n", "1")
    assert answer["hits"][0]["path"] == str(photos / name)

    paths = tmp_path / "paths.txt"
    paths.write_bytes(os.fsencode(photos / name) + b"\n")
    answer = json.loads(likeness("similar", "--paths", paths, "--json"))
    assert "error" not in answer
    assert answer["hits"]


def test_status_counts(indexed: CommandLine, photos: Path) -> None:
    now = indexed.json("status")
    counts = {key: now[key] for key in ("photos", "searchable", "waiting", "problems", "missing")}
    assert counts == {"photos": 9, "searchable": 9, "waiting": 0, "problems": 0, "missing": 0}
    assert now["model"] == "colours@1"
    folder = {"path": str(photos), "photos": 9, "missing": False, "passed_over": []}
    assert now["folders"] == [folder]

    said = dict(line.split(maxsplit=1) for line in indexed("status").splitlines())
    assert said["Searchable"] == "9"
    assert said["Model"].startswith("colours")


def test_problems_are_listed_with_their_sentence(indexed: CommandLine, photos: Path) -> None:
    assert indexed.json("problems") == []
    assert indexed("problems") == "No problems.\n"
    broken = photos / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    indexed("index")

    (problem,) = indexed.json("problems")
    assert set(problem) == {"path", "problem", "pass"}
    assert problem["path"] == str(broken)
    assert problem["pass"] is None, "it is the file itself"
    assert problem["problem"].endswith(".")
    assert str(broken) in indexed("problems")


def test_what_was_passed_over_is_told_in_a_line_and_with_examples_when_asked(
    likeness: CommandLine, photos: Path
) -> None:
    for name in ("film.mp4", "other film.MOV", "sub/empty.jpg", "no photo"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes(b"" if "empty" in name else b"x" * 3000)
    draw(photos / "icon.png", size=(32, 32))
    likeness.library.change_settings(
        dataclasses.replace(likeness.library.settings, exclude=("red0.jpg", "Privat/"))
    )
    likeness("add", photos)

    assert likeness("problems", "--passed-over") == "Nothing was passed over.\n"
    likeness("index")
    line = "6: 2 videos, 1 empty file, 1 excluded photo, 1 other file, 1 picture that is no photo"
    assert f"Passed over {line}." in likeness.error_output
    assert "No photo and no folder matches the exclude pattern Privat/\n" in likeness.error_output
    assert "red0" not in likeness.error_output
    assert f"Passed over  {line}\n" in likeness("status")

    table = likeness("problems", "--passed-over").splitlines()
    assert len(table) == 6
    assert table[1].startswith("2 videos") and "film.mp4" in table[1]
    now = likeness.json("status")
    assert now["passed_over"] == 6
    assert {"reason": "empty", "n": 1, "examples": ["sub/empty.jpg"]} in now["folders"][0][
        "passed_over"
    ]
    assert {"path": str(photos), "reason": "excluded", "n": 1, "examples": ["red0.jpg"]} in (
        likeness.json("problems", "--passed-over")
    )
    again = likeness.json("index")
    assert (again["passed_over"]["video"], again["unmatched"]) == (2, ["Privat/"])


def test_links_are_counted_and_followed_where_the_settings_say_so(
    likeness: CommandLine, photos: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        link = photos / f"link {number}.jpg"
        link.symlink_to(draw(tmp_path / "outside" / f"{number}.jpg", "yellow", number))
    likeness("add", photos)
    likeness("index")
    assert "Passed over 2 links." in likeness.error_output
    settings_path = likeness.library.places.settings_path
    assert f"follow_links = true in {settings_path}" in likeness.error_output

    follows = dataclasses.replace(likeness.library.settings, follow_links=True)
    likeness.library.change_settings(follows)
    assert likeness.json("index")["embedded"] == 2
    hits = likeness.json("search", "yellow", "-n", "2")["hits"]
    assert {hit["path"] for hit in hits} == {str(photos / f"link {n}.jpg") for n in (1, 2)}


def test_a_folder_is_removed_by_any_of_its_names(
    indexed: CommandLine, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(photos)

    assert str(photos) in indexed("remove", tmp_path / "link")
    assert indexed.library.folders.list_all() == []


def test_damaged_photos_are_listed_behind_those_that_cannot_be_found(
    indexed: CommandLine, photos: Path
) -> None:
    damaged, broken = photos / "a damaged.jpg", photos / "broken.jpg"
    whole = (photos / "red0.jpg").read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    broken.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    indexed("index")

    assert [line["path"] for line in indexed.json("problems")] == [str(broken), str(damaged)]
    assert indexed.json("problems")[1]["damage"].startswith("The JPEG can be found, but is damaged")
    assert "is damaged: " in indexed("problems")
    assert indexed.json("status")["damaged"] == 1
    assert "2 (1 damaged, but searchable)" in indexed("status")
    paths = [hit["path"] for hit in indexed.json("search", "red", "-n", "4")["hits"]]
    assert str(damaged) in paths


def test_the_doctor_reports_and_ends_with_a_verdict(indexed: CommandLine, photos: Path) -> None:
    report = indexed.json("doctor")
    assert report["healthy"] is True
    assert report["troubles"] == []
    assert report["catalog"]["integrity"] == "ok"
    assert {"versions", "device", "index", "free_bytes"} <= set(report)
    assert "No trouble found." in indexed("doctor")

    photos.rename(photos.with_name(".unplugged"))
    report = indexed.json("doctor", code=1)
    assert report["healthy"] is False
    assert str(photos) in indexed.error_output


def test_models_are_listed_and_chosen(indexed: CommandLine) -> None:
    assert indexed("models") == indexed("models", "list")
    rows = [line.split() for line in indexed("models").splitlines()[1:]]
    assert rows == [
        ["9", "answers", "colours", "en", "64", "32", "not", "known", "here"],
        ["0", "at", "hand", "colours-2", "en", "64", "32", "not", "known", "here"],
    ]

    assert "until then" in indexed("models", "use", "colours-2")
    assert "coming" in indexed("models")
    assert indexed.json("status")["coming_model"] == "colours-2@7"
    indexed("index")
    assert indexed.json("search", "red")["model"] == "colours-2@7"
    assert indexed("models", "use", "colours") == "colours answers.\n"


def test_a_model_can_be_chosen_for_one_thing(indexed: CommandLine) -> None:
    assert "until then" in indexed("models", "use", "colours-2", "--for", "likeness")
    indexed("index")
    rows = [line.split() for line in indexed("models").splitlines()[1:]]
    assert [row[1:4] for row in rows] == [
        ["answers", "words", "colours"],
        ["answers", "likeness", "colours-2"],
    ]
    status = indexed.json("status")
    assert (status["model"], status["likeness_model"]) == ("colours@1", "colours-2@7")
    assert "Likeness by" in indexed("status")
    assert indexed.json("search", "red")["model"] == "colours@1"
    said = indexed("models", "use", "colours", "--for", "words")
    assert said == "colours answers words and colours-2 likeness.\n"
    assert indexed("models", "use", "colours") == "colours answers.\n"


def test_models_are_listed_as_json(indexed: CommandLine) -> None:
    first, second = indexed.json("models", "list")
    assert indexed.json("models") == [first, second]
    assert (first["name"], first["model"], first["state"]) == ("colours", "colours@1", "answers")
    assert (first["words"], first["languages"], first["dim"]) == (True, ["en"], 64)
    assert (first["embedded"], second["embedded"], second["state"]) == (9, 0, "at hand")


def test_a_model_that_does_not_exist_is_a_sentence(indexed: CommandLine) -> None:
    with pytest.raises(ModelUnavailable):
        indexed("models", "use", "no-such-model")
    with pytest.raises(ModelUnavailable):
        indexed("models", "download", "no-such-model")


def test_waiting_photos_are_mentioned(indexed: CommandLine, photos: Path) -> None:
    draw(photos / "new.jpg", "white")
    (photos / "red0.jpg").touch()
    indexed.library.models.use("colours-2")
    indexed("status")
    assert "likeness index" in indexed.error_output


def test_searching_an_empty_library_is_no_error(likeness: CommandLine) -> None:
    assert likeness("search", "red") == "No photo was found.\n"
    assert likeness.library.search(Query(text="red")).total == 0


def test_a_damaged_catalog_is_restored_from_its_backup(
    tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places.under(tmp_path / "data")
    library = Library.open(places, None, ColourRegistry, DECODERS)
    library.folders.add(photos)
    library.index(Job())
    library.close()
    assert run(parse(["restore"]), places) == 0
    assert "sound" in capsys.readouterr().out
    places.catalog_path.write_bytes(b"noise" * 4000)
    with pytest.raises(CatalogDamaged) as refused:
        run(parse(["status"]), places)
    assert "likeness restore" in refused.value.hint

    assert run(parse(["restore"]), places) == 0

    said = capsys.readouterr()
    assert "The backup of 20" in said.out and "-damaged-" in said.err
    library = Library.open(places, None, ColourRegistry, DECODERS)
    assert library.status().counts.searchable == 9
    library.close()


def test_a_new_catalog_is_begun_where_the_person_wants_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places.under(tmp_path / "data")
    Library.open(places, None, ColourRegistry, DECODERS).close()
    places.catalog_path.write_bytes(b"noise" * 4000)

    assert run(parse(["restore", "--new"]), places) == 0

    assert "A new catalog was begun" in capsys.readouterr().out


def test_much_that_is_gone_at_once_is_kept_until_the_person_answers(
    indexed: CommandLine, photos: Path
) -> None:
    for path in sorted(photos.iterdir())[:7]:
        path.unlink()

    assert indexed.json("index")["missing"] == 7
    assert f"7 of 9 photos in {photos}" in indexed.error_output
    assert "--missing forget" in indexed.error_output
    assert indexed.json("status")["doubts"] == [{"path": str(photos), "gone": 7, "photos": 9}]

    indexed("index", "--missing", "forget")

    assert "forgotten" in indexed.error_output
    status = indexed.json("status")
    assert (status["doubts"], status["missing"], status["photos"]) == ([], 0, 2)


def test_much_that_is_gone_may_be_kept(indexed: CommandLine, photos: Path) -> None:
    for path in sorted(photos.iterdir())[:7]:
        path.unlink()

    indexed("index", "--missing", "keep")

    status = indexed.json("status")
    assert (status["doubts"], status["missing"]) == ([], 7)
    indexed("index")
    assert "gone at once" not in indexed.error_output


@pytest.fixture
def small_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Effort(seconds=0.2, n_photos=32, photo_px=(400, 300))
    monkeypatch.setattr(Effort, "quick", lambda: small)


@pytest.mark.usefixtures("small_effort")
def test_bench_tells_what_the_computer_can_do_and_saves_nothing(likeness: CommandLine) -> None:
    lines = likeness("bench", "--quick").splitlines()

    assert lines[0].split() == ["Model", "colours@1"]
    assert lines[1].split() == ["Device", "cpu", "float32"]
    table = lines[lines.index("") + 1 :]
    heading, rows = table[0], table[1:6]
    assert heading.split("  ")[0] == "Measured" and "100,000 photos" in heading
    column = heading.index("Rate")
    assert [row[column - 1] for row in rows] == [" "] * 5, "the columns are aligned"
    assert ["photos/s" in row for row in rows] == [True, False, True, False, False]
    assert any(line.startswith("exact_search_limit") for line in table)
    assert "Indexing photos: 3 of 6" in likeness.error_output
    assert not likeness.library.places.settings_path.exists()


@pytest.mark.usefixtures("small_effort")
def test_bench_saves_the_settings_it_chose_when_asked_to(likeness: CommandLine) -> None:
    library = likeness.library
    library.change_settings(dataclasses.replace(library.settings, exact_search_limit=7))

    report = likeness.json("bench", "--quick", "--apply")

    (chosen,) = (each for each in report["choices"] if each["name"] == "exact_search_limit")
    assert chosen["now"] == 7 != chosen["chosen"]
    assert library.settings.exact_search_limit == chosen["chosen"]
    assert str(chosen["chosen"]) in library.places.settings_path.read_text()
    assert f"exact_search_limit = {chosen['chosen']:,}" in likeness.error_output


@pytest.mark.usefixtures("small_effort")
def test_bench_says_when_others_kept_the_processor_busy(
    likeness: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for percent, is_told in ((80.0, True), (3.0, False)):
        monkeypatch.setattr(psutil, "cpu_percent", lambda _, percent=percent: percent)
        likeness("bench", "--quick")
        assert ("lower than they could be" in likeness.error_output) is is_told


def test_searches_are_saved_asked_and_forgotten(indexed: CommandLine, photos: Path) -> None:
    assert "searches save" in indexed("searches")
    assert "Roses" in indexed("searches", "save", "Roses", "red", "type:png")
    indexed("searches", "save", "Here", "blue", "--folder", photos)
    asked = indexed.json("search", "--saved", "Roses")
    assert asked["query"] == "red type:png"
    assert asked["hits"] == indexed.json("search", "red type:png")["hits"]
    roses, here = indexed.json("searches", "list", "--count")
    n_likely = sum(hit["band"] == "likely" for hit in asked["hits"])
    assert (roses["name"], roses["text"], roses["count"]) == ("Roses", "red type:png", n_likely)
    assert (here["folder"], here["error"]) == (str(photos), None)
    indexed("searches", "save", "Alike", "--like", photos / "blue2.jpg")
    assert "like blue2.jpg" in indexed("searches")
    alike = indexed.json("searches", "list", "--count")[-1]
    assert (alike["text"], alike["like"]) == ("", str(photos / "blue2.jpg"))
    assert (alike["box"], alike["marked"], alike["more"]) == (None, [0, 0], False)
    assert indexed.json("search", "--saved", "Alike")["hits"]
    indexed("searches", "forget", "Alike")
    indexed("searches", "forget", "Roses")
    assert [each["name"] for each in indexed.json("searches", "list")] == ["Here"]
    with pytest.raises(NameUnusable):
        indexed("search", "--saved", "Roses")


def test_a_saved_search_that_means_nothing_says_so(indexed: CommandLine) -> None:
    indexed.library._catalog.searches.save("From another version", "year:soon")
    (listed,) = indexed.json("searches", "list", "--count")
    assert listed["count"] is None and "year" in listed["error"]
    assert "year" in indexed("searches", "list", "--count")


def test_look_alikes_are_put_together_if_asked_for(likeness: CommandLine, tmp_path: Path) -> None:
    for seed in range(3):
        draw(tmp_path / "photos" / f"red{seed}.png", "red", seed)
    draw(tmp_path / "photos" / "blue.png", "blue", 9)
    likeness("add", tmp_path / "photos")
    likeness("index")
    assert "alike" not in likeness.json("search", "red")["hits"][0]
    red, blue = likeness.json("search", "red", "--collapse", "-n", "2")["hits"]
    names = {Path(path).name for path in (red["path"], *red["alike"])}
    assert names == {"red0.png", "red1.png", "red2.png"} and blue["alike"] == []
    assert likeness("search", "red", "--collapse").splitlines()[1].split()[2] == "3"


def test_what_was_found_is_sorted_as_asked(indexed: CommandLine, photos: Path) -> None:
    by_match = [hit["path"] for hit in indexed.json("search", "red")["hits"]]
    for day, path in enumerate(sorted(photos.iterdir()), 1):
        os.utime(path, (day * 86_400, day * 86_400))
    indexed("index")
    oldest = [hit["path"] for hit in indexed.json("search", "red", "--sort", "oldest")["hits"]]
    assert oldest == sorted(by_match) and by_match != oldest
    newest = [hit["path"] for hit in indexed.json("search", "red", "--sort", "date")["hits"]]
    assert newest == oldest[::-1]
    assert indexed.json("search", "red", "--sort", "folder", "-n", "3")["hits"][0]["path"] == min(
        by_match[:3]
    )
    varied = [hit["path"] for hit in indexed.json("search", "red", "--variety", "0.8")["hits"]]
    assert sorted(varied) == oldest and varied[0] == by_match[0]


def test_the_map_is_drawn_once_and_told_again(indexed: CommandLine, photos: Path) -> None:
    told = indexed.json("map")
    assert [Path(each["path"]) for each in told] == sorted(photos.iterdir())
    assert all(set(each) == {"path", "x", "y"} for each in told)
    assert all(-1.5 < each[axis] < 1.5 for each in told for axis in ("x", "y"))
    assert indexed.json("map") == told

    draw(photos / "red8.jpg", "red", 8)
    indexed("index")
    assert len(indexed.json("map")) == 10, "a new one finds its place"
    lines = indexed("map", "--new").splitlines()
    assert len(lines) == 11 and lines[0].split() == ["X", "Y", "Photo"]


def test_a_map_of_nothing_is_refused_in_a_sentence(likeness: CommandLine) -> None:
    with pytest.raises(MapUndrawn) as refused:
        likeness("map")
    assert refused.value.message.endswith(".") and "likeness index" in refused.value.hint


def test_themes_are_found_listed_and_changed(likeness: CommandLine, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="take 8 photos"):
        likeness("themes")
    for colour in ("red", "blue", "green", "yellow"):
        for seed in range(5):
            draw(tmp_path / "photos" / f"{colour}{seed}.jpg", colour, seed)
    likeness("add", tmp_path / "photos")
    likeness("index")
    listed = likeness.json("themes", "--k", "4")
    assert {each["name"] for each in listed} >= {"red", "blue", "green", "yellow"}
    for each in listed:
        assert set(each) == {"name", "size", "photos"} and each["size"] == len(each["photos"])
        assert all(Path(path).is_absolute() for path in each["photos"])
    assert sum(each["size"] for each in listed) == 20, "each photo once, those of none too"
    likeness("themes", "merge", "red", "Yellow")
    likeness("themes", "rename", "red", "Warm")
    assert "Hidden: blue" in likeness("themes", "hide", "BLUE")
    names = [each["name"] for each in likeness.json("themes")]
    assert "Warm" in names and "blue" not in names and "yellow" not in names
    likeness("themes")
    assert "1 theme hidden" in likeness.error_output
    likeness("themes", "show", "blue")
    likeness("themes", "split", "Warm")
    assert {"Warm", "blue", "green"} < {each["name"] for each in likeness.json("themes")}
    hits = likeness.json("search", "theme:blue")["hits"]
    assert {Path(hit["path"]).stem[:4] for hit in hits} == {"blue"}
    with pytest.raises(NameUnusable):
        likeness("themes", "rename", "green", "blue")
    with pytest.raises(SystemExit):
        likeness("themes", "--close", "--k", "3")
