"""Decoders: processes that decode, so that a decoder which crashes or hangs takes only itself
along."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from PIL import Image

from desktop.errors import LikenessError
from desktop.media import sentences
from desktop.media.colour import Sides
from desktop.media.decode import DecodedPhoto, decode, facts_of, take_turns
from desktop.media.metadata import PhotoFacts
from desktop.media.thumbnails import Thumbnails
from desktop.priority import step_back_process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    _Connection = Connection[Any, Any]

log = logging.getLogger(__name__)

T = TypeVar("T")
Fit = Callable[[Image.Image], Image.Image]

LIMIT_S = 20.0
"""What one photo may take; the largest panoramas take 4 s."""

IDLE_S = 30.0
"""A process that has had nothing to do for so long ends; a new one takes 0.3 s."""

_START_S = 60.0
_STARTS = 3
"""How often in a row one is tried that does not start."""
_GRACE_S = 5.0
_READY = "ready"
_LARGE = "large"
_KILL_FIRST = "500"


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file, what it was like when its content was hashed, and that hash."""

    path: Path
    size_bytes: int
    mtime_ns: int
    content_hash: str
    sidecars: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FittedPhoto:
    """Attributes: images: what each fit made, by its name; facts: those of the full photo."""

    images: dict[str, Image.Image]
    facts: PhotoFacts


class Decoders:
    """A few processes that decode photos, started when they are needed.

    Any thread, as many at a time as there are processes; the others wait. An answer costs about a
    millisecond more than a call. Killing this process ends them, too.
    """

    def __init__(self, n_processes: int | None = None, limit_s: float = LIMIT_S) -> None:
        """n_processes: None for one a core, at least 2 and at most 16."""
        self.n_processes = n_processes or max(2, min(16, os.cpu_count() or 2))
        self._limit_s = limit_s
        self._free = threading.BoundedSemaphore(self.n_processes)
        self._one_large_at_a_time = threading.Lock()
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._lock = threading.Lock()

    def decode(self, path: Path, least: Sides | None = None) -> DecodedPhoto:
        """As `media.decode`. Raises PhotoUnreadable for crashes and hangs too; another UserError
        if no process starts, which is no photo's fault."""
        return self._run(decode, path, least)

    def read(
        self, file: HashedFile, least: Sides, fits: Mapping[str, Fit], thumbnails: Thumbnails
    ) -> FittedPhoto | None:
        """Decode once, save the thumbnail if it is not there, and give what each fit makes of it.

        fits: by name; picklable. None when the file is not what was hashed any more. Raises as
        `media.decode`, FileNotFoundError, and UserError when the disk is full or no process starts.
        """
        return self._run(_read, file, least, dict(fits), thumbnails)

    def facts(self, path: Path, sidecars: tuple[Path, ...] = ()) -> PhotoFacts:
        """As `media.facts_of`; raises as `decode`."""
        return self._run(facts_of, path, sidecars)

    def close(self) -> None:
        """End the processes that are idle; a later call starts new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def interrupt(self) -> None:
        """End the processes that are at work. Who waits for them gets PhotoUnreadable."""
        with self._lock:
            for process in self._busy:
                process.process.kill()
            self._busy.clear()

    def _run(self, function: Callable[..., T], *arguments: object) -> T:
        with self._free:
            while True:
                process = self._take()
                try:
                    result = process.ask(self._limit_s, function, arguments)
                except _Retired:
                    self._discard(process)
                    continue
                except BaseException:
                    self._discard(process)
                    raise
                process.is_new = False
                self._put_back(process)
                if isinstance(result, BaseException):
                    raise result
                answer: T = result
                return answer

    def _take(self) -> _Process:
        with self._lock:
            process = self._idle.pop() if self._idle else None
        process = process or self._start()
        with self._lock:
            self._busy.add(process)
        return process

    def _start(self) -> _Process:
        for _ in range(_STARTS):
            try:
                return _Process.start(self._one_large_at_a_time)
            except (EOFError, OSError) as error:
                log.error("a decoding process did not start: %r", error)
        raise sentences.no_decoder()

    def _put_back(self, process: _Process) -> None:
        with self._lock:
            if process in self._busy:  # else it was interrupted with the answer on its way
                self._busy.remove(process)
                self._idle.append(process)

    def _discard(self, process: _Process) -> None:
        with self._lock:
            self._busy.discard(process)
        process.end()


class _Retired(Exception):
    """The process had ended by itself before it was asked."""


@dataclass(slots=True, eq=False)
class _Process:
    """One decoding process, and the parent's end of the pipe to it."""

    process: multiprocessing.process.BaseProcess
    connection: _Connection
    one_large_at_a_time: threading.Lock
    is_new: bool = True

    @classmethod
    def start(cls, one_large_at_a_time: threading.Lock) -> Self:
        """Raises EOFError or OSError if it does not get ready."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="decode", daemon=True)
        process.start()
        theirs.close()
        started = cls(process, ours, one_large_at_a_time)
        try:
            if not ours.poll(_START_S):  # on a busy computer; the limit is for decoding
                raise EOFError(f"nothing was heard of it for {_START_S:.0f} s")
            ours.recv()
        except (EOFError, OSError):
            started.end()
            raise
        return started

    def ask(self, limit_s: float, function: Callable[..., object], arguments: object) -> Any:
        """What the function returned or raised, as a value. Raises PhotoUnreadable for a crash and
        for what takes longer than limit_s; waiting for its turn with a large image is not
        counted."""
        try:
            self.connection.send((limit_s, function, arguments))
            if not self.connection.poll(limit_s):
                raise sentences.too_slow(limit_s)
            message = self.connection.recv()
            if message != _LARGE:
                return message
            with self.one_large_at_a_time:
                self.connection.send(None)
                if not self.connection.poll(limit_s):
                    raise sentences.too_slow(limit_s)
                return self.connection.recv()
        except (EOFError, OSError) as error:
            self.process.join(_GRACE_S)
            if self.process.exitcode == 0 and not self.is_new:
                raise _Retired from error
            log.warning("a decoding process ended with %s", self.process.exitcode)
            raise sentences.crashed() from error

    def end(self) -> None:
        """End it whatever it does."""
        self.connection.close()
        self.process.kill()
        self.process.join(_GRACE_S)


class _AskParent(contextlib.AbstractContextManager[None]):
    """Waits for the turn of a large image; the parent takes the turn back with the answer, which it
    gets even from a process that was killed."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.send(_LARGE)
        self._connection.recv()

    def __exit__(self, *_: object) -> None:
        pass


