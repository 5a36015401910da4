"""Embeddings of what is asked: of words, of photos, and of what photos have taught."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.catalog import Catalog
from desktop.embedding import Embedder
from desktop.errors import QueryUnanswerable
from desktop.search.language.parsing import Clause, Means
from desktop.search.marks import Probe, probe
from desktop.search.query import Examples, Query

FloatArray = NDArray[np.float32]
Shown = Mapping[Clause, Examples]
"""What the clauses of a query mean that are not of words."""

_N_WORDS = 512


class Embeddings:
    """Makes them with one model, or takes them from its catalog. Any thread."""

    def __init__(self, catalog: Catalog, embedder: Embedder) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._words: OrderedDict[str, FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, query: Query, shown: Shown, library: Callable[[], FloatArray]) -> list[Probe]:
        """One for each clause of the query, and for the photo beside the text. library: a sample of
        all photos, from which those that were taught are told. Raises QueryUnanswerable where the
        photos that are named have no embedding."""
        of_words = iter(self.of_words([each.words for each in query.clauses if each.words]))
        parts = [
            Probe(next(of_words)) if clause.words else self._of_clause(clause, shown, library)
            for clause in query.clauses
        ]
        if query.like_photo_id is not None:
            parts.append(Probe(self._of_photo(query.like_photo_id)))
        if query.like_image is not None:
            parts.append(Probe(self._of_examples(Examples(image=query.like_image))))
        return parts

    def of_words(self, texts: Sequence[str]) -> list[FloatArray]:
        """What was asked before is not embedded again: saved searches are counted, and answers
        refreshed, without the model."""
        with self._lock:
            known = {text: self._words[text] for text in texts if text in self._words}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, self._embedder.embed_text(new), strict=True)
        with self._lock:
            for text in texts:
                self._words[text] = known[text]
                self._words.move_to_end(text)
            while len(self._words) > _N_WORDS:
                self._words.popitem(last=False)
        return [known[text] for text in texts]

    def knows(self, texts: Sequence[str]) -> bool:
        """Whether the model is not needed to embed them."""
        with self._lock:
            return all(text in self._words for text in texts)

    def of_photos(self, photo_ids: Sequence[int]) -> FloatArray:
        """(k, d) of those of these photos that have one."""
        vectors = self._catalog.made.get_vectors(photo_ids, self._embedder.model_id)[1]
        return vectors.reshape(-1, self._embedder.dim)

    def _of_clause(self, clause: Clause, shown: Shown, library: Callable[[], FloatArray]) -> Probe:
        examples = shown[clause]
        if clause.means is Means.PHOTO:
            return Probe(self._of_examples(examples))
        more, less = self.of_photos(examples.more), self.of_photos(examples.less)
        if not len(more):
            raise QueryUnanswerable(
                f"The photos that taught “{clause.text}” have not been read yet.",
                "Try again when indexing is done.",
            )
        return probe(more, less, library())

    def _of_examples(self, examples: Examples) -> FloatArray:
        """Of the one photo there is."""
        if examples.image is not None:
            fitted = self._embedder.fit(examples.image)
            embedding: FloatArray = self._embedder.embed_images([fitted])[0]
            return embedding
        return self._of_photo(examples.more[0])

    def _of_photo(self, photo_id: int) -> FloatArray:
        embedding = self._catalog.made.find_vector(photo_id, self._embedder.model_id)
        if embedding is not None:
            return embedding
        photos = self._catalog.photos.get([photo_id])
        if not photos:
            raise QueryUnanswerable("This photo is no longer in the library.", "Choose another.")
        if photos[0].problem is not None:
            raise QueryUnanswerable(
                f"{photos[0].path.name} could not be read, so nothing can be compared with it.",
                photos[0].problem,
            )
        raise QueryUnanswerable(
            f"{photos[0].path.name} has not been read yet.", "Try again when indexing is done."
        )
