"""`likeness attributes`, and what answers say of attributes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import NameUnusable, TableUnusable
from desktop.library import Job, Library, Places
from tests.cli.test_commands import CommandLine
from tests.colour_registry import ColourRegistry
from tests.pictures import draw_nine
from tests.shared_decoders import DECODERS


@pytest.fixture
def likeness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    library = Library.open(Places.under(tmp_path / "data"), None, ColourRegistry, DECODERS)
    library.folders.add(draw_nine(tmp_path / "photos"))
    library.index(Job())
    yield CommandLine(library, capsys)
    library.close()


def test_attributes_are_brought_listed_asked_for_and_removed(
    likeness: CommandLine, tmp_path: Path
) -> None:
    assert "likeness attributes import" in likeness("attributes")
    table = tmp_path / "table.csv"
    rows = [
        "image,label,score,type",
        "red0.jpg,warm,0.9,x",
        "blue0.jpg,cold,0.2,y",
        "none.jpg,cold,1,z",
    ]
    table.write_text("\n".join(rows), encoding="utf-8")

    said = likeness("attributes", "import", table)
    assert said.strip() == "2 photos by “image”: label, score, type"
    assert "1 row that name no photo" in likeness.error_output
    assert "line 4: none.jpg" in likeness.error_output
    assert 'ask for this as "type":…' in likeness.error_output

    assert [line.split() for line in likeness("attributes").splitlines()] == [
        ["Photos", "Values", "Kind", "Name"],
        ["2", "2", "words", "label"],
        ["2", "2", "numbers", "score"],
        ["2", "2", "words", "type"],
    ]
    (hit,) = likeness.json("search", "score:<0.5")["hits"]
    assert Path(hit["path"]).name == "blue0.jpg"
    assert hit["attributes"] == {"label": "cold", "score": "0.2", "type": "y"}
    (hit,) = likeness.json("search", "label:* -label:cold")["hits"]
    assert hit["attributes"]["label"] == "warm"
    assert likeness.json("search", "name:green0")["hits"][0]["attributes"] == {}

    assert "label" in likeness("attributes", "remove", "Label")
    assert [each["name"] for each in likeness.json("attributes", "list")] == ["score", "type"]
    with pytest.raises(NameUnusable):
        likeness("attributes", "remove", "label")


def test_an_import_says_in_json_what_became_of_each_row(
    likeness: CommandLine, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("path;label\nred0;warm\nred0.jpg;hot\nnone;cold\n", encoding="utf-16")
    assert likeness.json("attributes", "import", table) == {
        "photo_column": "path",
        "attributes": ["label"],
        "rows": 3,
        "photos": 1,
        "repeated": 1,
        "unmatched": {"n": 1, "examples": [[4, "none"]]},
        "several": {"n": 0, "examples": []},
        "delimiter": ";",
        "encoding": "utf-16",
        "unnamed": 0,
    }
    table.write_text("nothing", encoding="utf-8")
    with pytest.raises(TableUnusable):
        likeness("attributes", "import", table)
