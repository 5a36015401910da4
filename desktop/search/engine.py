"""Engine: from a Query to Results."""

from __future__ import annotations

from desktop.catalog import Catalog
from desktop.embedding import Embedder
from desktop.index import Index
from desktop.search.query import Query, Results


class Engine:
    """Answers with one model: its embedder and its index over one catalog. Any thread.

    "Find similar" for a photo of the library reads its embedding from the catalog; no model is loaded.
    """

    def __init__(self, catalog: Catalog, index: Index, embedder: Embedder, exact_limit: int) -> None: ...

    def search(self, query: Query) -> Results:
        """Raises QueryUnanswerable (nothing asked, words for a model without text, a photo that has no
        embedding yet: say so) or ModelUnavailable. The visible ids of a scope are cached by
        Catalog.revision()."""
        raise NotImplementedError
