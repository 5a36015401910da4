"""Root without the right to pass over permissions, so that tests of refusals run for root too."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
VERSION_3 = 0x20080522
Words = ctypes.c_uint32 * 6
"""effective, permitted, inheritable of capabilities 0 to 31, then of 32 to 63: capget(2)."""


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """Let permissions hold for this thread, and for those it starts meanwhile."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    before, without = Words(), Words()
    assert libc.capget(header, before) == 0
    ctypes.memmove(without, before, ctypes.sizeof(before))
    without[0] &= ~(1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH)
    assert libc.capset(header, without) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
