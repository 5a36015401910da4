"""Passes: which there are in a library, how far they are, and which may run now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from desktop.catalog import Counts
from desktop.ingest import EmbeddingPass, OnEmbedded, Pass
from desktop.library.reports import PassStatus
from desktop.library.spaces import Spaces
from desktop.power import Power, WaitsFor, may_go
from desktop.settings import Settings


class Passes:
    """Any thread.

    Attributes:
        others: those that are no embedding by a model.
        heed_use: whether any waits until nobody is at the computer.
    """

    def __init__(
        self,
        spaces: Spaces,
        others: Sequence[Pass],
        settings: Callable[[], Settings],
        on_embedded: OnEmbedded,
    ) -> None:
        self._spaces = spaces
        self._settings = settings
        self._on_embedded = on_embedded
        self.others = others
        self.heed_use = any(each.waits_for is WaitsFor.IDLE for each in others)

    def list(self) -> list[Pass]:
        """In the order in which they matter: the models that answer, those that are coming, and
        the others."""
        embedding = [EmbeddingPass(each, self._on_embedded) for each in self._spaces.embedders]
        return [*embedding, *self.others]

    def held_back(self, power: Power) -> frozenset[str]:
        """pass_ids of those that are switched off or wait for better times, and that need such."""
        held: set[str] = set()
        for each in self.list():
            needs_held = any(needed.pass_id in held for needed in each.after)
            if needs_held or not self._is_on(each) or not may_go(power, each.waits_for):
                held.add(each.pass_id)
        return frozenset(held)

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
