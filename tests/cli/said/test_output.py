import json
import os

import pytest

from desktop.cli.said import output


def test_numbers_are_flush_right_and_words_flush_left(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("Photos", "Folder"), [("7,091", "/a"), ("3", "/long/name")])
    assert capsys.readouterr().out == "Photos  Folder\n 7,091  /a\n     3  /long/name\n"


def test_wide_letters_are_counted_as_a_terminal_does(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("Name", "State"), [("写真", "here"), ("cafe\N{COMBINING ACUTE ACCENT}", "x")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["Name  State", "写真  here", "cafe\N{COMBINING ACUTE ACCENT}  x"]


def test_a_table_may_be_empty(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("Score", "Photo"), [])
    assert capsys.readouterr().out == "Score  Photo\n"


def test_a_cell_is_no_longer_than_anybody_would_read(capsys: pytest.CaptureFixture[str]) -> None:
    output.say_table(("Problem", "Photo"), [("p" * 5000, "/a"), ("short", "/" + "b" * 5000)])
    assert all(len(line) < 1100 for line in capsys.readouterr().out.splitlines())


def test_a_file_name_of_any_bytes_survives_json(capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xe9 \xe5\x86\x99.jpg")
    output.say_json({"path": name})
    written = capsys.readouterr().out
    assert written.isascii() and written.endswith("}\n")
    assert os.fsencode(json.loads(written)["path"]) == b"caf\xe9 \xe5\x86\x99.jpg"


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (606_500_000, "606 MB"), (2 * 10**12, "2.0 TB")],
)
def test_sizes(n_bytes: int, said: str) -> None:
    assert output.size(n_bytes) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (89, "89 s"), (240, "4 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, said: str) -> None:
    assert output.duration(seconds) == said


def test_counts() -> None:
    assert [output.count(n, "photo") for n in (0, 1, 7091)] == [
        "0 photos",
        "1 photo",
        "7,091 photos",
    ]
