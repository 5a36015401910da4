"""`python -m benchmarks`: measure, print the table, write it and the plots into build/."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import BENCHMARKS, Bench, Row
from benchmarks.report import say, say_machine, say_row, write_json, write_table

AREAS = (
    "indexing",
    "live",
    "memory",
    "searching",
    "cold",
    "engines",
    "asking",
    "growth",
    "scanning",
    "window",
    "map",
    "themes",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for; 0 whether or not the targets hold, 2 for an unknown name."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is kept where Likeness is installed
    for area in AREAS:
        importlib.import_module(f"benchmarks.{area}")
    arguments = _parse(argv)
    if arguments.list:
        say("\n".join(BENCHMARKS))
        return 0
    wanted = [*arguments.names, *(arguments.only or [])]
    chosen = [name for name in BENCHMARKS if any(part in name for part in wanted or [""])]
    if not chosen:
        say(f"There is no benchmark called {', '.join(wanted)}; --list shows them.")
        return 2
    # Whole, as all folders that are watched.
    folder = (arguments.out / "bench").resolve()
    bench = Bench(folder, arguments.quick, arguments.large, arguments.rounds)
    rows = _run(bench, chosen)
    write_json(arguments.out / "bench.json", rows)
    write_table(arguments.out / "bench.md", rows)
    targets = [row.holds for row in rows if row.holds is not None]
    say(f"{sum(targets)} of {len(targets)} targets hold; {arguments.out / 'bench.json'}")
    if arguments.quick:
        say("Measured with --quick: the sizes are too small for the figures to mean much.")
    return 0


def _run(bench: Bench, chosen: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    say_machine()
    for name in chosen:
        say(f"-- {name}")
        for row in BENCHMARKS[name](bench):
            rows.append(row)
            say_row(row)
    return rows


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the same as --only")
    parser.add_argument("--only", action="append", metavar="NAME", help="names that contain NAME")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes in all")
    parser.add_argument("--large", action="store_true", help="a million photos, too (8 GB)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="repeats (3)")
    parser.add_argument("--out", type=Path, default=Path("build"), metavar="DIR")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
