"""The measuring instrument: ratios, targets, order of the repeats, and one tiny run of it all."""

from __future__ import annotations

import ast
import importlib
import json
import math
from importlib.util import find_spec
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import main
from benchmarks.generated import clustered, make_library, words_like
from benchmarks.harness import BENCHMARKS, Bench, Row, against, alone, interleave
from benchmarks.report import write_json
from desktop.catalog import Catalog, InFolder


def test_ratio_is_the_median_of_the_rounds_not_the_ratio_of_the_medians() -> None:
    # The machine slows down to a half, then to a fifth: both measures feel it alike.
    row = against("ours", [10.0, 5.0, 2.0], "photos/s", "naive", [2.0, 1.0, 0.5], ">= 5")

    assert row == Row("ours", 5.0, "photos/s", "naive", 5.0, ">= 5", True)


@pytest.mark.parametrize(
    ("target", "holds"),
    [(">= 5", True), (">= 5.1", False), ("<= 5", True), ("<= 4.9", False), (None, None)],
)
def test_target_is_compared_with_the_ratio(target: str | None, holds: bool | None) -> None:
    assert against("ours", [50.0], "ms", "plain", [10.0], target).holds is holds


def test_target_without_a_baseline_is_compared_with_the_median() -> None:
    assert alone("memory", [140.0, 900.0, 120.0], "MB", "<= 150").holds is True
    assert alone("memory", [140.0, 900.0, 160.0], "MB", "<= 150").holds is False


def test_target_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="not a target"):
        alone("memory", [1.0], "MB", "< 150")


def test_rounds_that_have_no_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        against("ours", [1.0, 2.0], "ms", "plain", [1.0])


def test_measures_take_turns() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = interleave({"a": lambda: measure("a"), "b": lambda: measure("b")}, 3)

    assert "".join(order) == "ababab"
    assert taken == {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}


def test_scratch_is_empty_and_goes_away(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench")
    with bench.scratch() as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert not folder.exists()


def test_what_is_made_once_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []
    bench = Bench(tmp_path)
    for _ in range(2):
        bench.once("key", lambda: made.append(1))
    assert made == [1]


def test_json_is_a_list_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write_json(path, [Row("a", 1.5, "s"), Row("b", 2.0, "ms", "plain", 0.5, "<= 1.0", True)])

    first, second = json.loads(path.read_text(encoding="utf-8"))
    assert list(first) == ["name", "value", "unit", "baseline", "ratio", "target", "holds"]
    assert first["holds"] is None
    assert (second["ratio"], second["holds"]) == (0.5, True)


def test_generated_photos_resemble_their_event_and_not_the_words(tmp_path: Path) -> None:
    library = make_library(tmp_path / "data", 1_500, 64, "prepared@1")
    scores = library.vectors @ library.vectors.T
    words = words_like(20, 64) @ library.vectors.T

    assert library.vectors.shape == (1_500, 64)
    assert abs(float((library.vectors**2).sum(1).mean()) - 1) < 1e-5
    # The nearest of 1,500 is another photo of the same event.
    assert float((scores - 2 * (scores > 0.9999)).max(1).mean()) > 0.7
    assert float(words.mean()) < float(scores.mean())
    catalog = Catalog.open(library.places.catalog_path)
    try:
        assert catalog.count("prepared@1").searchable == 1_500
        assert len(catalog.photos.list_ids(InFolder(library.small_folder_id))) == 150
        assert library.open_index(catalog).snapshot.n_items == 1_500
    finally:
        catalog.close()


def test_generated_vectors_are_the_same_every_time() -> None:
    (once,), (again,) = list(clustered(50, 16)), list(clustered(50, 16))
    assert (once == again).all()


def test_a_tiny_run_prints_a_table_and_writes_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--quick", "--rounds", "1", "--only", "scan", "--out", str(tmp_path)])

    rows = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    again = next(row for row in rows if "no changes" in row["name"])
    bare = next(row for row in rows if "bare" in row["name"])
    assert code == 0
    assert again["baseline"] == "scandir + stat"
    assert math.isclose(again["ratio"], again["value"] / bare["value"])
    assert again["holds"] is (again["ratio"] <= 1.5)
    printed = capsys.readouterr().out
    assert all(row["name"] in printed for row in rows)
    assert list((tmp_path / "bench").iterdir()) == []


@pytest.mark.parametrize(
    "path", sorted(Path(benchmarks.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_what_a_benchmark_imports_when_it_runs_is_there(path: Path) -> None:
    lacking = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("desktop"):
            module = importlib.import_module(str(node.module))
            for name in (each.name for each in node.names):
                if not hasattr(module, name) and find_spec(f"{node.module}.{name}") is None:
                    lacking.append(f"{node.module}.{name}")
    assert lacking == []


def test_an_unknown_name_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().out


def test_every_area_of_the_application_is_in_the_list() -> None:
    main(["--list"])
    areas = {name.partition("-")[0] for name in BENCHMARKS}
    windowed = {"window", "map", "themes"}
    assert areas == {"indexing", "live", "memory", "search", "index", "scan"} | windowed
