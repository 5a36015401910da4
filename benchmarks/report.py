"""The table on the screen, build/bench.json and build/bench.md."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.harness import Row

_HEAD = f"{'':58} {'value':>10} {'':9} {'ratio':>7} {'target':>8}  baseline"


def say(line: str) -> None:
    """Print a line at once: a run takes minutes, and somebody may be watching."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say_machine() -> None:
    say(f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    say(_HEAD)


def say_row(row: Row) -> None:
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    holds = {None: "", True: "holds", False: "FALLS SHORT"}[row.holds]
    line = f"{row.name:58} {row.value:10.4g} {row.unit:9} {ratio:>7} {row.target or '':>8}"
    say(f"{line}  {row.baseline or '':34} {holds}".rstrip())


def write_json(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as a list of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows that have a target as a Markdown table, as docs/speed.md shows them."""
    lines = [f"Measured on {_processor()}, {os.cpu_count()} cores, {platform.system()}.", ""]
    lines += ["| what | figure | ratio | beside | target | holds |", "|---|---|---|---|---|---|"]
    for row in rows:
        if row.target is not None:
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
            figure = f"{row.value:.3g} {row.unit}".strip()
            holds = "yes" if row.holds else "**no**"
            cells = (row.name, figure, ratio, row.baseline or "", row.target, holds)
            lines.append(f"| {' | '.join(cells)} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
