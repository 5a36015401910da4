from pathlib import Path

import pytest

from desktop import __version__
from desktop.cli import parse


def test_without_a_command_the_window_is_meant() -> None:
    arguments = parse(["--data", "here"])
    assert arguments.command is None
    assert arguments.data == Path("here")
    assert arguments.may_download, "the window has a button for it"


def test_search_takes_words_with_and_without_quotes() -> None:
    assert parse(["search", "red car", "-n", "3"]).words == "red car"
    assert parse(["search", "red", "car"]).words == "red car"
    assert parse(["search", "--", "-n"]).words == "-n"


def test_defaults_of_an_answer() -> None:
    arguments = parse(["search", "x"])
    assert (arguments.n, arguments.min_score, arguments.json) == (20, None, False)


def test_models_without_an_action_lists() -> None:
    assert parse(["models"]).action in (None, "list")
    assert parse(["models", "use", "starter"]).name == "starter"


@pytest.mark.parametrize(
    ("argv", "may"),
    [
        (["models", "download", "clip-ViT-B-32"], True),
        (["models", "list"], False),
        (["index"], False),
        (["search", "x"], False),
    ],
)
def test_only_a_download_may_use_the_network(argv: list[str], may: bool) -> None:
    assert parse(argv).may_download is may


@pytest.mark.parametrize(
    "argv",
    [
        ["frobnicate"],
        ["add"],
        ["remove"],
        ["search"],
        ["search", "x", "--queries", "f", "--json"],
        ["search", "--queries", "f"],
        ["search", "x", "-n", "0"],
        ["search", "x", "-n", "many"],
        ["search", "x", "--min-score", "nan"],
        ["search", "x", "--min-score", "1.5"],
        ["similar"],
        ["similar", "a", "b"],
        ["similar", "--paths", "f"],
        ["models", "delete", "x"],
        ["models", "use"],
        ["index", "--fast"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.err.startswith("usage: likeness")
    assert not said.out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"likeness {__version__} (commit ")


def test_the_demo_leaves_the_real_library_alone() -> None:
    assert parse(["demo"]).data == Path("build/demo/library")
    assert parse(["demo", "--out", "x"]).data == Path("x/demo/library")
    assert parse(["--data", "mine", "demo"]).data == Path("mine")
