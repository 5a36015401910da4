import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import torch

from desktop import __version__
from desktop.cli import parse
from desktop.cli.typed import versions
from desktop.cli.typed.versions import find_commit
from desktop.embedding.running.device import choose_device


def test_without_a_command_the_window_is_meant() -> None:
    arguments = parse(["--data", "here"])
    assert arguments.command is None
    assert arguments.targets == []
    assert arguments.data == Path("here")
    assert arguments.may_download, "the window has a button for it"


def test_the_window_opens_with_folders_and_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("holiday").mkdir()
    Path("search").mkdir()
    photo = tmp_path / "a photo.jpg"
    for argv, targets in (
        (["holiday"], [Path("holiday")]),
        ([str(photo)], [photo]),
        (["--data", "here", "--debug", "holiday", str(photo)], [Path("holiday"), photo]),
        (["./search"], [Path("search")]),
        (["holiday", "index"], [Path("holiday"), Path("index")]),
    ):
        arguments = parse(argv)
        assert (arguments.command, arguments.targets) == (None, targets)
        assert arguments.may_download
    assert parse(["--data", "here", "holiday"]).data == Path("here")


def test_a_command_comes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("search").mkdir()
    arguments = parse(["search", "/a path/of words"])
    assert (arguments.command, arguments.words) == ("search", "/a path/of words")
    assert parse(["similar", "--paths", "f", "--json"]).targets == []


def test_search_takes_words_with_and_without_quotes() -> None:
    assert parse(["search", "red car", "-n", "3"]).words == "red car"
    assert parse(["search", "red", "car"]).words == "red car"
    assert parse(["search", "--", "-n"]).words == "-n"


