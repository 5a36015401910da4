"""Passes: which there are in a library, how far they are, and which may run now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from desktop.catalog import Counts
from desktop.embedding import Embedder
from desktop.ingest import EmbeddingPass, OnEmbedded, Pass, TilesPass
from desktop.jobs import Job
from desktop.library.answering.spaces import Spaces
from desktop.library.reports import PassStatus
from desktop.power import SHARE_ON_BATTERY, Power, Restraint, WaitsFor, may_go, restraint
from desktop.settings import Settings


class Passes:
    """The passes of one library. Any thread.

    Attributes:
        others: those that have nothing to do with a model.
        restraint: how all of them hold back, as `heed` last found it.
        held: pass_ids of those that may not run, while others may.
        power: what `heed` last read.
    """

    def __init__(
        self,
        spaces: Spaces,
        others: Sequence[Pass],
        settings: Callable[[], Settings],
        read_power: Callable[[bool], Power],
        on_embedded: OnEmbedded,
        tell: Callable[[], None],
        wake: Callable[[], None],
        needs_mains: Callable[[], bool],
    ) -> None:
        """tell: indexing holds back in another way now. wake: passes that waited may run.
        needs_mains: whether something is done, or waits to be, before passes run, that takes mains
        power."""
        self._spaces = spaces
        self._settings = settings
        self._read_power = read_power
        self._on_embedded = on_embedded
        self._tell = tell
        self._wake = wake
        self._needs_mains = needs_mains
        self._lock = threading.Lock()
        self._job: Job | None = None
        self.others = others
        self.restraint = Restraint.NONE
        self.held: frozenset[str] = frozenset()
        self.power = Power()
        self._run_by: Callable[[Embedder], Embedder] = lambda embedder: embedder

    def list(self) -> list[Pass]:
        """In the order in which they matter: the models that answer, those that are coming, the
        tiles, and the others."""
        embedding = [
            EmbeddingPass(self._run_by(each), self._on_embedded) for each in self._spaces.embedders
        ]
        return [*embedding, *self.beside_models]

    @contextmanager
    def running_by(self, run_by: Callable[[Embedder], Embedder]) -> Iterator[None]:
        """In the block, let what `run_by` gives for a model do its work, such as the same model on
        other machines."""
        before, self._run_by = self._run_by, run_by
        try:
            yield
        finally:
            self._run_by = before

    @property
    def beside_models(self) -> Sequence[Pass]:
        """Those that are no embedding of whole photos."""
        tiles = [
            TilesPass(self._run_by(each), self._on_embedded) for each in self._spaces.with_tiles
        ]
        return [*tiles, *self.others]

    def held_back(self, power: Power) -> frozenset[str]:
        """pass_ids of those that are switched off or wait for better times, and that need such."""
        held: set[str] = set()
        for each in self.list():
            needs_held = any(needed.pass_id in held for needed in each.after)
            if needs_held or not self._is_on(each) or not may_go(power, each.waits_for):
                held.add(each.pass_id)
        return frozenset(held)

    @contextmanager
    def run_by(self, job: Job) -> Iterator[None]:
        """Find out what may run, and have the block run it. `heed` slows the job down, or cancels
        it, when that changes meanwhile."""
        with self._lock:
            self._job = job
        try:
            self.heed(begins=True)
            yield
        finally:
            with self._lock:
                self._job = None

    def heed(self, begins: bool = False) -> None:
        """Find out what power, use and settings ask for now, and act on what has changed. begins:
        the job in hand has not begun to run passes, and takes `held` into account."""
        settings = self._settings()
        only_when_idle = settings.index_only_when_idle
        needs_use = only_when_idle or any(each.waits_for is WaitsFor.IDLE for each in self.others)
        power = self._read_power(needs_use)
        now = restraint(power, only_when_idle, settings.slow_on_battery)
        held = self.held_back(power)
        with self._lock:
            before, self.restraint = self.restraint, now
            may_before, may = (may_go(each, WaitsFor.MAINS) for each in (self.power, power))
            has_turned = may_before != may and self._needs_mains()
            others_may = (held != self.held or has_turned) and not begins
            self.held, self.power = held, power
            if self._job is not None:
                slow = now is Restraint.SLOW_ON_BATTERY
                self._job.slow_down(SHARE_ON_BATTERY if slow else 1.0)
                if now is Restraint.UNTIL_IDLE or others_may:
                    self._job.cancel()  # saves what is in hand, and frees the thread
        if now is not before:
            self._tell()
        if others_may or (now is not before and before is Restraint.UNTIL_IDLE):
            self._wake()

    def statuses(self, counts: Mapping[str, Counts]) -> tuple[PassStatus, ...]:
        """counts: by pass_id; a pass that is not among them has just come and is left out."""
        return tuple(
            PassStatus(
                each.name,
                each.pass_id,
                counts[each.pass_id].waiting,
                counts[each.pass_id].failed,
                self._is_on(each),
                each.waits_for,
            )
            for each in self.list()
            if each.pass_id in counts
        )

    def _is_on(self, each: Pass) -> bool:
        return each.name not in self._settings().passes_off
