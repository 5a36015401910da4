"""EmbedderApart: an embedder whose network lives in a process of its own."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from desktop.background import Helper, HelperEnded, HelperSilent
from desktop.embedding.converted.record import Converted
from desktop.embedding.converted.taking import Taking
from desktop.embedding.embedder import Embedder, FloatArray, LightWords
from desktop.embedding.running.forward import Convertible, leave
from desktop.embedding.running.memory import MemoryNotes, in_use
from desktop.embedding.running.process import become_a_model_process
from desktop.embedding.running.trials import Trials
from desktop.errors import Cancelled, ModelDied, ModelUnavailable
from desktop.jobs import Job
from desktop.priority import step_back

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 180.0
"""A batch takes seconds, loading the weights from a slow disk a minute."""
MOST_HERE = 16
"""So many light words are read in this process: what is asked has a few, a list of names thousands.
Each takes 3 ms."""
UNLOAD_WITHIN_S = 10.0
"""So long unloading waits for the work in hand."""

_QUESTIONS, _BATCHES = range(2)
"""The lines to the process: what a person asks, and the batches of indexing."""

_NO_MEMORY = re.compile(
    r"out of memory|(can.t|cannot|could not|unable to) allocate|failed to map segment|bad_alloc",
    re.IGNORECASE,
)
"""As torch and the system's loader say it."""


class EmbedderApart:
    """An `Embedder` that hands what needs weights to a process of its own.

    So torch, which takes 400 MB and a core for seconds to import and never leaves a process again,
    is never in the one with the window; unloading gives back all of it; and a network that dies for
    want of memory takes nothing along. The process starts with the first use or `load`, and ends
    with `unload` or with this process. Handing over 16 images takes a few milliseconds. Words that
    are light are read here, since a process would only have to be started for them; long lists,
    which hold up other threads for seconds, are not.
    """

    def __init__(
        self,
        make: Callable[[], Embedder],
        converted: Converted | None = None,
        memory: MemoryNotes | None = None,
        trials: Trials | None = None,
    ) -> None:
        """make: picklable. Called here, for what can be told without weights, and there, where it
        must not fail. converted: where networks may lie that run faster; picklable. memory: told
        how much the process takes. trials: which numbers were found to be the quickest here."""
        self._make = make
        self._converted = converted
        self._memory = memory
        self._trials = trials
        self._most_bytes = 0
        self._here = make()
        self._reads_words = isinstance(self._here, LightWords)
        self._there: Helper | None = None
        self._put_away: Helper | None = None
        self._state = _State(self._here.device)
        self._starting = Job()
        self._n_using = 0
        self._changed = threading.Condition()

    @property
    def make(self) -> Callable[[], Embedder]:
        """What makes it, also on another machine."""
        return self._make

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
    def about(self) -> str:
        return self._here.about

    @property
    def licence(self) -> str:
        return self._here.licence

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
        return self._state.device

    @property
    def precision(self) -> str:
        return self._state.precision

    @property
    def is_loaded(self) -> bool:
        return self._state.is_loaded or self._here.is_loaded

    def load(self) -> None:
        """See `Embedder.load`."""
        with self._in_use() as there:
            self._ask(there, _QUESTIONS, "load")

    def unload(self) -> None:
        """See `Embedder.unload`. Work in hand that takes too long, or that waits for the weights,
        gets Cancelled."""
        self._starting.cancel()
        with self._changed:
            if self.is_loaded:
                self._changed.wait_for(lambda: self._n_using == 0, UNLOAD_WITHIN_S)
            there = self._put_away = self._there
            self._forget(there)
        if there is not None:
            there.close()
        if self._here.is_loaded:
            self._here.unload()

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """See `Embedder.embed_images`. A single image is taken for a question, which goes before
        the batches of indexing."""
        if not images:
            return np.zeros((0, self.dim), dtype=np.float32)
        fitted = [self.fit(image) for image in images]
        with self._in_use() as there:
            line = _QUESTIONS if len(images) == 1 else _BATCHES
            embeddings: FloatArray = self._ask(there, line, "embed_images", fitted)
            return embeddings

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """See `Embedder.embed_text`."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        if self._reads_words and len(texts) <= MOST_HERE:
            with _memory_lasting(self._here):
                return self._here.embed_text(texts)
        with self._in_use() as there:
            embeddings: FloatArray = self._ask(there, _QUESTIONS, "embed_text", list(texts))
            return embeddings

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[Helper]:
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

    def _start(self) -> Helper:
        self._starting = Job()
        try:
            known = (self._make, self._converted, self._trials)
            return Helper.start("model", _prepare, *known, n_lines=2, job=self._starting)
        except (HelperEnded, HelperSilent, OSError) as error:
            raise ModelUnavailable(
                f"The model {self.name} could not be started ({error}).",
                "Close other programs and try again.",
            ) from error

    def _ask(self, there: Helper, line: int, method: str, *arguments: object) -> Any:
        try:
            value, state = there.ask((method, arguments), ANSWER_WITHIN_S, line=line)
        except (HelperEnded, HelperSilent) as error:
            log.warning("the process of %s: %s", self.name, error)
            if self._put_away is there:
                raise Cancelled from error
            raise ModelDied(
                f"The model {self.name} stopped while it was working.",
                "Most often the memory has run out: close other programs and try again.",
            ) from error
        finally:
            if there.has_ended:
                self._forget(there)
        self._state = state
        if self._memory is not None and state.memory_bytes > self._most_bytes:
            self._most_bytes = state.memory_bytes
            self._memory.note(self.model_id, self._most_bytes)
        return value

    def _forget(self, there: Helper | None) -> None:
        with self._changed:
            if self._there is there:
                self._there, self._state = None, _State(self._here.device)


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of the embedder there since its last answer. memory_bytes: of its process, once
    it is loaded."""

    device: str
    precision: str = ""
    is_loaded: bool = False
    memory_bytes: int = 0


@contextlib.contextmanager
def _memory_lasting(embedder: Embedder) -> Iterator[None]:
    """Raises ModelDied where memory runs out in the block."""
    try:
        yield
    except Exception as error:
        if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
            raise ModelDied(
                f"There is not enough memory for the model {embedder.name}.",
                "Close other programs and try again.",
            ) from error
        raise


def _prepare(
    make: Callable[[], Embedder], converted: Converted | None, trials: Trials | None
) -> tuple[Callable[..., object], Callable[..., object]]:
    """In the process: what answers questions, and what answers batches. converted: where networks
    may lie that run faster. trials: which numbers are the quickest here."""
    become_a_model_process()
    embedder = make()
    if isinstance(embedder, Convertible):
        take = leave if converted is None else Taking(converted)
        if trials is not None:
            trials.settle(embedder, f"{embedder.model_id} on {embedder.device}", take)
        else:
            embedder.on_loaded = take

    def answer(_: object, method: str, arguments: tuple[object, ...]) -> object:
        with _memory_lasting(embedder):
            value = getattr(embedder, method)(*arguments)
        is_loaded = embedder.is_loaded
        n_bytes = in_use() if is_loaded else 0
        return value, _State(embedder.device, embedder.precision, is_loaded, n_bytes)

    def answer_behind(*question: Any) -> object:
        step_back()  # the thread of this line
        return answer(*question)

    return answer, answer_behind
