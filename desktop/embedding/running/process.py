"""Setting up a process in which networks run."""

from __future__ import annotations

import ctypes
import os
import sys
import threading

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h

# OpenMP's threads spin while they wait for one another. With decoding at work on both of two cores
# that took a quarter of the speed of indexing; with another program there, one query took 690 ms
# and 16 images 4 s; sleeping, 15 to 65 ms and 0.8 s.
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


def become_a_model_process() -> None:
    """Set up a process in which networks run, before torch is imported there."""
    os.environ.update(_ENVIRONMENT)
    _share_one_heap()
    _spare_semaphores()


def _spare_semaphores() -> None:
    """Let tqdm, which models are loaded with, lock by a thread's lock: the semaphore it would make
    is reported as leaked when this process is ended from outside."""
    from tqdm import tqdm

    tqdm.set_lock(threading.RLock())


def _share_one_heap() -> None:
    """Let all threads use the first one's heap; glibc would give each of torch's threads one of its
    own, and none gives freed memory back. 50 MB less while indexing, and no slower."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # musl has none
        mallopt(_ARENA_MAX, 1)
