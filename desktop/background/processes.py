"""Helper processes: started here, asked over lines, ended by their owner or with this process.

Pebble's pool kills a task at its limit, too, but looks for that ten times a second, gives all
workers one line, and one process no two; loky and concurrent.futures kill the whole pool for one
task. None of them lets work ask back, waits for a turn without counting it, or keeps the current
folder out of a helper, whose `select.py` multiprocessing runs in the place of Python's own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Sequence
from enum import Enum, auto
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import ForkingPickler
from typing import Any

from desktop.errors import LikenessError
from desktop.jobs import Job, held, wait
from desktop.thrift import no_garbage

MARK = "--likeness-helper"
"""The argument by which a process knows that it is a helper."""

START_WITHIN_S = 60.0
"""On a busy computer; usually it takes 0.2 s."""
_GRACE_S = 5.0
_FITS_BYTES = 32_768
"""A question of up to so many bytes can be sent without waiting. A larger one waits until the other
side reads, which it may not do."""
_CODE = "import sys; sys.path[:] = {}; from desktop.background.processes import serve; serve()"

AskBack = Callable[[object], Any]
Answering = Callable[..., object]
"""Called in the helper as answer(ask_back, *question)."""


class HelperEnded(Exception):
    """It ended while it was asked, or before. Attributes: exit_code, as subprocess has it."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"ended with {exit_code}")
        self.exit_code = exit_code


class HelperSilent(Exception):
    """It gave no answer in time, and was ended."""


class HelperBug(Exception):
    """What nobody expected was raised in it. The message is the traceback there."""


class _MessageKind(Enum):
    ANSWER = auto()
    ERROR = auto()
    ASKS_BACK = auto()


class Helper:
    """One running helper process. Any thread; each line takes one question at a time.

    Attributes: n_answers: so many questions it has answered.
    """

    def __init__(self, process: subprocess.Popen[bytes], lines: Sequence[Connection]) -> None:
        """See `start`."""
        self.n_answers = 0
        self._process = process
        self._lines = lines
        self._turns = [threading.Lock() for _ in lines]
        self._end = weakref.finalize(self, _end, process)  # at exit, too

    @classmethod
    def start(
        cls,
        name: str,
        prepare: Callable[..., Sequence[Answering]],
        *arguments: object,
        n_lines: int = 1,
        idle_s: float | None = None,
        job: Job | None = None,
    ) -> Helper:
        """Start one. In it, `prepare(*arguments)` gives the function that answers, for each line.

        prepare, arguments: picklable. name: seen in lists of processes. idle_s: it ends by itself,
        with 0, when nothing was asked on its first line for so long. Blocks until it is ready.
        Raises what prepare does, HelperEnded, HelperSilent, OSError, or Cancelled.
        """
        ours, theirs = zip(*(Pipe() for _ in range(n_lines)), strict=True)
        try:
            process = _start(name, theirs)
        finally:
            for line in theirs:
                line.close()
        helper = cls(process, ours)
        helper.ask((prepare, arguments, idle_s), START_WITHIN_S, job)
        helper.n_answers = 0
        return helper

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return not self._end.alive

    def ask(
        self,
        question: tuple[object, ...],
        within_s: float,
        job: Job | None = None,
        on_asked: AskBack = lambda _: None,
        line: int = 0,
    ) -> Any:
        """Returns what its function answers. Where that asks back, `on_asked` replies, and the time
        begins anew.

        Raises the LikenessError or OSError that the function raised, and HelperBug for anything
        else. Whatever else is raised has ended the process, since nobody knows what is on the line:
        HelperEnded, HelperSilent, Cancelled soon after `job` is.
        """
        with held(self._turns[line], job):
            if self.has_ended:
                raise HelperEnded(self._process.returncode)
            try:
                said, value = self._talk(self._lines[line], question, within_s, job, on_asked)
            except (EOFError, OSError) as error:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_GRACE_S)  # so that its exit code is known
                self.close()
                raise HelperEnded(self._process.returncode) from error
            except BaseException:
                self.close()
                raise
            self.n_answers += 1
        if said is _MessageKind.ERROR:
            raise value
        return value

    def close(self) -> None:
        """End it, whatever it does; it has nothing to save. Any thread, any number of times."""
        self._end()

    def _talk(
        self,
        line: Connection,
        question: tuple[object, ...],
        within_s: float,
        job: Job | None,
        on_asked: AskBack,
    ) -> tuple[_MessageKind, Any]:
        said, value = _MessageKind.ASKS_BACK, None
        message: object = question
        while said is _MessageKind.ASKS_BACK:
            self._send(line, message, within_s)
            if not wait(line.poll, within_s, job):
                raise HelperSilent(f"no answer within {within_s:.0f} s")
            said, value = line.recv()
            if said is _MessageKind.ASKS_BACK:
                message = on_asked(value)
        return said, value

    def _send(self, line: Connection, message: object, within_s: float) -> None:
        pickled = ForkingPickler.dumps(message)
        if len(pickled) <= _FITS_BYTES:
            line.send_bytes(pickled)
            return
        limit = threading.Timer(min(within_s, threading.TIMEOUT_MAX), self._process.kill)
        limit.start()
        try:
            line.send_bytes(pickled)
        finally:
            limit.cancel()


