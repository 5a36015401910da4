"""`pixels`: photos as a few of their own pixels, without weights and without torch."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop.embedding import Embedder, Registry
from desktop.embedding.wordless import prepare_pixels
from desktop.errors import ModelUnavailable, QueryUnanswerable
from desktop.settings import Places, Settings


@pytest.fixture
def pixels() -> Embedder:
    return prepare_pixels("pixels", "", "auto")()


def test_an_embedding_is_the_small_photo_around_middle_grey(
    pixels: Embedder, photos: list[Image.Image]
) -> None:
    (row,) = pixels.embed_images(photos[:1])
    small = np.asarray(photos[0].resize((16, 16), Image.Resampling.BILINEAR), np.float64) - 127.5
    np.testing.assert_allclose(row, (small / np.linalg.norm(small)).ravel(), atol=1e-6)
    assert (row.dtype, row.shape, pixels.dim) == (np.float32, (768,), 768)


def test_light_and_dark_are_opposites_and_no_photo_is_nothing(pixels: Embedder) -> None:
    greys = [Image.new("RGB", (40, 30), (grey,) * 3) for grey in (0, 127, 128, 255)]
    black, dark, light, white = pixels.embed_images(greys)
    assert black @ white == pytest.approx(-1)
    assert (black @ dark, light @ white) == (pytest.approx(1), pytest.approx(1))


def test_fitted_photos_give_the_same(pixels: Embedder, photos: list[Image.Image]) -> None:
    fit = pickle.loads(pickle.dumps(pixels.fit))
    np.testing.assert_array_equal(
        pixels.embed_images([fit(photo) for photo in photos]), pixels.embed_images(photos)
    )
    assert pixels.embed_images([]).shape == (0, 768)


def test_words_are_refused_in_a_sentence(pixels: Embedder) -> None:
    with pytest.raises(QueryUnanswerable, match="does not understand words such as “a dog”"):
        pixels.embed_text(["a dog"])


def test_it_is_known_by_its_name_alone(tmp_path: Path) -> None:
    registry = Registry(Places.under(tmp_path), Settings)
    (found,) = [model for model in registry.list_models() if model.name == "pixels"]
    assert (found.is_available, found.has_text, found.can_download) == (True, False, False)
    assert found.model_id == registry.create("pixels").model_id == "pixels@16px"
    assert found.traits is not None and found.traits.licence == "no licence needed"
    with pytest.raises(ModelUnavailable, match="one model of pixels"):
        registry.create("pixels:32")


def test_no_torch_comes_into_memory() -> None:
    program = (
        "import sys; from PIL import Image; from desktop.embedding.wordless import prepare_pixels;"
        "e = prepare_pixels('pixels', '', 'auto')(); e.embed_images([Image.new('RGB', (9, 9))]);"
        "e.unload(); sys.exit(any(m in sys.modules for m in ('torch', 'transformers')))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
