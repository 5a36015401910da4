"""A computer on which no process of ours starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def no_program() -> Iterator[None]:
    """Inside the block every helper process ends before it has begun."""
    if sys.platform == "win32":
        pytest.skip("has no program that only fails")
    before, sys.executable = sys.executable, "/bin/false"
    try:
        yield
    finally:
        sys.executable = before
