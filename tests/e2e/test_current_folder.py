"""A file in the folder where Likeness is started is never taken for a part of Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.cli.said.outcome import likeness_command
from tests.e2e.program import Program, is_packaged

LIBRARIES = ("annoy", "numpy", "PIL", "sqlalchemy", "torch", "transformers")
FIRST = frozenset(sys.builtin_module_names) | {
    "collections",
    "contextlib",
    "functools",
    "importlib",
    "keyword",
    "operator",
    "reprlib",
    "types",
    "warnings",
}
"""What `python -m` itself imports before any program begins, unless it is told -P."""


@pytest.fixture
def traps(program: Program) -> Path:
    """A current folder with a file for each module there is; what was run is written down in it."""
    folder = program.root / "cwd"
    folder.mkdir(parents=True)
    for name in (*sys.stdlib_module_names, *LIBRARIES):
        code = f"open({str(program.root / 'ran.txt')!r}, 'a').write('{name} ')\nraise SystemExit(3)"
        (folder / f"{name}.py").write_text(code)
    return folder


@pytest.mark.usefixtures("traps")
def test_neither_by_the_command_line_nor_by_the_window(program: Program, gallery: Path) -> None:
    program("add", gallery)
    program("index")
    assert program("search", "a cat", "--json").json["hits"]
    program("doctor", "--offline-proof")
    assert not (program.root / "ran.txt").exists()


@pytest.mark.skipif(is_packaged(), reason="a packaged program has no -m")
@pytest.mark.parametrize("is_safe", [False, True])
def test_nor_as_a_module(program: Program, traps: Path, gallery: Path, is_safe: bool) -> None:
    command = likeness_command()
    if not is_safe:
        command.remove("-P")
        for name in FIRST:
            (traps / f"{name}.py").unlink(missing_ok=True)
    for arguments in (("add", gallery), ("index",)):
        done = subprocess.run(
            [*command, "--data", program.data, *arguments],
            cwd=traps, env=program.environment(), capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert not (program.root / "ran.txt").exists()
