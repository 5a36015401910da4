"""How fast photos become searchable: the real Ingest beside the naive way, rclip's, and the bound.

The bound is what the machine can give: a photo needs its decode on every core and its forward pass
on every core, 1 / (1/decode + 1/forward), both measured in the same round with nothing else.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from benchmarks.generated import make_library, save_embeddings
from benchmarks.harness import Bench, Row, against, alone, benchmark, interleave, read_once
from benchmarks.models import clip, clip_by_openvino, clip_folder, starter
from benchmarks.photos import CAMERA_PX, WEB_PX, make_photos
from benchmarks.plots import draw_bars
from desktop.catalog import Catalog
from desktop.embedding import Embedder
from desktop.embedding.converted import is_installed
from desktop.index import Index
from desktop.ingest import BATCH, EmbeddingPass, Ingest, Rules, hash_content
from desktop.jobs import Job
from desktop.media import THUMBNAIL_LEAST_PX, Decoders, Sides, Thumbnails, decode

N_CORES = os.cpu_count() or 1
RCLIP_BATCH = 8


@benchmark("indexing-clip-12mp")
def clip_on_camera_photos(bench: Bench) -> Iterator[Row]:
    yield from _clip_on_camera_photos(bench, "float32", ">= 5", ">= 0.85")


@benchmark("indexing-clip-12mp-bfloat16")
def rounded_clip_on_camera_photos(bench: Bench) -> Iterator[Row]:
    if _chooses_bfloat16(bench):
        yield from _clip_on_camera_photos(bench, "bfloat16", ">= 10", None)


@benchmark("indexing-clip-12mp-openvino")
def clip_by_openvino_on_camera_photos(bench: Bench) -> Iterator[Row]:
    """What is taken where the extra is installed: bfloat16 or float32 without asking, int8 where
    the person's photos find the same, which random weights cannot tell."""
    if not is_installed():
        return
    yield from _clip_on_camera_photos(bench, "bfloat16 by OpenVINO", None, None)
    aims = (">= 10", ">= 0.9", ">= 3.5") if _multiplies_int8() else (None, None, None)
    yield from _clip_on_camera_photos(bench, "int8 by OpenVINO", *aims)


def _multiplies_int8() -> bool:
    """Whether the processor does so four at a time (VNNI) or in tiles (AMX), as far as Linux
    tells."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False
    return bool({"avx512_vnni", "avx_vnni", "amx_int8"} & set(flags))


def _chooses_bfloat16(bench: Bench) -> bool:
    """Whether the application itself would, on this computer."""
    embedder = clip(bench.path)
    embedder.load()
    return embedder.precision == "bfloat16"


def _clip_on_camera_photos(
    bench: Bench,
    precision: str,
    times_naive: str | None,
    share_of_bound: str | None,
    times_rclip: str | None = ">= 2",
) -> Iterator[Row]:
    """Naive and rclip's path compute in float32 whatever `precision` is, as they do."""
    photos = camera_photos(bench, bench.size(192, 32))
    numbers, _, runtime = precision.partition(" by ")
    embedder = (
        clip_by_openvino(bench.path, numbers, photos) if runtime else clip(bench.path, precision)
    )
    single = clip(bench.path, "float32")
    n_few = min(len(photos), bench.size(24, 8))
    naive_model = _sentence_transformer(clip_folder(bench.path))
    measures = {
        "naive": lambda: naive_rate(naive_model, photos[:n_few]),
        "rclip": lambda: rclip_rate(single, photos[: 2 * n_few]),
        **_ours(bench, embedder, photos),
    }
    for each in (embedder, single):
        _warm_up(each, photos)
    taken = interleave(measures, bench.n_rounds)
    title = f"CLIP {precision}, 12 MP"
    ours, naive, rclip = taken["ours"], taken["naive"], taken["rclip"]
    yield alone(f"{title}: naive SentenceTransformer.encode", naive, "photos/s")
    yield against(f"{title}: rclip's reading path", rclip, "photos/s", "naive", naive)
    yield against(f"{title}: indexing", ours, "photos/s", "naive", naive, times_naive)
    yield against(f"{title}: indexing", ours, "photos/s", "rclip's path", rclip, times_rclip)
    yield from _beside_bound(title, embedder, taken, share_of_bound)
    _plot(bench, f"indexing-clip-12mp-{precision.replace(' ', '-')}", title, taken)


@benchmark("indexing-clip-500px")
def clip_on_small_photos(bench: Bench) -> Iterator[Row]:
    yield from _clip_on_small_photos(bench, "float32")


@benchmark("indexing-clip-500px-bfloat16")
def rounded_clip_on_small_photos(bench: Bench) -> Iterator[Row]:
    if _chooses_bfloat16(bench):
        yield from _clip_on_small_photos(bench, "bfloat16")


