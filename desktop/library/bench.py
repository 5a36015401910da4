"""Bench: measures this computer, beside the library and without touching it."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import Catalog, FileStat, Ingested, Metadata, TakenFrom
from desktop.embedding import Embedder
from desktop.errors import Cancelled, UserError
from desktop.index import EXACT_WITHIN_MS, Index
from desktop.ingest import BATCH, EmbeddingPass, Ingest, Rules, hash_content, sides_for
from desktop.jobs import Job
from desktop.library.reports import BenchReport, SettingChoice
from desktop.media import Decoders, HashedFile, Thumbnails
from desktop.power import Power
from desktop.settings import Settings

CAMERA_PX = (4000, 3000)
_N_ROWS = 50_000
_DIFFERENCE = 1.2
"""A device is chosen over another when it is faster by so much."""

# Grain of this strength makes 12 megapixels weigh 2.5 MB at quality 85, as cameras do.
_GRAIN = 6.0
_MODEL = "bench@1"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure, and on what.

    Attributes:
        seconds: for all measurements together; drawing, loading and starting come on top.
        n_photos: files drawn, some 2.5 MB each for CAMERA_PX.
    """

    seconds: float = 45.0
    n_photos: int = 64
    photo_px: tuple[int, int] = CAMERA_PX

    @classmethod
    def quick(cls) -> Effort:
        """A few seconds; good to a factor of two."""
        return cls(seconds=2.0, n_photos=32)


