"""Rows, targets, interleaved repeats, and the list of benchmarks."""

from __future__ import annotations

import gc
import operator
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_TARGET = re.compile(r"(<=|>=) ([0-9.]+)")
_COMPARE = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        value, unit: what was measured, the median of the repeats.
        baseline: what it is compared with; None for a figure that stands by itself.
        ratio: value / the baseline's value, the median over the rounds; None without a baseline.
        target: "<= x" or ">= x", for the ratio, or for the value where there is no baseline.
        holds: whether the target is met; None without one.
    """

    name: str
    value: float
    unit: str
    baseline: str | None = None
    ratio: float | None = None
    target: str | None = None
    holds: bool | None = None


def alone(name: str, values: Sequence[float], unit: str, target: str | None = None) -> Row:
    """A figure without a baseline; a target is absolute, in `unit`."""
    value = statistics.median(values)
    return Row(name, value, unit, target=target, holds=_holds(value, target))


def against(
    name: str,
    values: Sequence[float],
    unit: str,
    baseline: str,
    baseline_values: Sequence[float],
    target: str | None = None,
) -> Row:
    """A figure beside its baseline. Values of the same place were measured in the same round, so
    that a machine that slows down meanwhile slows both."""
    ratio = statistics.median(a / b for a, b in zip(values, baseline_values, strict=True))
    return Row(
        name, statistics.median(values), unit, baseline, ratio, target, _holds(ratio, target)
    )


def interleave(
    measures: Mapping[str, Callable[[], float]], n_rounds: int
) -> dict[str, list[float]]:
    """Take each measure once a round, A B A B ..., by its name."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(n_rounds):
        for name, measure in measures.items():
            gc.collect()
            taken[name].append(measure())
    return taken


def read_once(paths: Iterable[Path]) -> None:
    """Bring files into the system's cache, so that a cold disk does not decide."""
    for path in paths:
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass


@dataclass(slots=True)
class Bench:
    """What a benchmark is given.

    Attributes:
        path: a folder for what is built once and for the plots.
        is_quick: small sizes, to see that everything runs; the figures mean little.
        is_large: a million vectors, too; minutes and gigabytes.
    """

    path: Path
    is_quick: bool = False
    is_large: bool = False
    n_rounds: int = 3
    _made: dict[str, object] = field(default_factory=dict)

    def size(self, full: int, quick: int) -> int:
        return quick if self.is_quick else full

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What `make` gives, made at the first call of this run."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]

    def draw(self, how: Callable[..., None], name: str, *what: object, **style: object) -> None:
        """Draw <name>.png with one of the functions in `plots`; a plot is no reason to lose the
        figures, so without matplotlib there are none, and a line says so."""
        try:
            how(self.path / f"{name}.png", *what, **style)
        except ImportError as error:
            sys.stderr.write(f"no plot {name}.png: {error}\n")

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the same disk, removed afterwards."""
        self.path.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=self.path))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


Benchmark = Callable[[Bench], Iterator[Row]]

BENCHMARKS: dict[str, Benchmark] = {}
"""By name, in the order in which they run."""


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Enter a function into the list. It yields its rows as they are ready."""

    def enter(function: Benchmark) -> Benchmark:
        BENCHMARKS[name] = function
        return function

    return enter


def _holds(number: float, target: str | None) -> bool | None:
    if target is None:
        return None
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ValueError(f"not a target: {target!r}")
    return bool(_COMPARE[match[1]](number, float(match[2])))
