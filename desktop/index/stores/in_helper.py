"""InHelper: something whose library lives in a helper process.

Such libraries bring threads, allocators, log handlers and hundreds of megabytes along, which stay
out of the window's process that way; what hangs or dies takes only the helper along, and the next
question starts another.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from desktop.background import Helper, HelperBug, HelperEnded, HelperSilent
from desktop.errors import EngineUnavailable, UserError
from desktop.index.stores.store import StoreAway
from desktop.jobs import Job

CLOSE_WITHIN_S = 5.0

READS, WRITES = 0, 1
"""Lines: what is asked on one does not wait for what is asked on the other."""


class InHelper:
    """Made in the helper at the first question, and asked for its methods by name."""

    def __init__(self, name: str, make: Callable[..., Any], *arguments: object) -> None:
        """name: of the engine, for people. make, arguments: picklable; called in the helper."""
        self._name = name
        self._make = make
        self._arguments = arguments
        self._starting = threading.Lock()
        self._helper: Helper | None = None
        self._dim = 0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Of the helper, where one runs."""
        helper = self._helper
        return helper.pid if helper is not None and not helper.has_ended else None

    def close(self) -> None:
        """What it has taken is on disk already; what its library does besides is given a moment."""
        with self._starting:
            self._is_closed = True
            helper, self._helper = self._helper, None
        if helper is not None:
            with contextlib.suppress(HelperEnded, HelperSilent, HelperBug, UserError):
                if not helper.has_ended:
                    helper.ask(("close",), CLOSE_WITHIN_S)
            helper.close()

    def _open(self, dim: int) -> None:
        """Let what is in the helper `open` embeddings (dim,), now and in each helper to come."""
        with self._starting:
            self._dim = dim
            self._start()

    def _ask(
        self,
        method: str,
        *arguments: object,
        within_s: float,
        line: int = READS,
        job: Job | None = None,
    ) -> Any:
        with self._starting:
            helper = self._start()
        try:
            return helper.ask((method, *arguments), within_s, job, line=line)
        except HelperSilent as error:
            raise StoreAway(
                f"The engine {self._name} gave no answer within {within_s:.0f} seconds.",
                "It is tried again after a while.",
            ) from error
        except HelperEnded as error:
            raise StoreAway(
                f"The engine {self._name} has ended unexpectedly.", "It is started again."
            ) from error

    def _start(self) -> Helper:
        """Under the lock."""
        if self._helper is None or self._helper.has_ended:
            if self._is_closed:
                raise StoreAway(f"The engine {self._name} is not open.")
            try:
                self._helper = Helper.start(
                    self._name, _prepare, self._make, self._arguments, self._dim, n_lines=2
                )
            except (HelperEnded, HelperSilent, OSError) as error:
                raise StoreAway(
                    f"The engine {self._name} could not be started.", "It is tried again."
                ) from error
        return self._helper


def _prepare(
    make: Callable[..., Any], arguments: tuple[object, ...], dim: int
) -> Sequence[Callable[..., object]]:
    """In the helper: what answers on its two lines."""
    hosted = make(*arguments)
    if dim:
        hosted.open(dim)

    def answer(_: object, method: str, *given: object) -> object:
        try:
            asked = getattr(hosted, method)
            return asked(*given) if callable(asked) else asked
        except MemoryError as error:
            raise EngineUnavailable("There is not enough memory for the engine.") from error

    return answer, answer
