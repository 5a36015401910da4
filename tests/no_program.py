"""A computer on which no process of ours starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker, spawn

import pytest


@contextmanager
def no_program() -> Iterator[None]:
    """Inside the block every process of multiprocessing ends before it has begun."""
    if sys.platform == "win32":
        pytest.skip("has no program that only fails")
    resource_tracker.ensure_running()  # one program that is not what is tested
    before = spawn.get_executable()
    spawn.set_executable("/bin/false")
    try:
        yield
    finally:
        spawn.set_executable(before)
