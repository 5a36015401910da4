"""How numpy multiplies in a process that answers questions."""

from __future__ import annotations

from functools import cache
from typing import Any


def multiply_on_one_thread() -> None:
    """Let numpy's products take one thread of this process from now on.

    The threads of OpenBLAS go on spinning for some milliseconds after each product, in case another
    follows. Where photos are compared by coarse rows the products that are left are small, so this
    took half of all processor time of an answer and gained nothing; and where two threads share a
    core, it slows the answer down.
    """
    _blas().limit(limits=1)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
