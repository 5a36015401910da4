"""A small CLIP in the formats it may come in, and photos of awkward shapes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.small_clip import build_small_clip, wrap_as_sentence_transformers

# Width and height: common, upright, the model's own size, enlarged, a panorama, an odd one.
SIZES = [(640, 480), (300, 451), (224, 224), (64, 80), (1400, 70), (225, 227)]


@pytest.fixture(scope="session")
def small_clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of 600 kB in Hugging Face format. Copy it before changing anything."""
    return build_small_clip(tmp_path_factory.mktemp("clip") / "small")


@pytest.fixture(scope="session")
def published_clip_folder(
    small_clip_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same CLIP laid out and written as clip-ViT-B-32 is published: old in every file."""
    plain = tmp_path_factory.mktemp("published") / "plain"
    shutil.copytree(small_clip_folder, plain)
    tokenizer = json.loads((plain / "tokenizer.json").read_text(encoding="utf-8"))
    (plain / "tokenizer.json").unlink()
    (plain / "vocab.json").write_text(json.dumps(tokenizer["model"]["vocab"]), encoding="utf-8")
    (plain / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    pixels = json.loads((plain / "preprocessor_config.json").read_text(encoding="utf-8"))
    pixels |= {"size": 224, "crop_size": 224, "feature_extractor_type": "CLIPFeatureExtractor"}
    del pixels["image_processor_type"], pixels["rescale_factor"]
    (plain / "preprocessor_config.json").write_text(json.dumps(pixels), encoding="utf-8")
    return wrap_as_sentence_transformers(plain, plain.parent / "clip-ViT-B-32")


@pytest.fixture(scope="session")
def photos() -> list[Image.Image]:
    """Upright RGB images that differ, with broad shapes and with noise."""
    rng = np.random.default_rng(3)
    images = []
    for width, height in SIZES:
        coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
        broad = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
        noisy = broad + rng.integers(-20, 21, broad.shape, dtype=np.int16)
        images.append(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)))
    return images