class Bench:
    """One measurement of this computer, with the model in use and the settings as they are.

    Everything it writes is in folders of its own, which it removes: photos in the system's
    temporary folder, a small catalog in the data folder.
    """

    def __init__(
        self,
        embedder: Embedder,
        on_cpu: Callable[[], Embedder],
        decoders: Decoders,
        data_path: Path,
        effort: Effort,
        job: Job,
    ) -> None:
        """on_cpu: makes the same model for the CPU, which is asked for where it is elsewhere."""
        self._embedder = embedder
        self._on_cpu = on_cpu
        self._decoders = decoders
        self._data_path = data_path
        self._effort = effort
        self._job = job
        self._n_begun = 0

    def run(self, settings: Settings, power: Power) -> BenchReport:
        """Measure. Raises Cancelled, ModelUnavailable, or UserError where the disk is full."""
        started_s = time.monotonic()
        try:
            with (
                tempfile.TemporaryDirectory(prefix="likeness-bench-") as photos,
                tempfile.TemporaryDirectory(prefix="bench-", dir=self._data_path) as scratch,
            ):
                report = self._measure(Path(photos), Path(scratch), settings, power)
        except OSError as error:
            raise UserError(
                f"The measurement cannot write its files: {error.strerror}.",
                "It needs 200 MB in the system's temporary folder and a few in the data folder.",
            ) from error
        return replace(report, elapsed_s=time.monotonic() - started_s)

    def _measure(
        self, photos: Path, scratch: Path, settings: Settings, power: Power
    ) -> BenchReport:
        effort_s = self._effort.seconds
        self._begin("Drawing photos")
        busy_share = psutil.cpu_percent(0.3) / 100
        paths = draw_photos(photos, self._effort.n_photos, self._effort.photo_px, self._job)
        self._begin("Reading photos")
        read_per_s = self._read_rate(paths, scratch / "read", 0.2 * effort_s)
        self._begin("Embedding images")
        embed_per_s = self._embed_rate(self._embedder, 0.2 * effort_s)
        cpu_per_s = None
        if self._embedder.device != "cpu":
            cpu_per_s = self._embed_rate(self._on_cpu(), 0.1 * effort_s)
        self._begin("Indexing photos")
        index_per_s = self._index_rate(photos, scratch / "index", 0.4 * effort_s)
        self._begin("Comparing embeddings")
        compared_per_ms = self._compare_rate(scratch / "compare", 0.1 * effort_s)
        self._begin("Saving to the data folder")
        saved_per_s = self._save_rate(scratch / "save", 0.1 * effort_s)
        n_within = int(compared_per_ms * EXACT_WITHIN_MS)
        return BenchReport(
            model_id=self._embedder.model_id,
            device=self._embedder.device,
            precision=self._embedder.precision,
            n_cores=os.cpu_count() or 1,
            busy_share=busy_share,
            megapixels=self._effort.photo_px[0] * self._effort.photo_px[1] / 1e6,
            read_per_s=read_per_s,
            embed_per_s=embed_per_s,
            embed_on_cpu_per_s=cpu_per_s,
            index_per_s=index_per_s,
            compared_per_ms=compared_per_ms,
            answer_ms=EXACT_WITHIN_MS,
            n_within_answer=n_within,
            saved_per_s=saved_per_s,
            batch=BATCH,
            choices=_choices(settings, n_within, embed_per_s, cpu_per_s, power),
            elapsed_s=0.0,
        )

    def _begin(self, label: str) -> None:
        self._job.report(self._n_begun, 6, label)
        self._n_begun += 1

    def _read_rate(self, paths: Sequence[Path], folder: Path, seconds: float) -> float:
        """Photos a second that are hashed, decoded and given their thumbnail, with nothing else
        running. Files are read once before, so that it is not the disk that is measured."""
        embedding = EmbeddingPass(self._embedder)
        least, fits = sides_for([embedding]), {embedding.pass_id: embedding.fit}
        turns = iter(range(10**9))

        def read(path: Path) -> None:
            thumbnails = Thumbnails(folder / str(next(turns) // len(paths)))
            stat = path.stat()
            hashed = HashedFile(path, stat.st_size, stat.st_mtime_ns, hash_content(path))
            self._decoders.read(hashed, least, fits, thumbnails)

        n_processes = self._decoders.n_processes
        with ThreadPoolExecutor(n_processes, thread_name_prefix="bench") as pool:
            list(pool.map(read, paths[:n_processes]))  # the processes start
            rates = []
            for _ in self._until(seconds):
                started_s = time.perf_counter()
                list(pool.map(read, paths))
                rates.append(len(paths) / (time.perf_counter() - started_s))
        return statistics.median(rates)

    def _embed_rate(self, embedder: Embedder, seconds: float) -> float:
        """Images a second through the model, with nothing else running."""
        side_px = embedder.input_px
        random = np.random.default_rng(1)
        images = [
            Image.fromarray(random.integers(0, 256, (side_px, side_px, 3), np.uint8))
            for _ in range(BATCH)
        ]
        embedder.embed_images(images)  # weights are loaded
        rates = []
        for _ in self._until(seconds):
            started_s = time.perf_counter()
            embedder.embed_images(images)
            rates.append(BATCH / (time.perf_counter() - started_s))
        return statistics.median(rates)

    def _index_rate(self, photos: Path, folder: Path, seconds: float) -> float:
        """Photos a second by the application's own ingest, into a catalog of its own. Counted from
        the first batch saved to the last, without the start of the pipeline, which a large library
        has once as well."""
        rates = []
        deadline_s = time.monotonic() + seconds
        for turn in self._until(seconds, n_least=1):
            saved: list[tuple[float, int]] = []
            self._index_once(photos, folder / str(turn), saved, deadline_s)
            elapsed_s = saved[-1][0] - saved[0][0]
            n_saved = sum(n for _, n in saved[1:])
            if elapsed_s > 0 and n_saved:
                rates.append(n_saved / elapsed_s)
        return statistics.median(rates) if rates else 0.0

    def _index_once(
        self, photos: Path, folder: Path, saved: list[tuple[float, int]], deadline_s: float
    ) -> None:
        def note(
            _model_id: str, photo_ids: NDArray[np.int64], _embeddings: NDArray[np.float32]
        ) -> None:
            saved.append((time.monotonic(), len(photo_ids)))

        def stop_in_time(_progress: object) -> None:
            self._job.check()
            if len(saved) > 1 and time.monotonic() > deadline_s:
                job.cancel()

        job = Job(stop_in_time)
        with closing(Catalog.open(folder / "catalog.sqlite")) as catalog:
            catalog.folders.add(photos)
            ingest = Ingest(catalog, Thumbnails(folder / "thumbnails"), self._decoders)
            ingest.scan(Rules((), ()), job)
            with suppress(Cancelled):
                embedding = EmbeddingPass(self._embedder, note)
                ingest.run(embedding, [embedding], job)
        self._job.check()

    def _compare_rate(self, folder: Path, seconds: float) -> float:
        """Embeddings a millisecond that the exact search compares with a query."""
        random = np.random.default_rng(2)
        vectors = random.standard_normal((_N_ROWS, self._embedder.dim), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        index = Index(folder, _MODEL, self._embedder.dim)
        index.add(np.arange(1, _N_ROWS + 1), vectors)
        snapshot, query = index.snapshot, vectors[0].copy()
        del vectors
        times_ms = []
        for _ in self._until(seconds):
            started_s = time.perf_counter()
            snapshot.search(query, 50, exact_limit=_N_ROWS)
            times_ms.append((time.perf_counter() - started_s) * 1000)
        return _N_ROWS / statistics.median(times_ms)

    def _save_rate(self, folder: Path, seconds: float) -> float:
        """Transactions a second, each of `BATCH` photos with their embeddings, in the data
        folder."""
        embedding = np.zeros(self._embedder.dim, np.float32)
        embedding[0] = 1
        facts = Metadata(
            *CAMERA_PX, 1, datetime(2024, 5, 1), TakenFrom.FILE, None, None, None, None, "JPEG"
        )
        times_s = []
        with closing(Catalog.open(folder / "catalog.sqlite")) as catalog:
            folder_id = catalog.folders.add(folder).folder_id
            for turn in self._until(seconds):
                stats = [FileStat(f"{turn}-{n}.jpg", 1, 1) for n in range(BATCH)]
                first_id = catalog.files.last_id() + 1
                catalog.files.apply_scan(folder_id, stats)
                batch = [
                    Ingested(first_id + n, stat, f"{turn:016x}{n:016x}", facts, {_MODEL: embedding})
                    for n, stat in enumerate(stats)
                ]
                started_s = time.perf_counter()
                catalog.ingests.save(batch)
                times_s.append(time.perf_counter() - started_s)
        return 1 / statistics.median(times_s)

    def _until(self, seconds: float, n_least: int = 3) -> Iterator[int]:
        """Counts up until the time is over, at least n_least times. Raises Cancelled."""
        deadline_s = time.monotonic() + seconds
        turn = 0
        while turn < n_least or time.monotonic() < deadline_s:
            self._job.check()
            yield turn
            turn += 1


def draw_photos(folder: Path, n: int, size_px: tuple[int, int], job: Job) -> list[Path]:
    """n JPEGs that cost what a camera's do: soft shapes under grain. They are one picture, each
    with another comment, so that no two have the same hash."""
    random = np.random.default_rng(3)
    soft = Image.fromarray(random.integers(40, 216, (24, 32, 3), np.uint8))
    pixels = np.asarray(soft.resize(size_px, Image.Resampling.BICUBIC), np.int16)
    grain = random.standard_normal(pixels.shape[:2], np.float32) * _GRAIN
    noisy = (pixels + grain.astype(np.int16)[..., np.newaxis]).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(noisy)
    path = folder / "photo-0.jpg"
    image.save(path, "JPEG", quality=85, comment=b"0000")
    data = path.read_bytes()
    paths = [path]
    for number in range(1, n):
        job.check()
        paths.append(folder / f"photo-{number}.jpg")
        paths[-1].write_bytes(data.replace(b"0000", f"{number:04}".encode(), 1))
    return paths


def _choices(
    settings: Settings,
    n_within: int,
    embed_per_s: float,
    cpu_per_s: float | None,
    power: Power,
) -> tuple[SettingChoice, ...]:
    choices = [
        SettingChoice(
            "exact_search_limit",
            settings.exact_search_limit,
            0,
            f"the index measures it; {n_within:,} are compared within "
            f"{EXACT_WITHIN_MS:.0f} ms here",
        )
    ]
    if cpu_per_s is None:
        choices.append(
            SettingChoice("device", settings.device, settings.device, "it is what was measured")
        )
    else:
        is_cpu_faster = cpu_per_s > embed_per_s * _DIFFERENCE
        why = f"{embed_per_s:,.0f} images/s, on the processor {cpu_per_s:,.0f}"
        device = "cpu" if is_cpu_faster else settings.device
        choices.append(SettingChoice("device", settings.device, device, why))
    has_battery = power.on_battery is not None
    choices.append(
        SettingChoice(
            "slow_on_battery",
            settings.slow_on_battery,
            True if has_battery else settings.slow_on_battery,
            "there is a battery" if has_battery else "no battery is known of",
        )
    )
    return tuple(choices)