def _serve(connection: _Connection) -> None:
    """The process: answer until nothing is asked for IDLE_S or the parent has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent
    step_back_process()
    _let_system_kill_first()
    take_turns(_AskParent(connection))
    # A decoder that hangs need not let Python run; this clock is in C. Killed parents are noticed.
    with open(os.devnull, "w") as nowhere, contextlib.suppress(EOFError, OSError):
        connection.send(_READY)
        while connection.poll(IDLE_S):
            limit_s, function, arguments = connection.recv()
            faulthandler.dump_traceback_later(2 * limit_s + _GRACE_S, exit=True, file=nowhere)
            answer = _answer(function, arguments)
            faulthandler.cancel_dump_traceback_later()
            connection.send(answer)


def _answer(function: Callable[..., object], arguments: tuple[Any, ...]) -> object:
    try:
        return function(*arguments)
    except (LikenessError, OSError) as error:
        return error
    except Exception:  # a bug of ours: it goes on in the parent, with its traceback as words
        return RuntimeError(traceback.format_exc())


def _read(
    file: HashedFile, least: Sides, fits: dict[str, Fit], thumbnails: Thumbnails
) -> FittedPhoto | None:
    decoded = decode(file.path, least, file.sidecars)
    found = file.path.stat()
    # A catalog holds times up to the year 2262, file systems later ones.
    mtime_ns = min(found.st_mtime_ns, 2**63 - 1)
    if (found.st_size, mtime_ns) != (file.size_bytes, file.mtime_ns):
        return None
    if not thumbnails.exists(file.content_hash):
        thumbnails.save(file.content_hash, decoded.image)
    images = {name: fit(decoded.image) for name, fit in fits.items()}
    return FittedPhoto(images, decoded.facts)


def _let_system_kill_first() -> None:
    """Where memory runs out, let Linux end this process and not the one with the window."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path(f"/proc/{os.getpid()}/oom_score_adj").write_text(_KILL_FIRST)
