"""Converting: has models converted to run faster on this computer, measured on the person's own
photos."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
from PIL import Image

from desktop.catalog import SEARCHED, Catalog
from desktop.embedding import N_PHOTOS, Embedder, Measurement, Registry
from desktop.errors import NotAPhoto, PhotoUnreadable, UserError
from desktop.jobs import Job
from desktop.library.answering.spaces import Spaces
from desktop.media import Decoders, Sides
from desktop.power import Power, WaitsFor, may_go
from desktop.search import Query

log = logging.getLogger(__name__)

WORTHWHILE_FROM = 3_000
"""With so many photos waiting a model is converted before they are read: it takes a minute or two,
which is what a thousand or two of them gain."""

N_QUERIES = 20
_LABEL = "Reading photos to measure with"


class Converting:
    """Has one model at a time converted. Not on Qt's main thread.

    What was asked is remembered while the program runs, and with the saved searches it is what is
    asked both ways.

    Attributes:
        needs_mains: a model is converted because many photos wait, or will be once the computer has
            mains power.
    """

    def __init__(
        self, catalog: Catalog, registry: Registry, spaces: Spaces, decoders: Decoders
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._spaces = spaces
        self._decoders = decoders
        self._asked: deque[str] = deque(maxlen=N_QUERIES)
        self._tried: set[str] = set()
        self.needs_mains = False

    def note(self, query: Query) -> None:
        """The person has asked this. Words that go on from those before take their place: they
        were being typed. The query worker, or the command line."""
        for words in _words_of(query):
            known = [each for each in self._asked if each != words]
            if known and words.startswith(known[-1]):
                del known[-1]
            self._asked = deque([*known, words], N_QUERIES)

    def note_all(self, texts: Sequence[str]) -> None:
        """The person asked this before the program started, newest first: older than what was
        noted since. As `note`."""
        before = [words for text in reversed(texts) for words in _words_of_text(text)]
        known = list(self._asked)
        older = [words for words in dict.fromkeys(before) if words not in known]
        self._asked = deque([*older, *known], N_QUERIES)

    def convert(self, name: str, job: Job) -> Measurement:
        """Convert a model, measure it on a sample of the library, and use what is best from now
        on. Minutes.

        Raises Cancelled, ModelUnavailable, or UserError where OpenVINO is not installed, cannot
        run this model, or there are no photos.
        """
        conversion = self._registry.conversion(name)
        embedder = self._registry.create(name)
        record = conversion.run(list(self._draw(embedder, job)), self._texts(), job)
        self._reload(embedder.model_id)
        log.info("%s: %s", embedder.model_id, record.sentence)
        return record

    def decline(self, name: str) -> Measurement:
        """Let torch run this model from now on, and remove what was converted. Raises
        ModelUnavailable, or UserError for a model that cannot be converted."""
        converted = self._registry.conversion(name).converted
        self._reload(self._registry.create(name).model_id)
        return converted.keep(Measurement(is_declined=True))

    def prepare(self, held: frozenset[str], power: Power, job: Job) -> None:
        """Before photos are read: convert each model for which many wait, where OpenVINO is
        installed, and nobody has done so or declined. On battery that waits, and photos are read
        as before. held: model_ids that do not read now. The ingest thread. Raises Cancelled;
        anything else is no reason not to read them."""
        embedders = [each for each in self._spaces.embedders if each.model_id not in held]
        worthwhile = [each for each in embedders if self._is_worthwhile(each)]
        self.needs_mains = bool(worthwhile)
        if not may_go(power, WaitsFor.MAINS):
            return
        for embedder in worthwhile:
            try:
                self.convert(embedder.name, job)
            except UserError as error:
                log.warning("%s is not converted: %s", embedder.model_id, error.message)
            self._tried.add(embedder.model_id)
        self.needs_mains = False

    def _is_worthwhile(self, embedder: Embedder) -> bool:
        model_id = embedder.model_id
        if model_id in self._tried or not self._registry.may_convert(embedder):
            return False
        waiting, _ = self._catalog.ingests.list_waiting_sizes(model_id)
        return len(waiting) >= WORTHWHILE_FROM

    def _texts(self) -> list[str]:
        """The person's last searches, by their words alone."""
        saved = [w for each in self._catalog.searches.list_all() for w in _words_of_text(each.text)]
        return list(dict.fromkeys([*reversed(self._asked), *saved]))[:N_QUERIES]

    def _draw(self, embedder: Embedder, job: Job) -> Iterator[Image.Image]:
        """Photos of the library, drawn by lot, as the model looks at them."""
        waiting, _ = self._catalog.ingests.list_waiting_sizes(embedder.model_id)
        known = np.union1d(waiting, self._catalog.photos.list_ids(SEARCHED))
        drawn = np.random.default_rng(len(known)).permutation(known)[: 2 * N_PHOTOS]
        photos = self._catalog.photos.get(drawn.tolist())
        least, n = Sides(embedder.input_px), 0

        def read(at: int) -> Image.Image | None:
            with suppress(PhotoUnreadable, NotAPhoto, OSError):
                return embedder.fit(self._decoders.decode(photos[at].path, least, job).image)
            return None

        n_at_once = self._decoders.n_processes
        with ThreadPoolExecutor(n_at_once) as pool:
            for at in range(0, len(photos), n_at_once):
                job.report(n, min(N_PHOTOS, len(photos)), _LABEL)
                for image in pool.map(read, range(at, min(at + n_at_once, len(photos)))):
                    if image is not None and n < N_PHOTOS:
                        n += 1
                        yield image
                if n >= N_PHOTOS:
                    return

    def _reload(self, model_id: str) -> None:
        """What is in use of it comes anew with the next question."""
        for embedder in self._spaces.embedders:
            if embedder.model_id == model_id and embedder.is_loaded:
                embedder.unload()


def _words_of(query: Query) -> list[str]:
    return [each.words for each in query.sentence.clauses if each.words]


def _words_of_text(text: str) -> Sequence[str]:
    return _words_of(Query(text))
