"""The seam: what an engine of nearest neighbours must do, and what its answers are taken from.

The rest of Likeness knows these three and no engine by name. The catalog is the truth: an engine
is a copy of what the catalog holds, arranged so that neighbours are found quickly, and whatever
happened to the copy, `VectorIndex.load` makes it whole again. Which engines there are is a table,
`desktop/index/engines.py`; what each must do is tried in `tests/index/test_engines.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.index.facts import Facts, Where
from desktop.index.neighbours import Neighbours, Spread
from desktop.index.part import FloatArray, IdArray
from desktop.index.scores import Scores
from desktop.index.speed import Speed
from desktop.jobs import Job

Read = Callable[[Sequence[int]], tuple[IdArray, FloatArray]]


@dataclass(frozen=True, slots=True)
class CatalogVectors:
    """What the catalog holds of one model's embeddings. Any thread.

    Attributes:
        changed_since: sorted ids of the photos whose embedding was written after a revision of
            the catalog; after 0, all that have one.
        read: the embeddings of those of the asked photos that have one, by rising photo_id: ids
            (n,) and vectors (n, d).
        facts: of all photos, for engines that can narrow a search by them; None where there are
            none to be had.
        facts_revision: what rises whenever facts may have changed.
    """

    changed_since: Callable[[int], IdArray]
    read: Read
    facts: Callable[[], Facts] | None = None
    facts_revision: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class Held:
    """What an engine holds where it outlasts the program: on disk, or in another program.

    Attributes:
        count: photos.
        revision: all that the catalog held at this revision is among them; 0 where nothing is.
        trouble: what stands in its way, a sentence; "" where nothing does.
    """

    count: int
    revision: int
    trouble: str = ""


class VectorSnapshot(Protocol):
    """An immutable view of every embedding of one model: take it once and use only it. Any thread.

    `allowed` are sorted photo_ids that may answer, None for all; asking again with the same array
    may be quicker. An `embedding` is (d,) float32 of length 1. Every method raises ModelMismatch
    where the dimension differs.
    """

    @property
    def model_id(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def n_items(self) -> int:
        """Photos that can be found."""

    @property
    def n_tail(self) -> int:
        """Those of them that are kept in memory only, until the next `VectorIndex.rebuild`."""

    @property
    def has_approximate(self) -> bool:
        """Whether there is a first answer that is quicker than the exact one."""

    @property
    def speed(self) -> Speed:
        """How fast photos are compared here."""

    def search(
        self,
        embedding: FloatArray,
        n: int,
        allowed: IdArray | None = None,
        exact_limit: int | None = None,
        where: Where | None = None,
    ) -> Neighbours:
        """The n photos nearest to `embedding`. Scores are cosines in [-1, 1].

        where: conditions that hold for all photos that may answer, for engines that can use them.
        exact_limit: None compares every photo that may answer. Where more than exact_limit may,
        a first answer is given quickly, in which photos may be lacking (`is_exact` tells); where
        that finds fewer than n, every photo is compared after all.
        """

    def compare(self, embeddings: FloatArray, n: int, allowed: IdArray | None = None) -> Scores:
        """Compare every photo that may answer with each of `embeddings` (k, d). n: so many of the
        best are wanted for each; an engine may leave out photos that are far from all."""

    def spread(self, embedding: FloatArray, allowed: IdArray | None = None) -> Spread:
        """How the scores of `embedding` lie over the photos that may answer, without a search."""

    def sample(self, allowed: IdArray | None = None) -> FloatArray:
        """(<= 2 * SAMPLE, d) embeddings of photos that may answer, evenly over all of them."""

    def pick(self, n: int, seed: int = 0) -> FloatArray:
        """(<= n, d) embeddings of photos chosen at random, for trying the engine out."""


class VectorIndex(Protocol):
    """The copy that one engine keeps of one model's embeddings.

    Methods are safe from any thread; `load` and `rebuild` may take minutes. A search takes
    `snapshot` once and waits for nobody.
    """

    @property
    def snapshot(self) -> VectorSnapshot:
        """What is found now."""

    def load(self, source: CatalogVectors) -> None:
        """Take up what the engine holds and bring it up to the catalog. Afterwards every photo of
        the catalog is found, and no other: what the engine lacks is kept in memory until the next
        rebuild. What is wrong with what it holds is logged, and `needs_rebuild` is true."""

    def add(self, photo_ids: IdArray, embeddings: FloatArray) -> None:
        """Let photos be found, replacing what they had, with (n, d) rows of length 1. A row that
        holds something else than numbers is left out and logged. Raises ValueError for another
        shape."""

    def keep_only(self, list_known: Callable[[], IdArray]) -> None:
        """Let photos be found no more unless `list_known` gives them; those that are added
        meanwhile stay."""

    @property
    def needs_rebuild(self) -> bool:
        """Whether what is in memory only has grown so large, or what the engine holds is so wrong,
        that it is time to `rebuild`."""

    @property
    def holds_removed(self) -> bool:
        """Whether embeddings of photos that are no longer found are still in memory or with the
        engine, where only a rebuild removes them."""

    def rebuild(self, job: Job, catalog_revision: int) -> None:
        """Let the engine hold what is found now; answers go on meanwhile, and so they do after a
        failure.

        catalog_revision: every embedding written up to it has been added here. Raises Cancelled,
        or UserError where the disk is full or the engine's program is away.
        """

    def measure(self) -> None:
        """Measure how fast photos are compared here, once for each build. A tenth of a second."""

    def rest(self) -> None:
        """Give memory back that the next search can have again."""

    @property
    def trouble(self) -> str:
        """Why answers come otherwise than they should, such as that the engine's program is away: a
        sentence; "" as a rule. At once."""

    def held(self) -> Held:
        """What the engine holds now, asked anew. Seconds at most."""

    def close(self) -> None:
        """Let go of files and connections. Afterwards `snapshot`, and those taken before, may still
        be asked, and nothing else."""
