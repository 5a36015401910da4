"""Intake: vectors come in from a file, for photos whose content is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desktop.catalog import Catalog
from desktop.embedding import ModelInfo
from desktop.errors import LibraryBusy, VectorsUnusable
from desktop.ingest import PARTS
from desktop.jobs import Job
from desktop.library.answering.spaces import Spaces
from desktop.library.indexing.announcing import Announcing
from desktop.library.indexing.indexing import Indexing
from desktop.library.reports import Event, ModelChanged
from desktop.library.vectors.checking import check_rows, unit_length
from desktop.library.vectors.files import open_vectors
from desktop.library.vectors.rows import NOTHING_TAKEN, RowsIn, VectorsFile, unusable


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file of vectors.

    Attributes:
        model_id: whose vectors they are.
        model_name: what that model is called here; None where it is not on this computer.
        answers: whether it is one that answers here, or is coming.
        n_rows: in the file.
        n_photos: photos that have a vector now and had none.
        n_there: photos that had one already, which they keep.
        n_unknown: rows of contents that no photo has here.
        n_waiting: photos that wait for this model still.
        is_busy: another process was indexing, so files that it has not read yet were not compared.
    """

    model_id: str
    model_name: str | None
    answers: bool
    n_rows: int
    n_photos: int
    n_there: int
    n_unknown: int
    n_waiting: int
    is_busy: bool


class _TakenSoFar:
    """Attributes: here: ids of photos whose contents are in the file, a block after the other."""

    def __init__(self) -> None:
        self.n_photos = 0
        self.n_unknown = 0
        self.here = [np.zeros(0, np.int64)]

    @property
    def n_there(self) -> int:
        """Photos that had a vector before. Copies may have a row each, and count once each."""
        return len(np.unique(np.concatenate(self.here))) - self.n_photos


class VectorIntake:
    """Takes vectors in. Any thread but Qt's main one; the model need not be on this computer."""

    def __init__(
        self,
        catalog: Catalog,
        spaces: Spaces,
        indexing: Indexing,
        list_models: Callable[[], Sequence[ModelInfo]],
        publish: Callable[[Event], None],
    ) -> None:
        self._catalog = catalog
        self._spaces = spaces
        self._indexing = indexing
        self._list_models = list_models
        self._publish = publish

    def bring(self, place: Path | str, job: Job, model: str = "") -> Brought:
        """Check the file from end to end, compare files that wait to be read with it, and give each
        photo that lacks one the vector of its content.

        place: a file; or where a table is, see `TablePlace`. model: the model_id or the name that
        the file's must be; "" takes what answers here, is at
        hand, or has made vectors here before. A photo that has a vector keeps it. Each batch is one
        transaction, so what was taken stays when it is stopped, and the next run goes on.

        Raises VectorsUnusable, and then nothing has changed; ExtraMissing, EngineUnavailable,
        Cancelled, or another UserError (disk full).
        """
        with closing(open_vectors(place)) as file:
            before = file.stamp()
            named = self._check_model(file, model)
            wanted = check_rows(file, self._catalog, job)
            if file.stamp() != before:
                raise unusable(file.path, "it was changed while it was read")
            model_id = file.header.model_id
            is_busy = False
            try:
                self._indexing.learn_contents(model_id, wanted, job)
            except LibraryBusy:
                is_busy = True
            count = self._take(file, job)
        if self._spaces.switch_if_complete():
            self._publish(ModelChanged())
        self._indexing.wake()
        return Brought(
            model_id,
            named.name if named is not None else None,
            any(model_id == each.model_id for each in self._spaces.embedders),
            file.n_rows,
            count.n_photos,
            count.n_there,
            count.n_unknown,
            self._catalog.count(model_id).waiting,
            is_busy,
        )

    def _check_model(self, file: VectorsFile, model: str) -> ModelInfo | None:
        """The model that the file's vectors are by, if it is on this computer."""
        header, path = file.header, file.path
        known = {each.model_id: each for each in self._list_models() if each.model_id}
        dims = self._catalog.made.list_dims()
        dims |= {id_: each.traits.dim for id_, each in known.items() if each.traits}
        dims |= {each.model_id: each.dim for each in self._spaces.embedders}
        named = known.get(header.model_id)
        if model and model not in (header.model_id, named.name if named else None):
            raise VectorsUnusable(
                f"The vectors in {path.name} are by {header.model_id}, and not by {model}.",
                NOTHING_TAKEN,
            )
        if not model and header.model_id not in dims:
            answering = self._spaces.answering().model_id
            raise VectorsUnusable(
                f"The vectors in {path.name} are by {header.model_id}, which is not on this "
                f"computer; {answering} answers here.",
                f"Add --model {header.model_id} to keep them until it is. {NOTHING_TAKEN}",
            )
        dim = dims.get(header.model_id, header.dim)
        if header.model_id.partition("@")[0] == PARTS or dim != header.dim:
            raise unusable(
                path,
                f"its vectors have {header.dim} numbers, and those of {header.model_id} have {dim}",
            )
        return named

    def _take(self, file: VectorsFile, job: Job) -> _TakenSoFar:
        count, n_rows = _TakenSoFar(), 0
        announcing = Announcing(self._catalog, self._spaces, self._publish)
        try:
            for rows in file.rows():
                job.report(n_rows, file.n_rows, "Taking vectors in")
                n_rows += len(rows.vectors)
                self._take_rows(file.header.model_id, rows, count, announcing)
            job.report(n_rows, file.n_rows, "Taking vectors in")
        finally:
            announcing.embedded_rest()
        return count

    def _take_rows(
        self, model_id: str, rows: RowsIn, count: _TakenSoFar, announcing: Announcing
    ) -> None:
        vectors = unit_length(rows.vectors)
        of_content = {
            each: vectors[row] for row, each in enumerate(rows.content_hashes) if each is not None
        }
        here = self._catalog.made.list_of_contents(model_id, of_content.keys())
        known = {each.content_hash for each in here}
        lacking = {each.content_hash for each in here if not each.is_made}
        taken = []
        if lacking:
            wanted = {each: of_content[each] for each in lacking}
            taken = self._catalog.made.put_by_content(model_id, wanted)
        count.n_photos += len(taken)
        count.here.append(np.array([each.photo_id for each in here], np.int64))
        count.n_unknown += sum(each not in known for each in rows.content_hashes)
        if taken:
            photo_ids = np.array([each.photo_id for each in taken], np.int64)
            new = np.stack([of_content[each.content_hash] for each in taken])
            announcing.embedded(model_id, photo_ids, new)
