"""`likeness engine`: list, use, check."""

from __future__ import annotations

import sys

import pytest

from desktop.cli import parse
from desktop.errors import EngineUnavailable
from desktop.library import Places
from desktop.library.care.process_lock import process_lock
from tests.cli.test_commands import CommandLine, indexed, likeness, photos

__all__ = ["indexed", "likeness", "photos"]

NAMES = ["annoy", "exact", "faiss", "milvus", "clickhouse", "pgvector"]


def test_what_is_typed_is_a_name_and_perhaps_an_address() -> None:
    assert parse(["engine"]).action in (None, "list")
    used = parse(["engine", "use", "milvus", "http://there:19530"])
    assert (used.name, used.uri) == ("milvus", "http://there:19530")
    assert parse(["engine", "use", "faiss:hnsw"]).uri == ""
    for wrong in (["engine", "use"], ["engine", "use", ""], ["engine", "mend"]):
        with pytest.raises(SystemExit):
            parse(wrong)


def test_they_are_listed_with_what_each_is(indexed: CommandLine) -> None:
    assert indexed("engine") == indexed("engine", "list")
    known = indexed.json("engine", "list")
    assert {each["name"] for each in known} <= set(NAMES)
    assert [each["name"] for each in known][:3] == NAMES[:3]
    assert [each["state"] for each in known[:2]] == ["answers", "at hand"]
    rows = indexed("engine").splitlines()
    assert rows[1].startswith("answers") and "annoy" in rows[1]


def test_what_is_not_at_hand_can_be_added_with_pip_but_not_to_the_package(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.engines.find_spec", lambda _: None)
    assert "pip install 'likeness[faiss]'" in indexed("engine")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "pip" not in indexed("engine") and "not in the package" in indexed("engine")


def test_another_is_used_at_once_and_the_first_again(indexed: CommandLine) -> None:
    assert indexed("engine", "use", "exact") == "exact answers.\n"
    assert indexed.json("engine", "list")[1]["state"] == "answers"
    assert indexed.json("search", "red")["searched"] == 9
    assert indexed("engine", "use", "annoy") == "annoy answers.\n"


def test_while_another_likeness_is_open_the_change_waits(
    indexed: CommandLine, places: Places
) -> None:
    with process_lock(places):
        assert indexed("engine", "use", "exact") == ""
    assert "annoy answers. Another Likeness is open" in indexed.error_output
    assert indexed.json("engine", "list")[1]["state"] == "coming"
    assert indexed("engine", "use", "annoy") == "annoy answers.\n"


@pytest.fixture
def places(indexed: CommandLine) -> Places:
    return indexed.library.places


def test_what_is_no_engine_is_a_sentence(indexed: CommandLine) -> None:
    with pytest.raises(EngineUnavailable, match="no engine called milk"):
        indexed("engine", "use", "milk")


def test_a_check_says_what_is_held_and_that_all_is_well(indexed: CommandLine) -> None:
    indexed("engine", "use", "exact")
    said = indexed("engine", "check")
    assert "9 of 9 photos; complete: yes" in said
    assert "every answer is exact" in said
    assert said.endswith("Nothing is wrong.\n")
    (check,) = indexed.json("engine", "check")
    assert (check["engine"], check["held"], check["complete"]) == ("exact", 9, True)


def test_a_check_names_what_is_wrong_and_fails(
    indexed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.index.local.index.REBUILD_ROWS", 5)
    assert "built it again" in indexed("engine", "check", code=1)
