"""Decoders: processes that decode, so that a decoder which crashes or hangs takes only itself
along."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from PIL import Image

from desktop.background import Helper, HelperEnded, HelperSilent
from desktop.jobs import Job, held
from desktop.media import sentences
from desktop.media.colour import Sides
from desktop.media.decode import DecodedPhoto, decode, facts_of, take_turns
from desktop.media.facts.metadata import PhotoFacts
from desktop.media.photo_part import PhotoPart
from desktop.media.thumbnails import Thumbnails
from desktop.priority import step_back_process

log = logging.getLogger(__name__)

T = TypeVar("T")
Fit = Callable[[Image.Image], Image.Image]

LIMIT_S = 20.0
"""What one photo may take; the largest panoramas take 4 s."""

IDLE_S = 30.0
"""A process that has had nothing to do for so long ends; a new one takes 0.3 s."""

_STARTS = 3
"""How often in a row one is tried that does not start."""
_GRACE_S = 5.0
_KILL_FIRST = "500"
_KILLED = -9
"""What ended by SIGKILL, by subprocess's way of telling."""


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
    """Attributes: images: what each fit made, by its name; facts: those of the full photo; damage:
    see `DecodedPhoto`."""

    images: dict[str, Image.Image]
    facts: PhotoFacts
    damage: str | None


class Decoders:
    """A few processes that decode photos, started when they are needed.

    Any thread, as many at a time as there are processes; the others wait. An answer costs about a
    millisecond more than a call. Killing this process ends them, too. Who asks with a `job` gets
    Cancelled soon after it is cancelled, and nobody else does.
    """

    def __init__(self, n_processes: int | None = None, limit_s: float = LIMIT_S) -> None:
        """n_processes: None for one a core, at least 2 and at most 16."""
        self.n_processes = n_processes or max(2, min(16, os.cpu_count() or 2))
        self._limit_s = limit_s
        self._free = threading.BoundedSemaphore(self.n_processes)
        self._one_large_at_a_time = threading.Lock()
        self._idle: list[Helper] = []
        self._lock = threading.Lock()

    def decode(
        self, path: Path, least: Sides | None = None, job: Job | None = None
    ) -> DecodedPhoto:
        """As `media.decode`. Raises PhotoUnreadable for crashes and hangs too; another UserError
        if no process starts, which is no photo's fault."""
        return self._run(job, decode, path, least)

    def decode_part(
        self, path: Path, part: PhotoPart, short_px: int, job: Job | None = None
    ) -> DecodedPhoto:
        """The same with a part of the photo as its image, which keeps at least so many pixels on
        its short side if it has them. Raises QueryUnanswerable, too, see `PhotoPart.cut`."""
        return self._run(job, _decode_part, path, part, short_px)

    def read(
        self,
        file: HashedFile,
        least: Sides,
        fits: Mapping[str, Fit],
        thumbnails: Thumbnails,
        job: Job | None = None,
    ) -> FittedPhoto | None:
        """Decode once, save the thumbnail if it is not there, and give what each fit makes of it.

        fits: by name; picklable. None when the file is not what was hashed any more. Raises as
        `media.decode`, FileNotFoundError, and UserError when the disk is full or no process starts.
        """
        return self._run(job, _read, file, least, dict(fits), thumbnails)

    def facts(
        self, path: Path, sidecars: tuple[Path, ...] = (), job: Job | None = None
    ) -> PhotoFacts:
        """As `media.facts_of`; raises as `decode`."""
        return self._run(job, facts_of, path, sidecars)

    def close(self) -> None:
        """End the processes that are idle; a later call starts new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.close()

    def _run(self, job: Job | None, function: Callable[..., T], *arguments: object) -> T:
        was_killed = False
        with held(self._free, job):
            while True:
                helper = self._take(job)
                is_new = not helper.n_answers
                try:
                    return self._ask(helper, job, function, arguments)
                except HelperSilent as error:
                    raise sentences.too_slow(self._limit_s) from error
                except HelperEnded as error:
                    if error.exit_code == _KILLED and not was_killed:
                        # From outside, as the system does where memory is short. That need not be
                        # this photo's fault, so it is asked for once more.
                        was_killed = True
                    elif is_new or error.exit_code:
                        log.warning("a decoding process %s", error)
                        raise sentences.crashed() from error
                    # Else it had nothing to do for IDLE_S, and ended just before it was asked.
                finally:
                    if not helper.has_ended:
                        with self._lock:
                            self._idle.append(helper)

    def _ask(
        self,
        helper: Helper,
        job: Job | None,
        function: Callable[..., T],
        arguments: tuple[object, ...],
    ) -> T:
        """Waiting for the turn of a large image is not counted."""
        with contextlib.ExitStack() as turn:

            def on_large(_: object) -> None:
                turn.enter_context(held(self._one_large_at_a_time, job))

            question = (self._limit_s, function, arguments)
            answer: T = helper.ask(question, self._limit_s, job, on_large)
            return answer

    def _take(self, job: Job | None) -> Helper:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        for _ in range(_STARTS):
            try:
                return Helper.start("decode", _prepare, idle_s=IDLE_S, job=job)
            except (HelperEnded, HelperSilent, OSError) as error:
                log.error("a decoding process did not start: %r", error)
        raise sentences.no_decoder()


class _AskParent(contextlib.AbstractContextManager[None]):
    """Waits for the turn of a large image; the parent takes the turn back with the answer, which it
    gets even from a process that was killed."""

    def __init__(self, ask_back: Callable[[object], object]) -> None:
        self._ask_back = ask_back

    def __enter__(self) -> None:
        self._ask_back(None)

    def __exit__(self, *_: object) -> None:
        pass


def _prepare() -> tuple[Callable[..., object]]:
    _be_silent()
    step_back_process()
    _let_system_kill_first()
    return (_answer,)


def _answer(
    ask_back: Callable[[object], object],
    limit_s: float,
    function: Callable[..., object],
    arguments: tuple[object, ...],
) -> object:
    """In the process. A decoder that hangs need not let Python run, and its parent may have been
    killed; this clock is in C."""
    take_turns(_AskParent(ask_back))
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(2 * limit_s + _GRACE_S, exit=True, file=nowhere)
        try:
            return function(*arguments)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _decode_part(path: Path, part: PhotoPart, short_px: int) -> DecodedPhoto:
    decoded = decode(path, part.least(short_px))
    return replace(decoded, image=part.cut(decoded.image))


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
    return FittedPhoto(images, decoded.facts, decoded.damage)


def _be_silent() -> None:
    """What the decoders' libraries say of a file, such as libtiff, goes nowhere: it would stand in
    the midst of what a command says, and where nobody reads that, the decoder would wait for it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def _let_system_kill_first() -> None:
    """Where memory runs out, let Linux end this process and not the one with the window."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            Path(f"/proc/{os.getpid()}/oom_score_adj").write_text(_KILL_FIRST)
