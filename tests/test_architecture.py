"""What an import may pull in, measured in a new process. Who may import whom is import-linter's
work (`make check`)."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.generated import make_library
from desktop.embedding.starter import StarterEmbedder
from desktop.settings import resource_path

ROOT = Path(__file__).parents[1]


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that are loaded after `statement` in a new interpreter."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["desktop.cli", "desktop.cli.commands", "desktop.library"])
def test_the_headless_side_loads_neither_qt_nor_torch_nor_an_engine_that_is_not_chosen(
    module: str,
) -> None:
    loaded = loaded_by(f"import {module}")
    assert "desktop" in loaded
    assert not loaded & {"PySide6", "shiboken6", "torch", "sentence_transformers", "transformers"}
    assert not loaded & {"faiss", "pymilvus", "clickhouse_connect", "chdb", "psycopg"}


def test_help_loads_nothing_slow() -> None:
    loaded = loaded_by("import desktop.__main__")
    assert not loaded & {"numpy", "PIL", "sqlalchemy", "PySide6", "torch"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such pages")
def test_numpy_asks_for_no_huge_pages_whose_making_takes_long(tmp_path: Path) -> None:
    code = (
        "import sys; from desktop.__main__ import main; main(['--data', sys.argv[1], 'folders'])\n"
        "from numpy._core._multiarray_umath import _get_madvise_hugepage as asks\n"
        "sys.exit(asks())"
    )
    environment = {**os.environ}
    environment.pop("NUMPY_MADVISE_HUGEPAGE", None)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, env=environment)
    assert done.returncode == 0


def test_a_search_by_words_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    starter = StarterEmbedder(resource_path("models", "starter"))
    make_library(tmp_path, 40, starter.dim, starter.model_id)
    code = (
        "import sys\n"
        "sys.addaudithook(lambda event, _: print(event) if 'Popen' in event else None)\n"
        "from desktop.__main__ import main; main(['--data', sys.argv[1], 'search', 'a dog'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, check=True
    )
    *hits, loaded = done.stdout.decode().splitlines()
    assert len(hits) > 20
    assert "subprocess.Popen" not in hits
    slow = {
        *("torch", "transformers", "sentence_transformers", "huggingface_hub", "httpx2"),
        *("PySide6", "pandas", "matplotlib", "scipy", "sklearn", "pyarrow", "numpy.ma"),
        *("faiss", "openvino", "ray", "alembic", "psycopg", "fpdf", "tqdm"),
    }
    assert slow & set(loaded.split()) == set()


def test_there_is_no_module_that_means_nothing() -> None:
    refused = {"utils", "helpers", "common", "misc", "manager"}
    names = {path.stem for path in (ROOT / "desktop").rglob("*.py")}
    names |= {path.name for path in (ROOT / "desktop").rglob("*") if path.is_dir()}
    assert not names & refused


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "desktop").rglob("*.py"))
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None
    ]
    assert not silent


def test_each_class_has_a_name_of_its_own() -> None:
    """An underscore in front makes no other name: a reader meets both in one search."""
    places: dict[str, list[str]] = {}
    for path in sorted((ROOT / "desktop").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                module = str(path.relative_to(ROOT))
                places.setdefault(node.name.lstrip("_"), []).append(module)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
