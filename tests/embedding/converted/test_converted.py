"""Models run faster where OpenVINO is measured to do so, and in int8 where photos allow it."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.clip.folder import read_clip_folder
from desktop.embedding.converted import Agreement, Conversion, Converted, Measurement, agreement_of
from desktop.embedding.converted.conversion import INT8, fastest
from desktop.embedding.converted.runtime import is_installed
from desktop.embedding.converted.taking import Taking
from desktop.embedding.converted.workshop import Workshop
from desktop.embedding.embedder import FloatArray
from desktop.errors import Cancelled, UserError
from desktop.jobs import Job

needs_openvino = pytest.mark.skipif(
    not is_installed(), reason="OpenVINO and NNCF are not installed (extra `openvino`)"
)
pytestmark = pytest.mark.timeout(300)  # processes import torch: a minute on a busy computer
N_KINDS, N_OF_KIND = 3, 21
"""So that the 20 nearest to a photo are the others of its kind."""
N_PHOTOS = N_KINDS * N_OF_KIND


def pictures(spread: int) -> list[Image.Image]:
    """Photos of some kinds. spread: by how much of 255 their shapes and colours differ from one
    kind to the next."""
    random = np.random.default_rng(1)
    middle = random.integers(100, 156, (4, 4, 3))
    kinds = [middle + random.integers(-spread, spread + 1, (4, 4, 3)) for _ in range(N_KINDS)]
    cells = [kind + random.integers(-1, 2, (4, 4, 3)) for kind in kinds * N_OF_KIND]
    small = [Image.fromarray(each.clip(0, 255).astype(np.uint8)) for each in cells]
    return [each.resize((224, 224), Image.Resampling.BICUBIC) for each in small]


def units(n: int, seed: int) -> FloatArray:
    rows = np.random.default_rng(seed).standard_normal((n, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def make(small_clip_folder: Path) -> partial[ClipEmbedder]:
    return partial(ClipEmbedder, "small", read_clip_folder(small_clip_folder), "cpu")


class ConversionHere(Conversion):
    """A conversion in this process, which has imported torch already: starting another takes half
    a minute on a busy computer. tests/library/test_converting.py converts in one of its own."""

    def _start(self, folder: Path, job: Job) -> Any:
        return Here(Workshop(self.make, folder))


@dataclass
class Here:
    """Asks a workshop as a `Helper` does."""

    workshop: Workshop

    def ask(self, request: tuple[str, Sequence[object]], within_s: float, job: Job) -> object:
        method, arguments = request
        return getattr(self.workshop, method)(*arguments)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted")


@pytest.fixture(scope="module")
def adopted(make: partial[ClipEmbedder], root: Path) -> Converted:
    """Converted on photos that differ."""
    converted = Converted(root, make().model_id)
    conversion = ConversionHere(make, converted, N_PHOTOS, worthwhile=math.inf)
    conversion.run(pictures(90), [], Job())
    return converted


@needs_openvino
def test_int8_is_adopted_where_the_nearest_stay(adopted: Converted) -> None:
    record = adopted.read()
    assert record is not None
    assert record.agreement is not None
    assert record.agreement.is_enough
    assert record.way == INT8
    assert "nearest stay" in record.sentence


@needs_openvino
def test_int8_is_refused_where_neighbours_differ(
    make: partial[ClipEmbedder], tmp_path: Path
) -> None:
    converted = Converted(tmp_path, make().model_id)
    conversion = ConversionHere(make, converted, N_PHOTOS, worthwhile=math.inf)
    record = conversion.run(pictures(0), [], Job())
    assert record == converted.read()
    assert record.agreement is not None
    assert not record.agreement.is_enough
    assert record.precision in ("float32", "bfloat16")
    assert "but only" in record.sentence


@needs_openvino
def test_what_was_adopted_is_used_and_hardly_turns_an_embedding(
    make: partial[ClipEmbedder], adopted: Converted
) -> None:
    photos = pictures(90)[:4]
    plain, taken = make(precision="float32"), make()
    taken.on_loaded = Taking(adopted)
    rows = taken.embed_images(photos)
    assert taken.precision == INT8
    assert rows.dtype == np.float32
    assert (rows * plain.embed_images(photos)).sum(axis=1).min() > 0.99
    words = ["a cat", "a street"]
    np.testing.assert_allclose(taken.embed_text(words), plain.embed_text(words), atol=1e-5)


@needs_openvino
def test_its_maker_is_told_nothing() -> None:
    from desktop.embedding.converted import runtime

    assert runtime.can_bfloat16() in (True, False)
    assert sys.modules["openvino_telemetry"] is None


@needs_openvino
def test_damaged_networks_are_forgotten_and_torch_goes_on(
    make: partial[ClipEmbedder], adopted: Converted, tmp_path: Path
) -> None:
    shutil.copytree(adopted.open()[0].parents[1], tmp_path / "copy")
    copied = Converted(tmp_path / "copy", make().model_id)
    with copied.open()[0].with_suffix(".bin").open("r+b") as file:
        file.write(b"damage")
    embedder = make()
    embedder.on_loaded = Taking(copied)
    embedder.load()
    assert embedder.precision in ("float32", "bfloat16")
    assert copied.read() is None
    assert not list((tmp_path / "copy").iterdir())


def test_what_was_measured_elsewhere_means_nothing_here(tmp_path: Path) -> None:
    converted = Converted(tmp_path, "small@1")
    converted.keep(
        Measurement(INT8, {"float32": 2.0, INT8: 1.0}, runtime="openvino 1", cpu="another")
    )
    assert converted.read() is None
    assert converted.open() == []


def test_a_person_may_decline(tmp_path: Path) -> None:
    converted = Converted(tmp_path, "small@1")
    converted.keep(Measurement(is_declined=True))
    record = converted.read()
    assert record is not None
    assert record.sentence == "Photos are read by torch, as you chose."
    converted.forget()
    assert converted.read() is None


def test_torch_stays_unless_openvino_is_worthwhile_and_right() -> None:
    plain, rounded = "float32 by OpenVINO", "bfloat16 by OpenVINO"
    ms = {"float32": 50.0, "bfloat16": 30.0, plain: 40.0, rounded: 20.0, INT8: 5.0}
    assert fastest(ms, {plain: 1.0, rounded: 0.997}) == rounded
    assert fastest(ms, {plain: 1.0, rounded: 0.9}) == "bfloat16", "it turns embeddings too far"
    assert fastest(ms | {rounded: 28.0}, {plain: 1.0, rounded: 0.997}) == "bfloat16"


def test_agreement_is_the_share_of_the_nearest_that_stay() -> None:
    rows, texts = units(80, 1), units(5, 2)
    same = agreement_of(rows, rows, texts)
    assert same == Agreement(80, 5, 1.0, 1.0, 1.0)
    other = agreement_of(rows, units(80, 3), texts)
    assert 0.1 < other.photos < 0.4, "by chance"
    assert not other.is_enough
    assert agreement_of(rows, rows, texts[:0]).queries == 1.0


def test_without_openvino_a_sentence_says_how_to_get_it(
    make: partial[ClipEmbedder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.embedding.converted.conversion.is_installed", lambda: False)
    with pytest.raises(UserError, match="not installed") as caught:
        Conversion(make, Converted(tmp_path, "small@1")).run(pictures(9), [], Job())
    assert "likeness[openvino]" in caught.value.hint


@needs_openvino
def test_a_cancelled_conversion_leaves_nothing(make: partial[ClipEmbedder], tmp_path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        Conversion(make, Converted(tmp_path, "small@1")).run(pictures(9), [], job)
    assert not list(tmp_path.iterdir())
