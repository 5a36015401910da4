"""Whatever is done to a catalog, a plain model of it agrees and no embedding is orphaned."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desktop.catalog import SEARCHED, Catalog, Counts, Failure, FileStat, Ingested, Mounts
from tests.catalog.conftest import Where, vector

MODELS = ("clip@1", "starter@1")


Places = Callable[[], AbstractContextManager[Where]]
"""Makes an empty catalog, as long as the context lasts; says where."""


@cache
def empty_catalog() -> bytes:
    """Made once; every example begins with a copy."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "catalog.sqlite"
        Catalog.open(path).close()
        return path.read_bytes()


@contextmanager
def copied_file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="likeness-invariants-") as place:
        path = Path(place) / "catalog.sqlite"
        path.write_bytes(empty_catalog())
        yield path


@dataclass
class Row:
    folder_id: int
    name: str
    content: str | None = None
    embedded: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    outcome: str = "unread"
    is_stale: bool = False
    is_gone: bool = False


class CatalogMachine(RuleBasedStateMachine):
    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places = places

    @initialize()
    def open(self) -> None:
        self.left = ExitStack()
        mounts = Mounts({f"/photos/{number}": f"/photos/{number}" for number in range(2)})
        self.catalog = Catalog.open(self.left.enter_context(self.places()), mounts=mounts)
        self.rows: dict[int, Row] = {}
        self.away: dict[int, bool] = {}
        self.revision = 0
        self.last_photo_id = 0
        folder = self.catalog.folders.add(Path("/photos/0"))
        assert self.catalog.claims.take(folder)
        folder_id = folder.folder_id
        self.away[folder_id] = False
        self.catalog.files.apply_scan(folder_id, [FileStat(name, 1, 1) for name in "abc"])
        for name, file in self.catalog.files.list_all(folder_id).items():
            self.rows[file.photo_id] = Row(folder_id, name)

    def teardown(self) -> None:
        if hasattr(self, "catalog"):
            try:
                assert self.catalog.check() == []
            finally:
                self.catalog.close()
                self.left.close()

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.rows)))

    @rule(number=st.integers(0, 1))
    def add_folder(self, number: int) -> None:
        folder = self.catalog.folders.add(Path(f"/photos/{number}"))
        assert self.catalog.claims.take(folder)
        self.away.setdefault(folder.folder_id, False)

    @precondition(lambda self: len(self.away) > 1)
    @rule(data=st.data())
    def remove_folder(self, data: st.DataObject) -> None:
        folder_id = data.draw(st.sampled_from(sorted(self.away)))
        self.catalog.folders.remove(folder_id)
        del self.away[folder_id]
        self.rows = {key: row for key, row in self.rows.items() if row.folder_id != folder_id}

    @precondition(lambda self: self.away)
    @rule(data=st.data(), is_away=st.booleans())
    def unplug_or_plug(self, data: st.DataObject, is_away: bool) -> None:
        folder_id = data.draw(st.sampled_from(sorted(self.away)))
        self.catalog.folders.set_missing(folder_id, 1.0 if is_away else None)
        self.away[folder_id] = is_away

    @precondition(lambda self: self.away)
    @rule(data=st.data(), names=st.sets(st.sampled_from("abcd"), min_size=1))
    def scan(self, data: st.DataObject, names: set[str]) -> None:
        """The files that stand in a folder now; some have changed, others are gone."""
        folder_id = data.draw(st.sampled_from(sorted(self.away)))
        known = self.catalog.files.list_all(folder_id)
        mine = {row.name: key for key, row in self.rows.items() if row.folder_id == folder_id}
        assert {name: file.photo_id for name, file in known.items()} == mine
        present = [key for name, key in mine.items() if name in names]
        changed = data.draw(st.sets(st.sampled_from(present))) if present else set()
        gone = [key for name, key in mine.items() if name not in names]
        self.catalog.files.apply_scan(
            folder_id,
            new=[FileStat(name, 1, 1) for name in sorted(names - mine.keys())],
            changed={key: FileStat(self.rows[key].name, 2, 2) for key in changed},
            gone=gone,
            back=[key for key in present if key not in changed],
        )
        for key in present:
            self.rows[key].is_gone = False
        for key in gone:
            self.rows[key].is_gone = True
        for key in changed:
            row = self.rows[key]
            row.is_stale = True
            row.failed = set()
            row.outcome = "read" if row.outcome == "read" else "unread"
        for name, file in self.catalog.files.list_all(folder_id).items():
            self.rows.setdefault(file.photo_id, Row(folder_id, name))

    @precondition(lambda self: self.rows)
    @rule(
        data=st.data(),
        model=st.sampled_from(MODELS),
        outcome=st.sampled_from(["read", "read", "failed", "problem", "skipped"]),
        content=st.sampled_from("xy"),
    )
    def read(self, data: st.DataObject, model: str, outcome: str, content: str) -> None:
        keys = data.draw(st.sets(st.sampled_from(sorted(self.rows)), min_size=1))
        said = {"read": vector(ord(content)), "failed": Failure("It is odd.")}
        self.catalog.ingests.save(
            [
                Ingested(
                    key,
                    FileStat(self.rows[key].name, 3, 3),
                    content,
                    None,
                    made={model: said[outcome]} if outcome in said else {},
                    problem="It is broken." if outcome == "problem" else None,
                    skipped_because="It is tiny." if outcome == "skipped" else None,
                )
                for key in sorted(keys)
            ],
        )
        for key in keys:
            row = self.rows[key]
            if row.content != content or outcome not in said:
                row.embedded, row.failed = set(), set()
            row.embedded = row.embedded - {model} | ({model} if outcome == "read" else set())
            row.failed = row.failed - {model} | ({model} if outcome == "failed" else set())
            row.content, row.is_stale = content, False
            row.outcome = "read" if outcome in said else outcome

    @precondition(lambda self: len(self.rows) > 1)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        old, new = self.pick(data), self.pick(data)
        if old == new or self.rows[old].outcome != "read":
            return
        self.catalog.ingests.merge_rename(old, new)
        gone = self.rows.pop(new)
        row = self.rows[old]
        row.folder_id, row.name = gone.folder_id, gone.name
        row.is_gone = row.is_stale = False

    @precondition(lambda self: len(self.rows) > 1)
    @rule(data=st.data())
    def copy(self, data: st.DataObject) -> None:
        twin, copy = self.pick(data), self.pick(data)
        if twin == copy or self.rows[twin].outcome != "read":
            return
        self.catalog.ingests.copy(twin, copy)
        source, row = self.rows[twin], self.rows[copy]
        row.content, row.is_stale = source.content, False
        row.embedded, row.failed, row.outcome = set(source.embedded), set(source.failed), "read"

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        key = self.pick(data)
        self.catalog.ingests.forget_problem([key])
        self.rows[key].failed = set()
        if self.rows[key].outcome == "problem":
            self.rows[key].outcome, self.rows[key].is_stale = "unread", True

    @rule(model=st.sampled_from(MODELS))
    def forget_other_versions(self, model: str) -> None:
        name = model.partition("@")[0]
        self.catalog.made.forget_other_versions(f"{name}@2")
        for row in self.rows.values():
            row.embedded, row.failed = row.embedded - {model}, row.failed - {model}

    @invariant()
    def the_plain_model_agrees(self) -> None:
        if not hasattr(self, "catalog"):
            return
        for model in MODELS:
            counts = self.catalog.count(model)
            assert counts.photos == counts.searchable + counts.waiting + counts.problems
            assert counts == self.expected_counts(model)
            waiting = [photo.photo_id for photo in self.catalog.ingests.list_waiting(model, 1000)]
            assert waiting == self.expected_waiting(model)
            embedded = [key for key, row in self.rows.items() if model in row.embedded]
            assert self.catalog.made.list_ids(model).tolist() == sorted(embedded)
        here = [row for row in self.rows.values() if self.is_here(row)]
        assert len(self.catalog.photos.list_ids(SEARCHED)) == sum(
            row.outcome in ("read", "unread") for row in here
        )
        per_folder = sum(self.catalog.folders.count_photos().values())
        is_listed = [row for row in self.rows.values() if row.outcome != "skipped"]
        assert per_folder == sum(not row.is_gone for row in is_listed)
        n_failed = sum(len(row.failed) for row in here)
        n_broken = sum(row.outcome == "problem" for row in here)
        assert len(self.catalog.photos.list_problems()) == n_broken + n_failed

    @invariant()
    def numbers_only_rise(self) -> None:
        if not hasattr(self, "catalog"):
            return
        assert self.catalog.revision() >= self.revision
        assert self.catalog.files.last_id() >= self.last_photo_id
        self.revision = self.catalog.revision()
        self.last_photo_id = self.catalog.files.last_id()

    def is_here(self, row: Row) -> bool:
        return not row.is_gone and not self.away[row.folder_id]

    def expected_counts(self, model: str) -> Counts:
        listed = [row for row in self.rows.values() if row.outcome != "skipped"]
        here = [row for row in listed if self.is_here(row)]
        problems = sum(row.outcome == "problem" or model in row.failed for row in here)
        searchable = sum(model in row.embedded for row in here)
        waiting = len(here) - problems - searchable
        failed = sum(model in row.failed for row in here)
        return Counts(len(here), searchable, waiting, problems, len(listed) - len(here), failed)

    def expected_waiting(self, model: str) -> list[int]:
        return sorted(
            key
            for key, row in self.rows.items()
            if self.is_here(row)
            and row.outcome in ("unread", "read")
            and (row.is_stale or model not in row.embedded | row.failed)
        )


def test_a_plain_model_agrees(kind: str, request: pytest.FixtureRequest) -> None:
    places = copied_file if kind == "sqlite" else request.getfixturevalue("postgres").catalog
    n_examples = 15 if kind == "sqlite" else 5
    run_state_machine_as_test(
        lambda: CatalogMachine(places),
        settings=settings(
            max_examples=n_examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
