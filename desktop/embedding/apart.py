"""EmbedderApart: an embedder whose network lives in a process of its own."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from PIL import Image

from desktop.embedding.embedder import Embedder, FloatArray
from desktop.errors import LikenessError, ModelUnavailable
from desktop.priority import step_back

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    _Connection = Connection[Any, Any]

log = logging.getLogger(__name__)

_GRACE_S = 5.0
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h

# OpenMP's threads spin while they wait for one another. With decoding at work on both of two cores
# that took a quarter of the speed of indexing; with another program there, one query took 690 ms
# and 16 images 4 s; sleeping, 15 to 65 ms and 0.8 s.
_ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


class EmbedderApart:
    """An `Embedder` that hands everything that needs weights to a process of its own.

    So torch, which takes 400 MB and a core for seconds to import and never leaves a process again,
    is never in the one with the window; unloading gives back all of it; and a network that dies for
    want of memory takes nothing along. The process starts with the first use or `load`, and ends
    with `unload` or with this process. Handing over 16 images takes a few milliseconds.
    """

    def __init__(self, make: Callable[[], Embedder]) -> None:
        """make: picklable. Called here, for what can be told without weights, and there, where it
        must not fail."""
        self._make = make
        self._here = make()
        self._there: _Process | None = None
        self._device, self._precision = self._here.device, ""
        self._n_using = 0
        self._changed = threading.Condition()

    @property
    def name(self) -> str:
        return self._here.name

    @property
    def model_id(self) -> str:
        return self._here.model_id

    @property
    def dim(self) -> int:
        return self._here.dim

    @property
    def has_text(self) -> bool:
        return self._here.has_text

    @property
    def languages(self) -> tuple[str, ...]:
        return self._here.languages

    @property
    def input_px(self) -> int:
        return self._here.input_px

    @property
    def likely_score(self) -> float:
        return self._here.likely_score

    @property
    def maybe_score(self) -> float:
        return self._here.maybe_score

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return self._here.fit

    @property
    def device(self) -> str:
        return self._device

    @property
    def precision(self) -> str:
        return self._precision

    @property
    def is_loaded(self) -> bool:
        there = self._there
        return there is not None and there.is_loaded

    def load(self) -> None:
        """See `Embedder.load`."""
        with self._in_use() as there:
            self._ask(there, there.questions, "load")

    def unload(self) -> None:
        """See `Embedder.unload`."""
        with self._changed:
            self._changed.wait_for(lambda: self._n_using == 0)
            there, self._there = self._there, None
            self._device, self._precision = self._here.device, ""
        if there is not None:
            there.end()

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. A single image is taken for a question, which goes before
        the batches of indexing."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        fitted = [self.fit(image) for image in images]
        with self._in_use() as there:
            line = there.questions if len(images) == 1 else there.batches
            embeddings: FloatArray = self._ask(there, line, "embed_images", fitted)
            return embeddings

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """See `Embedder.embed_text`."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with self._in_use() as there:
            embeddings: FloatArray = self._ask(there, there.questions, "embed_text", list(texts))
            return embeddings

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[_Process]:
        """The process, which goes on inside the block."""
        with self._changed:
            if self._there is None:
                self._there = self._start()
            there = self._there
            self._n_using += 1
        try:
            yield there
        finally:
            with self._changed:
                self._n_using -= 1
                self._changed.notify_all()

    def _start(self) -> _Process:
        try:
            return _Process.start(self._make)
        except OSError as error:
            raise ModelUnavailable(
                f"The model {self.name} could not be started ({error.strerror}).",
                "Close other programs and try again.",
            ) from error

    def _ask(self, there: _Process, line: _Line, method: str, *arguments: object) -> Any:
        try:
            answer = line.ask(method, *arguments)
        except (EOFError, OSError) as error:
            there.end()
            with self._changed:
                if self._there is there:
                    self._there = None
            log.warning("the process of %s ended with %s", self.name, there.process.exitcode)
            raise ModelUnavailable(
                f"The model {self.name} stopped while it was working.",
                "Most often the memory has run out: close other programs and try again.",
            ) from error
        self._device, self._precision = answer.device, answer.precision
        there.is_loaded = answer.is_loaded
        if isinstance(answer.value, BaseException):
            raise answer.value
        return answer.value


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a method returned or raised, and what is known of the embedder since."""

    value: object
    device: str
    precision: str
    is_loaded: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """This side of a pipe; one question at a time."""

    connection: _Connection
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, method: str, *arguments: object) -> _Answer:
        with self.lock:
            self.connection.send((method, arguments))
            answer: _Answer = self.connection.recv()
            return answer


@dataclass(slots=True)
class _Process:
    """A running process. Questions of a person and the batches of indexing have a line each."""

    process: multiprocessing.process.BaseProcess
    questions: _Line
    batches: _Line
    is_loaded: bool = False

    @classmethod
    def start(cls, make: Callable[[], Embedder]) -> Self:
        context = multiprocessing.get_context("spawn")
        our_questions, their_questions = context.Pipe()
        our_batches, their_batches = context.Pipe()
        process = context.Process(
            target=_serve, args=(make, their_questions, their_batches), name="model", daemon=True
        )
        process.start()
        their_questions.close()
        their_batches.close()
        return cls(process, _Line(our_questions), _Line(our_batches))

    def end(self) -> None:
        """It has nothing to save."""
        self.process.kill()
        self.process.join(_GRACE_S)
        self.questions.connection.close()
        self.batches.connection.close()


def _serve(make: Callable[[], Embedder], questions: _Connection, batches: _Connection) -> None:
    """The process: answer both lines until the other side has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent
    os.environ.update(_ENVIRONMENT)  # read when torch is imported
    _share_one_heap()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    logging.captureWarnings(True)
    _spare_semaphores()
    embedder = make()
    threading.Thread(target=_answer_batches, args=(embedder, batches), daemon=True).start()
    _answer_line(embedder, questions)
    os._exit(0)  # the other thread may be in the middle of a batch that nobody waits for


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


def _answer_batches(embedder: Embedder, batches: _Connection) -> None:
    step_back()
    _answer_line(embedder, batches)


def _answer_line(embedder: Embedder, line: _Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            method, arguments = line.recv()
            value = _value(embedder, method, arguments)
            line.send(_Answer(value, embedder.device, embedder.precision, embedder.is_loaded))


def _value(embedder: Embedder, method: str, arguments: tuple[object, ...]) -> object:
    try:
        return getattr(embedder, method)(*arguments)
    except LikenessError as error:
        return error
    except Exception:  # a bug of ours: it goes on in the parent, with its traceback as words
        return RuntimeError(traceback.format_exc())
