"""The packaged program is its own helper process."""

from __future__ import annotations

import shlex
import sys
from contextlib import closing
from pathlib import Path

import pytest

from desktop.media import Decoders
from tests.pictures import draw

START = Path(__file__).parents[2] / "packaging" / "start.py"


@pytest.mark.skipif(sys.platform == "win32", reason="stands in by a shell script")
def test_a_packaged_program_decodes_in_processes_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "likeness"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(START)])} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    with closing(Decoders(n_processes=1)) as decoders:
        assert decoders.decode(draw(tmp_path / "red.jpg")).facts.format == "JPEG"
