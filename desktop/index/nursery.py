"""Nursery: an approximate part is built in a process of its own.

Annoy's `save`, say, holds the interpreter for 100 to 250 ms at 100,000 photos, which the window
would feel, its `build` cannot be cancelled, and adding rows competes with every other thread. A
process can be ended at any moment, and what crashes there crashes alone.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from desktop.index.approximate import Build
from desktop.jobs import Job
from desktop.priority import step_back_process

LABEL = "Building the index"

_LOOK_EVERY_S = 0.1
_SPAWN = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang


def build_apart(
    build: Build, vectors_path: Path, shape: tuple[int, int], path: Path, job: Job
) -> None:
    """Build over a file of `shape` float32 into `path`, in a process of its own with low priority.

    Blocks, and lets other threads run all the while. Raises Cancelled within a moment, and OSError
    when the disk is full or the process ended before it was done; then `path` may be unfinished.
    """
    receiver, sender = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(
        target=_build,
        args=(sender, build, vectors_path, shape, path),
        name="likeness-index",
        daemon=True,
    )
    with receiver:
        try:
            process.start()
            sender.close()
            n_done: int | None = 0
            while n_done is not None:
                # Also while nothing is heard: it may be cancelled.
                job.report(n_done, shape[0], LABEL)
                n_done = _listen(receiver, n_done)
        except EOFError:
            process.join()
            ended = f"the process that builds it ended with {process.exitcode}"
            raise OSError(errno.EIO, ended) from None
        finally:
            sender.close()
            if process.pid is not None:
                process.kill()
                process.join()


def _listen(receiver: Connection, n_done: int) -> int | None:
    """How many rows are in after a moment; None at the end. Raises what the process says went
    wrong, or EOFError when it has ended."""
    if not receiver.poll(_LOOK_EVERY_S):
        return n_done
    said: int | OSError | None = receiver.recv()
    if isinstance(said, OSError):
        raise said
    return said


def _build(
    sender: Connection, build: Build, vectors_path: Path, shape: tuple[int, int], path: Path
) -> None:
    """The process's side: numbers of rows that are in, then None, or the OSError."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    step_back_process()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        vectors = np.asarray(np.memmap(vectors_path, "<f4", "r", shape=shape))
        build(vectors, path, sender.send)
    except OSError as error:
        sender.send(OSError(error.errno, error.strerror or str(error)))
    else:
        sender.send(None)


def _end_with_parent() -> None:
    """A parent that was killed cannot end this process any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
