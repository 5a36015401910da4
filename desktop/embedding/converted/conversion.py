"""Conversion: has a model's networks converted and measured, and chooses."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from desktop.background import Helper, HelperBug, HelperEnded, HelperSilent
from desktop.embedding.converted.agreement import N_PHOTOS, Agreement, agreement_of
from desktop.embedding.converted.record import Converted, Measurement
from desktop.embedding.converted.runtime import EXTRA, EXTRA_MB, is_installed
from desktop.embedding.converted.workshop import BATCH, BY_OPENVINO, open_workshop
from desktop.embedding.embedder import Embedder
from desktop.embedding.running.precision import WORTHWHILE
from desktop.errors import QueryUnanswerable, UserError, how_to_add
from desktop.jobs import Job

LEAST_COSINES = {f"float32{BY_OPENVINO}": 0.9999, f"bfloat16{BY_OPENVINO}": 0.99}
"""With torch's embedding in float32, of each photo measured. torch's own bfloat16, which is taken
without asking, turned the starter's embeddings to 0.997 at most, and OpenVINO's as far."""

INT8 = f"int8{BY_OPENVINO}"

_WITHIN_S = 1800.0
"""Rounding takes minutes on a busy computer; a cancel ends it at once."""

LABEL = "Making the model faster"


@dataclass(frozen=True, slots=True)
class Conversion:
    """Converts the networks of one model. `run` blocks for a minute or two, on any thread but Qt's
    main one.

    Attributes:
        make: its embedder, on the processor.
        converted: where what comes of it is kept.
        n_photos: int8 is tried with so many photos; with fewer it is not.
        worthwhile: what is faster is taken where it needs at most this share of the time.
    """

    make: Callable[[], Embedder]
    converted: Converted
    n_photos: int = N_PHOTOS
    worthwhile: float = WORTHWHILE

    def run(self, images: Sequence[Image.Image], texts: Sequence[str], job: Job) -> Measurement:
        """Convert, measure, choose, and write it down. images: of photos of the person, fitted; at
        least two. texts: what the person has searched for.

        Raises Cancelled, ModelUnavailable, or UserError where OpenVINO is not installed, cannot run
        the model or the disk is full; then what was there before stays.
        """
        if not is_installed():
            raise absent()
        if len(images) < 2:
            raise UserError(
                "There are no photos to measure with.",
                "`likeness add FOLDER` and `likeness index` make photos known.",
            )
        folder = self.converted.make_folder()
        try:
            with contextlib.closing(self._start(folder, job)) as helper:
                return self._choose(_AskedThere(helper, job), folder, images, texts)
        except OSError as error:
            raise UserError(f"The converted model cannot be written: {error}.") from error
        except (HelperEnded, HelperSilent, HelperBug) as error:
            raise UserError(
                f"OpenVINO cannot run this model ({str(error).strip().splitlines()[-1]}).",
                "It goes on as before.",
            ) from error
        finally:
            record = self.converted.read()
            if record is None or record.folder != folder.name:
                shutil.rmtree(folder, ignore_errors=True)

    def _start(self, folder: Path, job: Job) -> Helper:
        job.report(0, 0, LABEL)
        return Helper.start("convert", open_workshop, self.make, folder, job=job)

    def _choose(
        self, asked: _AskedThere, folder: Path, images: Sequence[Image.Image], texts: Sequence[str]
    ) -> Measurement:
        if not asked("load"):
            raise UserError(
                "There is nothing to convert: no network of this model runs on the processor.",
                "On a GPU it is fast already.",
            )
        for at in range(0, len(images), BATCH):
            asked("give", list(images[at : at + BATCH]))
        asked("convert")
        if len(images) >= self.n_photos:
            asked("round")
        ms, cosines = asked("measure")
        chosen, agreement = fastest(ms, cosines, self.worthwhile), None
        if INT8 in ms and ms[INT8] <= self.worthwhile * ms[chosen]:
            agreement = self._compare(asked, chosen, len(images), texts)
            chosen = INT8 if agreement.is_enough else chosen
        way = chosen if chosen.endswith(BY_OPENVINO) else ""
        record = Measurement(way, ms, agreement)
        if not way:
            return self.converted.keep(record)
        asked("leave", record.precision)
        return self.converted.keep(record, folder)

    def _compare(
        self, asked: _AskedThere, chosen: str, n_images: int, texts: Sequence[str]
    ) -> Agreement:
        plain = np.concatenate(list(asked.embedded(chosen, n_images, (0, 2))))
        rounded = np.concatenate(list(asked.embedded(INT8, n_images, (1, 2))))
        return agreement_of(plain, rounded, asked.words(texts, plain.shape[1]))


@dataclass(frozen=True, slots=True)
class _AskedThere:
    """A `Workshop` in its process, and the job that its answers are waited for with."""

    helper: Helper
    job: Job

    def __call__(self, method: str, *arguments: object) -> Any:
        self.job.check()
        return self.helper.ask((method, arguments), _WITHIN_S, self.job)

    def embedded(self, way: str, n: int, part: tuple[int, int]) -> Iterator[Any]:
        """Embed all photos in batches; part: this is one of so many runs over them."""
        which, n_parts = part
        for at in range(0, n, BATCH):
            self.job.report(which * n + at, n_parts * n, f"{LABEL}: comparing photos")
            yield self("embed", way, at, at + BATCH)

    def words(self, texts: Sequence[str], dim: int) -> Any:
        """(t, d); of what the model cannot read nothing."""
        rows = [np.zeros((0, dim), np.float32)]
        for text in texts:
            with contextlib.suppress(QueryUnanswerable):
                rows.append(self("embed_text", [text]))
        return np.concatenate(rows)


def fastest(
    ms: Mapping[str, float], cosines: Mapping[str, float], worthwhile: float = WORTHWHILE
) -> str:
    """The best way that needs nobody's consent. By torch, unless OpenVINO is worthwhile; what turns
    embeddings too far is left out."""
    by_torch = min((way for way in ms if not way.endswith(BY_OPENVINO)), key=ms.__getitem__)
    fit = [way for way, least in LEAST_COSINES.items() if cosines.get(way, 0.0) >= least]
    best = min(fit, key=ms.__getitem__, default=by_torch)
    return best if ms[best] <= worthwhile * ms[by_torch] else by_torch


def absent() -> UserError:
    """OpenVINO is not installed."""
    return UserError(
        "OpenVINO, which runs models faster on most processors, is not installed.",
        f"{how_to_add(EXTRA)} It takes {EXTRA_MB} MB.",
    )
