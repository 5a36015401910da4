"""Processor time that Python and numpy would waste."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any


@contextmanager
def no_garbage() -> Iterator[None]:
    """For imports: what they make stays, so nobody need look through it for garbage, which took an
    eighth of the time of a search."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def on_one_thread() -> AbstractContextManager[object]:
    """Let numpy multiply on one thread in the block. With more, small products wait for one
    another, up to 200 times as long."""
    limited: AbstractContextManager[object] = _blas().limit(limits=1)
    return limited


def multiply_on_one_thread() -> None:
    """The same in this process from now on.

    The threads of OpenBLAS go on spinning for some milliseconds after each product, in case another
    follows. Where photos are compared by coarse rows the products that are left are small, so this
    took half of all processor time of an answer and gained nothing; and where two threads share a
    core, it slows the answer down.
    """
    on_one_thread()


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
