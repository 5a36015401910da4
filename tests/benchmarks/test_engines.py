"""Generated vectors are like real ones, and each engine is rated beside the exact answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import engines
from benchmarks.engines import Trial, write_table
from benchmarks.real_vectors import N_ASKED, N_WORDS, RealVectors, unit

DIM, N = 16, 400


@pytest.fixture(scope="module")
def real() -> RealVectors:
    random = np.random.default_rng(0)
    mixed = random.normal(size=(DIM, DIM)).astype(np.float32)
    rows = random.normal(size=(N + N_ASKED + N_WORDS, DIM)).astype(np.float32) @ mixed
    vectors = unit(rows + 2 * mixed[0])
    return RealVectors(vectors[:N], vectors[N : N + N_ASKED], vectors[N + N_ASKED :])


def test_generated_vectors_keep_the_covariance_of_the_real_ones(real: RealVectors) -> None:
    made = np.concatenate(list(real.like_these(20_000)))
    assert made.shape == (20_000, DIM)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1)
    kept, wanted = np.cov(made.T), np.cov(real.photos.T)
    assert np.linalg.norm(kept - wanted) < 0.1 * np.linalg.norm(wanted)
    again = np.concatenate(list(real.like_these(20_000)))
    assert np.array_equal(made, again)


def test_each_engine_is_a_row_of_the_table(
    real: RealVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCAL", ("exact", "annoy"))
    monkeypatch.setattr(engines, "ENGINES", {})
    exact, annoy = Trial(real, N, tmp_path).run()
    assert (exact.recall, exact.words_recall, exact.bytes_a_photo) == ((1, 1), (1, 1), 0)
    assert exact.beside_exact == pytest.approx(1, abs=0.9)
    assert min(annoy.recall + annoy.words_recall) > 0.5
    assert annoy.bytes_a_photo is not None and annoy.bytes_a_photo > 4 * DIM
    assert annoy.build_s > 0 and 0 < annoy.p50_ms <= annoy.p95_ms
    write_table(tmp_path / "table.md", [exact, annoy])
    head, _, first, _ = (tmp_path / "table.md").read_text().splitlines()
    assert head.startswith("| engine | bytes | 400: found |")
    assert first.startswith("| exact | 0 | 1.00 / 1.00 / 1.00 |")