def _start(name: str, lines: Sequence[Connection]) -> subprocess.Popen[bytes]:
    """Nothing is written to its standard input: when that is closed, the helper knows that we have
    ended."""
    handles = [line.fileno() for line in lines]
    if getattr(sys, "frozen", False):
        program = [sys.executable]
    else:
        program = [sys.executable, "-P", "-c", _CODE.format([path for path in sys.path if path])]
    command = [*program, MARK, name, *map(str, handles)]
    if sys.platform == "win32":
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        inherited = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        return subprocess.Popen(command, stdin=subprocess.PIPE, startupinfo=inherited)
    return subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=handles)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process. Its lines are left open, since another thread may be waiting at one."""
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):  # it cannot die while a drive hangs
        process.wait(_GRACE_S)
    assert process.stdin is not None
    process.stdin.close()


def serve() -> None:
    """What a helper does from its start to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for its owner
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    logging.captureWarnings(True)
    threading.Thread(target=_end_with_owner, daemon=True).start()
    first, *others = (_line(int(handle)) for handle in sys.argv[sys.argv.index(MARK) + 2 :])
    prepared: list[tuple[Sequence[Answering], float | None]] = []

    def prepare(
        _: AskBack, make: Callable[..., Sequence[Answering]], arguments: Any, idle_s: float | None
    ) -> None:
        prepared.append((make(*arguments), idle_s))

    with no_garbage():
        _answer(first, prepare)
    if not prepared:
        os._exit(1)
    (answer, *more), idle_s = prepared[0]
    for line, its_answer in zip(others, more, strict=True):
        threading.Thread(target=_answer_all, args=(line, its_answer), daemon=True).start()
    _answer_all(first, answer, idle_s)


def _answer_all(line: Connection, answer: Answering, idle_s: float | None = None) -> None:
    """Answer until the owner has gone or is silent for idle_s; then end the process, whatever its
    other threads are at."""
    exit_code = 1
    try:
        with contextlib.suppress(EOFError, OSError):
            while line.poll(idle_s):
                # Held until the next: glibc would give its memory back and fetch it anew, which
                # takes a millisecond for an image of 600 kB.
                _held = _answer(line, answer)
        exit_code = 0
    finally:
        os._exit(exit_code)


def _answer(line: Connection, answer: Answering) -> object:
    """Answer one question, and give the answer. Raises EOFError or OSError when nobody listens any
    more."""

    def ask_back(value: object) -> Any:
        line.send((_MessageKind.ASKS_BACK, value))
        return line.recv()

    question = line.recv_bytes()
    value: object = None
    try:
        value = answer(ask_back, *pickle.loads(question))
        message = ForkingPickler.dumps((_MessageKind.ANSWER, value))
    except (LikenessError, OSError) as error:
        message = ForkingPickler.dumps((_MessageKind.ERROR, error))
    except BaseException:  # whatever happens, something is sent back
        message = ForkingPickler.dumps((_MessageKind.ERROR, HelperBug(traceback.format_exc())))
    line.send_bytes(message)
    return value


def _line(handle: int) -> Any:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(handle)
    return Connection(handle)


def _end_with_owner() -> None:
    """End this process when its owner has gone, which may have been killed before it could do
    so."""
    while os.read(0, 1):
        pass
    os._exit(1)
