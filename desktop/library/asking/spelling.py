"""Spelling: what was meant by a search whose words seem to be mistyped. It is offered, and never
asked by itself."""

from __future__ import annotations

import locale
import logging
import re
from collections.abc import Mapping
from functools import cached_property
from threading import Lock

from desktop.catalog import Catalog, folded
from desktop.search import Means, Query
from desktop.search.spelling.speller import LEAST_LETTERS, Meant, Speller
from desktop.search.spelling.usual_words import UsualWords, folder_of_lists

log = logging.getLogger(__name__)

_WORD = re.compile(r"[^\W\d_]+")


class Spelling:
    """Knows usual words, and those of the library: names of files and folders, of cameras, labels,
    concepts, themes and saved searches. Any thread but Qt's main one."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = Lock()

    def meant(self, query: Query) -> Meant | None:
        """What seems to be meant by its text; None as a rule. A millisecond where all words are
        known; half a second of processor time where the first one is not."""
        clauses = [each for each in query.clauses if each.means is Means.WORDS]
        if not clauses or self._speller is None:
            return None
        described = ", ".join(clause.words for clause in clauses)
        with self._lock:
            return self._speller.meant(query.text, described, self._is_in_names, self._own_words)

    @cached_property
    def _speller(self) -> Speller | None:
        folder = folder_of_lists()
        if folder is None:
            log.warning("wordfreq is not installed: no mistyped word will be noticed")
            return None
        return Speller(UsualWords(folder), (locale.getlocale()[0] or "en")[:2].lower())

    def _is_in_names(self, word: str) -> bool:
        """Whether a file or folder is called so."""
        return len(self._catalog.photos.find_named([word])) > 0

    def _own_words(self) -> Mapping[str, str]:
        """In small letters without accents, by how they are written first."""
        names = self._catalog.photos.names_in_use()
        said = [text for name, values in names.attributes for text in (name, *values)]
        saved = [each.name for each in self._catalog.searches.list_all()]
        own = (*names.concepts, *saved, *names.themes, *names.folders, *names.cameras, *said)
        words = [word for name in (*own, *names.lenses) for word in _WORD.findall(name)]
        return {folded(word): word for word in reversed(words) if len(word) >= LEAST_LETTERS}