def _clip_on_small_photos(bench: Bench, precision: str) -> Iterator[Row]:
    embedder = clip(bench.path, precision)
    n = bench.size(384, 32)
    photos = make_photos(bench.path / f"photos-500px-{n}", n, WEB_PX)
    read_once(photos)
    naive_model = _sentence_transformer(clip_folder(bench.path))
    measures = {
        "naive": lambda: naive_rate(naive_model, photos[: len(photos) // 2]),
        **_ours(bench, embedder, photos),
    }
    _warm_up(embedder, photos)
    taken = interleave(measures, bench.n_rounds)
    title = f"CLIP {precision}, 500 px"
    yield alone(f"{title}: naive SentenceTransformer.encode", taken["naive"], "photos/s")
    yield against(f"{title}: indexing", taken["ours"], "photos/s", "naive", taken["naive"], ">= 1")
    yield against(
        f"{title}: indexing", taken["ours"], "photos/s", "forward alone", taken["forward"], ">= 0.8"
    )
    yield from _beside_bound(title, embedder, taken, None)
    _plot(bench, f"indexing-clip-500px-{precision}", title, taken)


@benchmark("indexing-starter-12mp")
def starter_on_camera_photos(bench: Bench) -> Iterator[Row]:
    embedder = starter()
    photos = camera_photos(bench, bench.size(192, 32))
    _warm_up(embedder, photos)
    taken = interleave(_ours(bench, embedder, photos), bench.n_rounds)
    yield from _beside_bound("starter, 12 MP", embedder, taken, ">= 0.8")
    _plot(bench, "indexing-starter-12mp", "starter, 12 MP", taken)


@benchmark("indexing-models-12mp")
def models_side_by_side(bench: Bench) -> Iterator[Row]:
    """What a person who can choose between models waits for."""
    photos = camera_photos(bench, bench.size(96, 16))
    embedders = {"CLIP": clip(bench.path)}
    embedders |= {name: starter(name=name) for name in ("starter", "starter-large")}
    measures = {}
    for name, embedder in embedders.items():
        _warm_up(embedder, photos)
        measures[name] = _ours(bench, embedder, photos)["ours"]
    taken = interleave(measures, bench.n_rounds)
    yield alone("CLIP, 12 MP: indexing", taken["CLIP"], "photos/s")
    for name in ("starter", "starter-large"):
        yield against(f"{name}, 12 MP: indexing", taken[name], "photos/s", "CLIP", taken["CLIP"])


@benchmark("indexing-profile")
def profile(bench: Bench) -> Iterator[Row]:
    """Where the CPU time of one photo goes, all threads together, each step by itself."""
    embedder = clip(bench.path, "float32")
    photos = camera_photos(bench, bench.size(48, 8))
    _warm_up(embedder, photos)
    least, model_alone = _sides(embedder), Sides(embedder.input_px)
    images = [decode(path, least).image for path in photos]
    fitted = [embedder.fit(image) for image in images]
    with bench.scratch() as folder:
        thumbnails = Thumbnails(folder / "thumbnails")
        library = make_library(folder / "data", 1_000, embedder.dim, embedder.model_id)
        catalog = Catalog.open(library.places.catalog_path)
        index = library.open_index(catalog)

        def save() -> None:
            for start in range(0, len(photos), BATCH):
                batch = slice(start, start + BATCH)
                ids, vectors = library.photo_ids[batch], library.vectors[batch]
                save_embeddings(catalog, embedder.model_id, ids, vectors)
                index.add(ids, vectors)

        def save_thumbnails() -> None:
            for number, image in enumerate(images):
                thumbnails.save(f"{number:032x}", image)

        steps: dict[str, Callable[[], object]] = {
            "hash": lambda: [hash_content(path) for path in photos],
            "decode": lambda: [decode(path, least) for path in photos],
            "fit": lambda: [embedder.fit(image) for image in images],
            "thumbnail": save_thumbnails,
            "forward pass": lambda: _embed(embedder, fitted),
            "catalog and index": save,
            "decode for the model alone": lambda: [decode(path, model_alone) for path in photos],
        }
        measures = {name: _cpu_ms(step, len(photos)) for name, step in steps.items()}
        taken = interleave(measures, bench.n_rounds)
        catalog.close()
    for name, values in taken.items():
        yield alone(f"one photo, CLIP float32, 12 MP: {name}", values, "CPU ms")
    in_plot = {name: statistics.median(values) for name, values in taken.items()}
    bench.draw(draw_bars, "indexing-profile", "One 12 MP photo, step by step", "CPU ms", in_plot)


def camera_photos(bench: Bench, n: int) -> list[Path]:
    """12-megapixel photos of 2.5 MB, read once."""
    photos = make_photos(bench.path / f"photos-12mp-{n}", n, CAMERA_PX)
    read_once(photos)
    return photos


def naive_rate(model: Any, photos: Sequence[Path]) -> float:
    """Photos a second the obvious way: a list of opened pictures."""
    started_s = time.perf_counter()
    model.encode([Image.open(path) for path in photos], show_progress_bar=False)
    return len(photos) / (time.perf_counter() - started_s)


def rclip_rate(embedder: Embedder, photos: Sequence[Path]) -> float:
    """Photos a second as rclip reads them: every pixel decoded, each photo reduced by itself,
    batches of 8, a batch decoded ahead in threads."""

    def read(path: Path) -> Image.Image:
        with Image.open(path) as image:
            return embedder.fit(image.convert("RGB"))

    started_s = time.perf_counter()
    with ThreadPoolExecutor(N_CORES) as pool:
        starts = range(0, len(photos), RCLIP_BATCH)
        batches = [photos[start : start + RCLIP_BATCH] for start in starts]
        coming = [pool.submit(read, path) for path in batches[0]]
        for after in [*batches[1:], ()]:
            images = [future.result() for future in coming]
            coming = [pool.submit(read, path) for path in after]
            embedder.embed_images(images)
    return len(photos) / (time.perf_counter() - started_s)


def ours_rate(embedder: Embedder, photos: Sequence[Path], data: Path, decoders: Decoders) -> float:
    """Photos a second from a folder never seen to photos that can be found: scan, hash, decode,
    thumbnail, embedding, catalog, index."""
    catalog = Catalog.open(data / "catalog.sqlite")
    try:
        catalog.folders.add(photos[0].parent)
        index = Index(data / "index", embedder.model_id, embedder.dim)

        def on_saved(_: str, ids: NDArray[np.int64], embeddings: NDArray[np.float32]) -> None:
            index.add(ids, embeddings)

        ingest = Ingest(catalog, Thumbnails(data / "thumbnails"), decoders)
        started_s = time.perf_counter()
        ingest.scan(Rules((), ()), Job())
        embedding = EmbeddingPass(embedder, on_saved)
        tally = ingest.run(embedding, [embedding], Job())
        elapsed_s = time.perf_counter() - started_s
    finally:
        catalog.close()
    if tally.made.total() != len(photos) or index.snapshot.n_items != len(photos):
        raise RuntimeError(f"{len(photos)} photos, but {tally}")
    return len(photos) / elapsed_s


def _ours(
    bench: Bench, embedder: Embedder, photos: Sequence[Path]
) -> dict[str, Callable[[], float]]:
    model_alone = Sides(embedder.input_px)
    fitted = [embedder.fit(decode(path, model_alone).image) for path in photos]
    decoders = bench.once("decoders", Decoders)
    list(map(decoders.decode, photos[:2]))  # a process takes 0.3 s to start, once
    busy_s = [0.0]

    def ours() -> float:
        before_s = _cpu_s()
        with bench.scratch() as data:
            rate = ours_rate(embedder, photos, data, decoders)
        busy_s[0] = _cpu_s() - before_s
        return rate

    def cpu_ms() -> float:
        return 1000 * busy_s[0] / len(photos)

    def decode_rate() -> float:
        def read(path: Path) -> Image.Image:
            return embedder.fit(decode(path, model_alone).image)

        return _rate_on_all_cores(read, photos)

    return {
        "decode": decode_rate,
        "ours": ours,
        "cpu": cpu_ms,  # of the run just before
        "forward": lambda: len(fitted) / _seconds(lambda: _embed(embedder, fitted)),
    }


def _beside_bound(
    title: str, embedder: Embedder, taken: dict[str, list[float]], target: str | None
) -> Iterator[Row]:
    bound = [1 / (1 / d + 1 / f) for d, f in zip(taken["decode"], taken["forward"], strict=True)]
    name, limit = "combined bound", bound
    if embedder.device != "cpu":
        name, limit, target = "decode alone", taken["decode"], ">= 0.9"
    yield against(f"{title}: indexing", taken["ours"], "photos/s", name, limit, target)
    yield alone(f"{title}: decode alone, all cores", taken["decode"], "photos/s")
    yield alone(f"{title}: forward alone, on {embedder.device}", taken["forward"], "photos/s")
    yield alone(f"{title}: CPU time of indexing", taken["cpu"], "ms/photo")


def _plot(bench: Bench, name: str, title: str, taken: dict[str, list[float]]) -> None:
    bars = {key: statistics.median(values) for key, values in taken.items() if key != "cpu"}
    bench.draw(draw_bars, name, f"Throughput, {title}", "photos/s", bars)


def _sentence_transformer(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), local_files_only=True)


def _warm_up(embedder: Embedder, photos: Sequence[Path]) -> None:
    images = [embedder.fit(decode(path, _sides(embedder)).image) for path in photos[:2]]
    embedder.embed_images(images * (BATCH // 2))


def _embed(embedder: Embedder, fitted: Sequence[Image.Image]) -> None:
    for start in range(0, len(fitted), BATCH):
        embedder.embed_images(fitted[start : start + BATCH])


def _rate_on_all_cores(work: Callable[[Path], object], photos: Sequence[Path]) -> float:
    with ThreadPoolExecutor(N_CORES) as pool:
        return len(photos) / _seconds(lambda: list(pool.map(work, photos)))


def _cpu_ms(step: Callable[[], object], n: int) -> Callable[[], float]:
    def measure() -> float:
        before_s = _cpu_s()
        step()
        return 1000 * (_cpu_s() - before_s) / n

    return measure


def _cpu_s() -> float:
    """Of this process and those that decode and embed."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children())]
    return sum(time.user + time.system for time in times)


def _sides(embedder: Embedder) -> Sides:
    return Sides(embedder.input_px, THUMBNAIL_LEAST_PX)


def _seconds(work: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s
