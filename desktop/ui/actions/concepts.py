"""ConceptCommands: marks become a name that can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.legible import legible
from desktop.library import LEAST_TAUGHT, MOST_TAUGHT, Clause, Concept, Means, Query
from desktop.ui.actions.naming import Naming
from desktop.ui.bridge import Bridge
from desktop.ui.places.place import Place


class ConceptCommands(QObject):
    """Main thread.

    Signals:
        told(str, str): something to be said, and a hint.
        query_made(Query): what finds that which was just taught.
        renamed(str, str): what was called so is called so now.
        forgotten(Query): nothing is found by this any more.
    """

    told = Signal(str, str)
    query_made = Signal(object)
    renamed = Signal(str, str)
    forgotten = Signal(object)

    def __init__(self, bridge: Bridge, here: Callable[[], Place], window: QWidget) -> None:
        """here: where the person is."""
        super().__init__(window)
        self._bridge = bridge
        self._here = here
        self._naming = Naming(bridge, "Teach", self)
        self._renaming = Naming(bridge, "Rename", self)

    @Slot()
    def teach(self) -> None:
        """Ask for a name, and let the marked photos teach what it means."""
        query = self._here().query or Query()
        n_more = len(query.more)
        if not LEAST_TAUGHT <= n_more <= MOST_TAUGHT:
            self.told.emit(
                f"Mark {LEAST_TAUGHT} to {MOST_TAUGHT} photos with a thumb up first; "
                f"there {'is' if n_more == 1 else 'are'} {n_more}.",
                "Those with a thumb down say what is not meant.",
            )
            return
        teach = self._bridge.library.concepts.teach
        less = query.less[:MOST_TAUGHT]
        work = partial(teach, more=query.more, less=less)
        self._naming.ask("What do these photos show?", query.text, work, self._on_taught)

    @Slot(object)
    def rename(self, concept: Concept) -> None:
        work = partial(self._bridge.library.concepts.rename, concept.concept_id)
        then = partial(self.renamed.emit, concept.name)
        self._renaming.ask("Another name for it", concept.name, work, then)

    @Slot(object)
    def forget(self, concept: Concept) -> None:
        self._naming.ask_to_delete(
            "Forget what was taught",
            f"Forget what “{legible(concept.name)}” means?",
            "The photos that taught it stay where they are.",
            partial(self._bridge.library.concepts.forget, concept.concept_id),
            lambda _: self.forgotten.emit(_asks_for(concept)),
        )

    def _on_taught(self, concept: Concept) -> None:
        query = _asks_for(concept)
        self.told.emit(f"“{legible(concept.name)}” is in the sidebar.", f"Search for {query.text}.")
        self.query_made.emit(query)


def _asks_for(concept: Concept) -> Query:
    return Query(text=str(Clause(concept.name, means=Means.CONCEPT)))
