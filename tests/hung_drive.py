"""A drive that hangs: a FUSE file system that nobody serves, mounted over a folder, so that every
call into it waits in the kernel. Only root on Linux may mount one; elsewhere a test that wants one
is skipped."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MNT_FORCE, MNT_DETACH = 1, 2


@contextmanager
def hung(path: Path) -> Iterator[None]:
    """Every call beneath `path` waits as long as the context lasts; then the folder is as it
    was."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("only root on Linux may mount a drive that hangs")
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    target = os.fsencode(path)
    if libc.mount(b"hung", target, b"fuse", 0, options.encode()):
        os.close(device)
        pytest.skip(f"no drive that hangs can be mounted: {os.strerror(ctypes.get_errno())}")
    try:
        yield
    finally:
        libc.umount2(target, MNT_FORCE)  # lets go of all who wait
        os.close(device)
        libc.umount2(target, MNT_DETACH)