def test_defaults_of_an_answer() -> None:
    arguments = parse(["search", "x"])
    assert (arguments.n, arguments.min_score, arguments.json) == (20, None, False)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--after", "yesterday"], "“yesterday” is no date such as 2019, 2019-05 or 2019-05-17"),
        (["--before", "2019-13"], "“2019-13” is no date"),
        (["--before", ""], "“” is no date"),
        (["--after", "2020", "--before", "2019"], "no photo was taken after 2020-01-01 and before"),
        (["--type", "mp3"], "“mp3” is no kind of photo such as jpeg, png or heic"),
        (["--type", ""], "“” is no kind of photo"),
        (["--folder", ""], "it is empty"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("search", "similar"):
        with pytest.raises(SystemExit) as ended:
            parse([command, "x", *options])
        assert ended.value.code == 2
        assert sentence in capsys.readouterr().err


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
        ["similar", "a", "--box", "0.1,0.2,0.5"],
        ["similar", "a", "--box", "0.1,0.2,0.9,0.9"],
        ["similar", "a", "--box", "0.1,0.2,0,0.5"],
        ["similar", "a", "--box", "nan,0,1,1"],
        ["similar", "a", "--box", "left,0,1,1"],
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


def test_the_version_says_what_the_program_is_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"])
    assert ended.value.code == 0
    said = dict(line.split(" ", 1) for line in capsys.readouterr().out.splitlines())
    assert said.keys() == {"likeness", "Python", "torch", "Qt", "device"}
    assert said["likeness"].split()[0] == __version__
    commit = find_commit()
    assert commit is None or f"(commit {commit})" in said["likeness"]
    assert said["torch"] == metadata.version("torch")
    assert said["device"] == choose_device("auto")


@pytest.mark.skipif(sys.platform == "darwin", reason="Macs ask torch for their GPU")
@pytest.mark.skipif(torch.version.cuda is not None, reason="torch is asked for the GPU")
def test_the_version_is_told_without_torch_and_without_qt() -> None:
    program = (
        "import sys; from desktop.cli.typed.versions import describe; describe(); "
        "print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    loaded = set(said.stdout.split())
    assert "desktop.library" in loaded
    assert not loaded & {"torch", "PySide6"}


def test_a_package_says_its_own_commit_and_a_wheel_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        versions, "resource_path", lambda *parts: tmp_path.joinpath("resources", *parts)
    )
    (tmp_path / "resources").mkdir()
    assert find_commit() is None
    (tmp_path / "resources" / "commit.txt").write_text("0123456789ab\n")
    assert find_commit() == "0123456789ab"


def test_the_changelog_begins_with_this_version() -> None:
    changes = (Path(__file__).parents[3] / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__


def test_the_demo_leaves_the_real_library_alone() -> None:
    assert parse(["demo"]).data == Path("build/demo/library")
    assert parse(["demo", "--out", "x"]).data == Path("x/demo/library")
    assert parse(["--data", "mine", "demo"]).data == Path("mine")


@pytest.mark.parametrize(
    "argv",
    [
        ["--data", "", "status"],
        [""],
        ["remove", ""],
        ["similar", ""],
        ["similar", "--paths", "", "--json"],
        ["search", "--queries", "", "--json"],
        ["models", "use", ""],
        ["demo", "--out", ""],
        ["--catalog", "", "status"],
    ],
)
def test_an_empty_argument_is_not_taken_for_the_current_folder(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    assert "it is empty" in capsys.readouterr().err


def test_words_may_stand_anywhere_among_the_options() -> None:
    for argv in (
        ["search", "red", "-n", "3", "car", "at", "--json", "night"],
        ["search", "-n", "3", "--json", "red", "car", "at", "night"],
        ["search", "--json", "red car", "-n3", "at night"],
    ):
        arguments = parse(argv)
        assert (arguments.words, arguments.n, arguments.json) == ("red car at night", 3, True)
    assert parse(["search", "the", "-n", "5", "the", "the"]).words == "the the the"


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["search", "a", "photo", "-people"], "likeness search -- -people"),
        (["search", "-x"], "likeness search -- -x"),
        (["search", "-n", "3", "-night sky"], "likeness search -- -night sky"),
        (["search", "a", "--folder", "-foo"], "type: --folder=-foo"),
        (["add", "-foo"], "likeness add -- -foo"),
        (["add", "photos", "-foo"], "likeness add -- -foo"),
        (["remove", "-foo"], "likeness remove -- -foo"),
        (["similar", "-foo.jpg", "-n5"], "likeness similar -- -foo.jpg"),
        (["models", "use", "-foo"], "likeness models use -- -foo"),
        (["-foo"], None),
        (["--data", "-foo", "status"], "type: --data=-foo"),
        (["status", "--josn"], None),
        (["search", "x", "-n", "many"], None),
    ],
)
def test_words_that_look_like_an_option_get_a_hint(
    argv: list[str], hint: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert hint in sentence if hint else "begins with -" not in sentence


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["similar", "a.jpg", "--box", "-0.1,0,0.5,0.5"], "the box reaches beyond the photo"),
        (["similar", "a.jpg", "--box", "-10%,0,50%,50%"], "the box reaches beyond the photo"),
        (["search", "x", "--after", "-2019-05"], "“-2019-05” is no date"),
        (["search", "x", "--variety", "-.5"], "invalid share value: '-.5'"),
        (["search", "x", "--min-score", "-2"], "invalid score value: '-2'"),
        (["search", "x", "-n", "-3,4"], "invalid count value: '-3,4'"),
    ],
)
def test_a_value_below_0_is_a_value_and_no_option(
    argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(argv)
    said = capsys.readouterr().err.splitlines()[-1]
    assert sentence in said
    assert "type:" not in said


def test_words_behind_an_option_may_be_taken_away() -> None:
    for argv in (["--words", "-people", "--json"], ["--json", "--words", "-people"]):
        assert parse(["similar", "a.jpg", *argv]).words == "-people"
    assert parse(["search", "x", "--min-score", "-1e-1"]).min_score == -0.1
    assert parse(["search", "dog", "-5%"]).words == "dog -5%"
    for after in ("-n", "-n5", "--json"):
        with pytest.raises(SystemExit):
            parse(["similar", "a.jpg", "--words", after])


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["serach", "dog"], "did you mean search?"),
        (["Status"], "did you mean status?"),
        (["models", "lst"], "did you mean list?"),
        (["search", "dog", "--sort", "dat"], "did you mean date?"),
        (["xyzzy"], None),
    ],
)
def test_what_is_nearly_a_command_or_a_choice_gets_a_hint(
    argv: list[str], hint: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(argv)
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert sentence.endswith(hint) if hint else "did you mean" not in sentence


def test_after_two_dashes_everything_is_a_word() -> None:
    assert parse(["search", "--", "-people"]).words == "-people"
    assert parse(["add", "--", "-foo"]).folders == [Path("-foo")]
    assert parse(["search", "x", "--folder=-foo"]).folder == Path("-foo")


def test_what_is_wrong_is_said_in_a_line_that_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for argv in (["search", "x", "--type", "\x1b[2J\n" * 5000], ["status", "\x1b[2J\n" * 5000]):
        with pytest.raises(SystemExit):
            parse(argv)
        said = capsys.readouterr().err
        assert "\x1b" not in said
        assert len(said.splitlines()[-1]) < 600


def test_a_file_url_is_the_path_that_it_means() -> None:
    for url in ("file:///tmp/my%20photos/caf%C3%A9", "file://localhost/tmp/my%20photos/café"):
        path = Path("/tmp/my photos/café")
        assert parse(["add", url]).folders == [path]
        assert parse(["similar", url]).path == path
        assert parse(["remove", url]).folder == path
        assert (parse([url]).command, parse([url]).targets) == (None, [path])
    assert parse(["similar", "file:x"]).path == Path("file:x"), "which is a name"


def test_a_file_url_may_name_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "Desk")
    for host in ("desk", "DESK", "LocalHost"):
        assert parse(["similar", f"file://{host}/a/b.jpg"]).path == Path("/a/b.jpg")


@pytest.mark.parametrize("argv", [["--dat", "x", "status"], ["status", "--js"], ["--dat", "x"]])
def test_an_option_is_written_in_full(argv: list[str]) -> None:
    """So that an option that comes later changes no command that somebody has written down."""
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there, such a URL is a network drive")
def test_a_file_on_another_computer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["similar", "file://nas/photos"])
    assert "on another computer, nas" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["FILE:///a%20b/c.jpg", "file:/a%20b/c.jpg", "File://localhost/a b/c.jpg"]
)
def test_a_file_url_may_be_written_in_any_way(url: str) -> None:
    assert parse(["similar", url]).path == Path("/a b/c.jpg")
