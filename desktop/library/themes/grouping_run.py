"""GroupingRun: hands embeddings over to a process that groups them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.background import Helper, HelperEnded
from desktop.errors import UserError
from desktop.grouping import Grouper, GroupingTask, Groups
from desktop.jobs import Job
from desktop.priority import step_back_process

READING, GROUPING = "Reading photos", "Grouping photos"

_SAMPLE = 10_000
_ROWS = 5_000
"""Embeddings that are read and handed over at a time: 10 MB."""

Read = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""photo_ids (n,) -> their embeddings (n, d), in the same order."""


class GroupingRun:
    """One process, and what it was given. scikit-learn's memory goes with it."""

    def __init__(self, helper: Helper, job: Job) -> None:
        """See `started`."""
        self._helper = helper
        self._job = job

    @classmethod
    @contextmanager
    def started(cls, job: Job) -> Iterator[GroupingRun]:
        """A process of low priority, for the block. Any thread; it waits with `job`, and raises
        Cancelled soon after that is cancelled, or UserError where the process ends."""
        try:
            helper = Helper.start("themes", _prepare, job=job)
            try:
                yield cls(helper, job)
            finally:
                helper.close()
        except HelperEnded as error:
            raise UserError(
                "Grouping photos ended before it was done.",
                "Most often the memory has run out: close other programs and try again.",
            ) from error

    def give(self, photo_ids: NDArray[np.int64], read: Read) -> None:
        """Hand over the embeddings of these photos."""
        n = len(photo_ids)
        self._ask("fit", read(photo_ids[:: max(1, n // _SAMPLE)]))
        for start in range(0, n, _ROWS):
            self._job.report(start, n, READING)
            self._ask("take", read(photo_ids[start : start + _ROWS]))
        self._job.report(n, n, READING)

    def group(self, asked: GroupingTask) -> Groups:
        groups = self._ask("group", asked)
        assert isinstance(groups, Groups)
        return groups

    def split(self, n: int) -> NDArray[np.int32]:
        """In which of n groups each of the photos is."""
        labels = self._ask("split", n)
        assert isinstance(labels, np.ndarray)
        return labels

    def _ask(self, method: str, argument: object) -> Any:
        def on_percent(done: object) -> None:
            assert isinstance(done, int)
            self._job.report(done, 100, GROUPING)

        return self._helper.ask((method, argument), math.inf, self._job, on_percent)


def _prepare() -> tuple[Callable[..., object]]:
    """In the process."""
    step_back_process()
    grouper = Grouper()

    def answer(tell: Callable[[int], None], method: str, argument: Any) -> object:
        if method == "group":
            return grouper.group(argument, tell)
        return getattr(grouper, method)(argument)

    return (answer,)
