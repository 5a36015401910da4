"""The command line from an empty folder to answers, with the starter model on real photos."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import Program, executable, is_packaged
from tests.small_clip import build_small_clip
from tests.small_disk import small_disk

HELP_CPU_S = 0.5


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [Path(hit["path"]).name for hit in answer["hits"]]


def test_an_empty_library_says_what_to_do_first(program: Program) -> None:
    assert program("status", "--json").json["photos"] == 0
    assert "likeness add" in program("folders").out
    assert "Likeness" in (program.data / "logs" / "likeness.log").read_text()


def test_status_after_indexing(indexed: Program, gallery: Path) -> None:
    now = indexed("status", "--json").json
    assert now["searchable"] == len(list(gallery.glob("*.[pj][np]g"))) - 2
    assert (now["waiting"], now["problems"], now["missing"]) == (0, 1, 0)
    assert now["model"].startswith("starter@")
    assert [folder["path"] for folder in now["folders"]] == [str(gallery)]


def test_words_find_the_photo_first(indexed: Program, tmp_path: Path) -> None:
    wanted = {
        "a cat": "chelsea.png",
        "a cup of coffee": "coffee.png",
        "a rocket launch": "rocket.jpg",
    }
    address = "http://192.0.2.1/cat.jpg"
    queries = tmp_path / "queries.txt"
    queries.write_text("\n".join([*wanted, "", address]))

    answers = indexed("search", "--queries", queries, "--json").json_lines

    assert [answer["query"] for answer in answers] == [*wanted, "", address]
    assert [names(answer)[0] for answer in answers[: len(wanted)]] == list(wanted.values())
    assert answers[3]["hits"] == [] and answers[3]["error"]
    assert answers[4]["hits"], "a typed address is words like any other"
    for answer in answers[: len(wanted)]:
        assert answer["searched"] == answer["total"] == len(answer["hits"])
        scores = [hit["score"] for hit in answer["hits"]]
        assert scores == sorted(scores, reverse=True)


def test_find_similar_knows_photos_of_the_library_and_others(
    indexed: Program, gallery: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.png"
    shutil.copy(gallery / "motorcycle_right.png", outside)
    paths = tmp_path / "paths.txt"
    asked = [gallery / "motorcycle_left.png", outside, tmp_path / "absent.png"]
    paths.write_text("".join(f"{path}\n" for path in asked))

    inside_answer = indexed("similar", asked[0], "-n", "3", "--json").json
    batch = indexed("similar", "--paths", paths, "-n", "3", "--json").json_lines

    assert names(inside_answer)[0] == "motorcycle_right.png"
    assert "motorcycle_left.png" not in names(inside_answer)
    assert batch[0]["hits"] == inside_answer["hits"]
    assert names(batch[1])[:2] == ["motorcycle_right.png", "motorcycle_left.png"]
    assert batch[1]["hits"][0]["score"] == pytest.approx(1, abs=1e-2)
    assert batch[2]["hits"] == [] and batch[2]["error"]


def test_a_broken_photo_is_a_problem_with_a_sentence(indexed: Program, gallery: Path) -> None:
    (problem,) = indexed("problems", "--json").json
    assert problem["path"] == str(gallery / "broken.png")
    assert problem["problem"].endswith(".")


def test_the_doctor_is_content(indexed: Program) -> None:
    report = indexed("doctor", "--json").json
    assert report["healthy"] is True
    assert report["catalog"]["integrity"] == "ok"
    assert report["index"]["recall_at_50"] in (None, pytest.approx(1, abs=0.1))
    assert report["versions"]["torch"]


def test_themes_have_names_and_the_map_has_places(indexed: Program) -> None:
    themes = indexed("themes", "--k", "2", "--json").json
    assert len(themes) >= 2 and all(each["name"] for each in themes)
    n_photos = indexed("status", "--json").json["searchable"]
    assert sum(each["size"] for each in themes) == n_photos
    assert len(indexed("map", "--json").json) == n_photos


def test_tables_are_for_people(indexed: Program, gallery: Path) -> None:
    lines = indexed("search", "a cat", "-n", "2").out.splitlines()
    assert lines[0].split() == ["Score", "Match", "Photo"]
    assert lines[1].endswith(str(gallery / "chelsea.png"))
    assert "starter" in indexed("models", "list").out


def test_a_renamed_photo_keeps_its_embedding(program: Program, gallery: Path) -> None:
    photos = program.root / "photos"
    shutil.copytree(gallery, photos)
    program("add", photos)
    before = program("index", "--json").json
    assert before["embedded"] == before["new"] - 1 > 0

    (photos / "sub").mkdir()
    (photos / "chelsea.png").rename(photos / "sub" / "renamed cat.png")
    (photos / "moon.png").unlink()
    after = program("index", "--json").json

    assert (after["embedded"], after["renamed"], after["new"]) == (0, 1, 0)
    assert (after["photos"], after["missing"]) == (before["photos"] - 1, 1)
    similar = program("similar", photos / "sub" / "renamed cat.png", "--json").json
    assert similar["searched"] == before["embedded"] - 1


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["add", "no-such-folder"], 1),
        (["remove", "no-such-folder"], 1),
        (["similar", "no-such-photo.jpg"], 1),
        (["search", "--queries", "no-such-file", "--json"], 1),
        (["models", "use", "no-such-model"], 1),
        (["search"], 2),
        (["frobnicate"], 2),
    ],
)
def test_mistakes_are_a_sentence_and_an_exit_code(
    program: Program, argv: list[str], code: int
) -> None:
    said = program(*argv, code=code)
    assert said.out == ""
    assert 1 <= len(said.err.splitlines()) <= 5
    assert said.err.strip().endswith(".") or code == 2


def test_debugging_shows_the_traceback(program: Program) -> None:
    process = program.start("--debug", "add", "no-such-folder")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" in said and "FolderUnusable" in said


def test_a_data_folder_on_a_read_only_disk_is_a_sentence(program: Program) -> None:
    """Also where the log cannot be opened, which is the first file that is."""
    program.root.mkdir()
    with small_disk(program.data) as disk:
        program("status")
        with disk.read_only():
            for command in ("status", "index"):
                said = program(command, code=1)
                assert said.err.count(str(program.data)) == 1, said.err
                assert "inside Likeness" not in said.err


def test_a_data_folder_that_cannot_be_is_a_sentence(program: Program) -> None:
    program.root.mkdir()
    program.data.write_text("a file in the way")
    said = program("status", code=1)
    assert "--data" in said.err


def test_a_reader_that_goes_away_is_met_with_silence(
    indexed: Program, gallery: Path, tmp_path: Path
) -> None:
    paths = tmp_path / "paths.txt"
    paths.write_text(f"{gallery / 'moon.png'}\n" * 400)
    process = indexed.start("similar", "--paths", paths, "--json")
    assert process.stdout is not None and process.stderr is not None
    assert json.loads(process.stdout.readline())["hits"]
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert said == ""


@pytest.mark.skipif(os.name != "posix", reason="wait4 is POSIX")
def test_help_answers_in_less_than_half_a_second_of_cpu() -> None:
    process = subprocess.Popen([executable(), "--help"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert usage.ru_utime + usage.ru_stime < HELP_CPU_S


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there, there is always a display")
def test_without_a_display_the_window_is_refused_with_a_sentence(tmp_path: Path) -> None:
    program = Program(tmp_path, {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""})
    said = program(code=1)
    assert "no display" in said.err


def test_a_path_where_nothing_is_keeps_the_window_from_no_other(
    program: Program, gallery: Path, tmp_path: Path
) -> None:
    absent, drawn = tmp_path / "Pcitures", tmp_path / "window.png"
    said = program(str(gallery), str(absent), "--draw", str(drawn))
    assert f"There is no file or folder {absent}." in said.err
    assert drawn.exists()
    assert f"no file or folder {absent}." in program(str(absent), code=1).err


def test_the_version_says_what_the_program_is_made_of(program: Program) -> None:
    said = dict(line.split(" ", 1) for line in program("--version").out.splitlines())
    assert said.keys() == {"likeness", "Python", "torch", "Qt", "device"}
    assert not is_packaged() or "(commit " in said["likeness"]


def test_a_clip_copied_into_the_models_folder_answers(program: Program, gallery: Path) -> None:
    """With random weights: what it finds is chance, that it finds is not."""
    program("add", gallery)
    build_small_clip(program.data / "models" / "my--clip")
    program("models", "use", "my/clip")
    assert program("index", "--json").json["embedded"] > 10
    answer = program("search", "a cat", "--json").json
    assert answer["model"].startswith("my/clip@") and len(answer["hits"]) > 10
