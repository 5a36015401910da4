"""Layout: a map is drawn in a process of its own, from embeddings that come in blocks."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from desktop.background import Helper, HelperEnded
from desktop.grouping.drawing import draw
from desktop.grouping.ground import FloatArray, Ground
from desktop.jobs import Job
from desktop.priority import step_back_process

LEAST_DRAWN = 3
"""Of fewer photos there is nothing to be laid out."""

READING, DRAWING = "Reading what photos look like", "Drawing the map"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map.

    Attributes:
        ground: to place others by.
        points: (n, 2) float32, for each embedding in the order in which they came.
    """

    ground: Ground
    points: FloatArray


def draw_apart(
    blocks: Iterable[FloatArray], n: int, job: Job, before: Ground | None = None
) -> Drawing:
    """Lay photos out so that those that look alike are near each other.

    blocks: embeddings (some, d), n of them in all, at least LEAST_DRAWN. before: the map that the
    person knows; the new one begins from it, so that what was at the left stays there.

    Blocks, and lets other threads run all the while: the work is done by a process with low
    priority, on one core. Equal embeddings give equal maps. Raises Cancelled within a moment, and
    OSError when the process ended before it was done.
    """
    n_read = 0

    def on_step(step: object) -> None:
        assert isinstance(step, tuple)
        n_done, n_steps = step
        job.report(n_done, n_steps, DRAWING)

    job.report(0, n, READING)
    try:
        with closing(Helper.start("map", _prepare, job=job)) as drawer:
            for block in blocks:
                drawer.ask((block,), math.inf, job)
                n_read += len(block)
                job.report(n_read, n, READING)
            ground, points = drawer.ask((None, before), math.inf, job, on_step)
    except HelperEnded as ended:
        raise OSError(errno.EIO, f"the process that draws it {ended}") from None
    return Drawing(ground, points)


def _prepare() -> tuple[Callable[..., object]]:
    step_back_process()
    return (_Drawer(),)


class _Drawer:
    """In the process: takes blocks, and draws when there is none any more."""

    def __init__(self) -> None:
        self._blocks: list[FloatArray] = []

    def __call__(
        self,
        tell: Callable[[tuple[int, int]], None],
        block: FloatArray | None,
        before: Ground | None = None,
    ) -> tuple[Ground, FloatArray] | None:
        if block is not None:
            self._blocks.append(block)
            return None
        return draw(np.concatenate(self._blocks), before, lambda *step: tell(step))
