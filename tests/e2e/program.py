"""The program as a person starts it. LIKENESS_EXE names another one, such as a packaged one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.no_network.sitecustomize import REPORT

TIMEOUT_S = 240


def executable() -> Path:
    """LIKENESS_EXE, else the command that `pip install` has put beside this interpreter."""
    name = "likeness.exe" if sys.platform == "win32" else "likeness"
    return Path(os.environ.get("LIKENESS_EXE") or Path(sys.executable).with_name(name))


def is_packaged() -> bool:
    """Whether another build than this checkout is tried, such as the installed package."""
    return bool(os.environ.get("LIKENESS_EXE"))


@dataclass(frozen=True)
class Said:
    """How one run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Program:
    """`likeness --data DIR` in a home and a working folder of its own, with connections refused.

    A packaged program has an interpreter of its own that PYTHONPATH does not reach: there,
    packaging/smoke_test.py sees to it that no connection is tried.

    Attributes:
        root: what belongs to this program: data, home, working folder.
    """

    root: Path
    extra_environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def connections(self) -> Path:
        """Where tests/no_network writes down every connection that was tried."""
        return self.root / "connections.txt"

    def __call__(self, *argv: str | Path, code: int | None = 0) -> Said:
        """Run to the end; `code` is the exit code that is expected, None for any."""
        process = self.start(*argv)
        out, err = process.communicate(timeout=TIMEOUT_S)
        said = Said(process.returncode, out, err)
        assert code is None or said.code == code, said
        assert "Traceback" not in said.err, said.err
        assert not self.connections.exists(), self.connections.read_text()
        return said

    def start(self, *argv: str | Path) -> subprocess.Popen[str]:
        """Start and return at once."""
        self.root.joinpath("cwd").mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            [executable(), "--data", self.data, *map(str, argv)],
            cwd=self.root / "cwd",
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )

    def environment(self) -> dict[str, str]:
        # HOME and its like already point into a temporary folder, and PYTHONPATH at the guard:
        # tests/conftest.py
        return {
            **os.environ,
            REPORT: str(self.connections),
            **self.extra_environment,
        }
