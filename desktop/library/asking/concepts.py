"""Concepts: what a name means, taught by 5 to 20 photos, and asked for as `concept:"my cat"`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from desktop.catalog import Catalog, Concept, folded
from desktop.errors import ExamplesUnusable, NameUnusable
from desktop.legible import quoted
from desktop.library.asking.saved import usable_name
from desktop.library.reports import Change, Event, PhotosChanged, SavedChanged
from desktop.search import Clause, Means, Names, Sentence, parse

_WHAT = "What is taught"

LEAST_TAUGHT, MOST_TAUGHT = 5, 20
"""So many photos that are meant; and as many that are not, at most."""


class Concepts:
    """Writes down which photos teach what. Not on Qt's main thread.

    What a concept looks like is worked out for whichever model answers, from the embeddings of its
    examples, so that it survives a change of the model.
    """

    def __init__(
        self,
        catalog: Catalog,
        attributes: Callable[[], Names],
        publish: Callable[[Event], None],
    ) -> None:
        """attributes: the names that searches may ask for."""
        self._catalog = catalog
        self._attributes = attributes
        self._publish = publish

    def list(self) -> Sequence[Concept]:
        """By name."""
        return self._catalog.concepts.list_all()

    def find(self, name: str) -> Concept:
        """By its name, whatever case and accents. Raises NameUnusable."""
        known = self.list()
        found = next((each for each in known if folded(each.name) == folded(name.strip())), None)
        if found is None:
            names = ", ".join(each.name for each in known[:5])
            hint = f"Known are: {names}." if names else "Mark photos that were found, then Teach."
            raise NameUnusable(f"Nothing has been taught as {quoted(name)}.", hint)
        return found

    def teach(self, name: str, more: Sequence[int], less: Sequence[int] = ()) -> Concept:
        """Let photos teach what the name means; what it meant before is forgotten.

        more, less: photo_ids of such as are meant and such as are not. Raises NameUnusable for an
        empty name, ExamplesUnusable for too few photos or too many.
        """
        if not LEAST_TAUGHT <= len(more) <= MOST_TAUGHT or len(less) > MOST_TAUGHT:
            raise ExamplesUnusable(
                f"What is taught has too few examples, or too many: {len(more)} that are meant and "
                f"{len(less)} that are not.",
                f"It takes {LEAST_TAUGHT} to {MOST_TAUGHT}; at most {MOST_TAUGHT} that are not.",
            )
        concept = self._catalog.concepts.teach(usable_name(name, _WHAT), more, less)
        self._tell()
        return concept

    def rename(self, concept_id: int, name: str) -> str:
        """Its new name. Saved searches that ask for it follow. Raises NameUnusable for a name that
        is empty or in use."""
        name = usable_name(name, _WHAT)
        before = {each.concept_id: each.name for each in self.list()}
        self._catalog.concepts.rename(concept_id, name)
        if concept_id in before:
            self._rename_in_searches(before[concept_id], name)
        self._tell()
        return name

    def forget(self, concept_id: int) -> None:
        """The photos stay."""
        self._catalog.concepts.forget(concept_id)
        self._tell()

    def _tell(self) -> None:
        """What asks for a concept finds something else now."""
        self._publish(SavedChanged())
        self._publish(PhotosChanged(what=Change.FOUND))

    def _rename_in_searches(self, before: str, name: str) -> None:
        texts = {}
        for saved in self._catalog.searches.list_all():
            sentence = parse(saved.text, self._attributes()).sentence
            renamed = concept_renamed(sentence, before, name)
            if renamed != sentence:
                texts[saved.search_id] = str(renamed)
        if texts:
            self._catalog.searches.say(texts)


def concept_renamed(sentence: Sentence, before: str, name: str) -> Sentence:
    """The same sentence where it asks for a concept that is called otherwise now."""
    clauses = (
        replace(each, text=name) if _names(each, before) else each for each in sentence.clauses
    )
    return replace(sentence, clauses=tuple(clauses))


def _names(clause: Clause, concept: str) -> bool:
    return clause.means is Means.CONCEPT and folded(clause.text.strip()) == folded(concept)
