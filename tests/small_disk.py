"""A real small disk (tmpfs), which only root may mount; elsewhere a test that wants one is
skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DISK_BYTES = 4 << 20


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own, of `DISK_BYTES`."""

    path: Path

    def fill(self, leave_bytes: int = 0) -> None:
        """Take all room but this."""
        free_bytes = shutil.disk_usage(self.path).free
        (self.path / "ballast").write_bytes(bytes(free_bytes - leave_bytes))

    def make_room(self) -> None:
        (self.path / "ballast").unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def _remount(self, access: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{access}", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """Mount one at `path`, which is made, as long as the context lasts."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a small disk")
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
