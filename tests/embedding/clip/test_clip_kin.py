"""SigLIP, SigLIP 2 and Chinese-CLIP by CLIP's door, beside transformers' own calls.

The weights are random and small; files, steps, tokens and calls are the real ones.
"""

from __future__ import annotations

import json
import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoImageProcessor,
    AutoModel,
    AutoTokenizer,
    ChineseCLIPConfig,
    PreTrainedTokenizerFast,
    SiglipConfig,
)
from transformers.models.chinese_clip.image_processing_pil_chinese_clip import (
    ChineseCLIPImageProcessorPil,
)
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from desktop.embedding.models.factories import FACTORIES, prepare
from desktop.errors import ModelUnavailable
from desktop.index import Neighbours
from desktop.search.calibration.calibration import odds_for_words

WORDS = ["<pad>", "<unk>", "a", "dog", "on", "the", "beach", "狗", "海滩"]
TEXTS = ["a dog", "the beach on a dog 狗", "a " * 40]

_LAYERS = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_VISION = {**_LAYERS, "image_size": 64, "patch_size": 16}
_TEXT = {
    **_LAYERS,
    "vocab_size": len(WORDS),
    "max_position_embeddings": 16,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each kind, saved by transformers. Copy before changing anything."""
    siglip = SiglipConfig(text_config=_TEXT, vision_config=_VISION)
    chinese = ChineseCLIPConfig(text_config=_TEXT, vision_config=_VISION, projection_dim=24)
    made = {
        "siglip": (siglip, SiglipImageProcessorPil(size={"height": 64, "width": 64})),
        "chinese_clip": (
            chinese,
            ChineseCLIPImageProcessorPil(size={"shortest_edge": 64}, crop_size=64),
        ),
    }
    folders = {}
    for kind, (config, processor) in made.items():
        folder = folders[kind] = tmp_path_factory.mktemp(kind) / "model"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            model = AutoModel.from_config(config)
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    torch.nn.init.normal_(parameter, std=0.2)
            if kind == "siglip":  # as google/siglip-base-patch16-224 has learned them
                model.logit_scale.data.fill_(math.log(117.33))
                model.logit_bias.data.fill_(-12.93)
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        words = models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>")
        tokenizer = Tokenizer(words)
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>"
        ).save_pretrained(folder)
    return folders


@pytest.mark.parametrize("kind", ["siglip", "chinese_clip"])
def test_vectors_are_those_of_transformers(
    kind: str, folders: dict[str, Path], photos: list[Image.Image]
) -> None:
    folder = folders[kind]
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil", local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    padding = "max_length" if kind == "siglip" else True
    tokens = tokenizer(TEXTS, padding=padding, max_length=16, truncation=True, return_tensors="pt")
    with torch.no_grad():
        seen = model.get_image_features(**processor(images=photos, return_tensors="pt"))
        read = model.get_text_features(**tokens)
    unit = torch.nn.functional.normalize

    make = prepare(FACTORIES, kind, folder, "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    rows, texts = embedder.embed_images(photos), embedder.embed_text(TEXTS)

    assert (rows * unit(seen.pooler_output).numpy()).sum(axis=1).min() >= 0.9999
    assert (texts * unit(read.pooler_output).numpy()).sum(axis=1).min() >= 0.9999
    assert rows.shape[1] == texts.shape[1] == embedder.dim
    assert (embedder.has_text, embedder.input_px) == (True, 64)
    fitted = [embedder.fit(photo) for photo in photos]
    np.testing.assert_allclose(embedder.embed_images(fitted), rows, atol=1e-5)


def test_what_usually_fits_is_told_by_siglips_own_scale_and_bias(
    folders: dict[str, Path],
) -> None:
    embedder = prepare(FACTORIES, "mine", folders["siglip"], "cpu")()
    for score, probability in ((embedder.likely_score, 0.1), (embedder.maybe_score, 0.01)):
        logit = 117.33 * score - 12.93
        assert 1 / (1 + math.exp(-logit)) == pytest.approx(probability, rel=1e-3)


def test_of_a_model_that_nobody_has_measured_the_librarys_own_scores_are_the_base(
    folders: dict[str, Path],
) -> None:
    embedder = prepare(FACTORIES, "mine", folders["chinese_clip"], "cpu")()
    assert math.isnan(embedder.likely_score)
    assert embedder.languages == ("zh",)
    rng = np.random.default_rng(1)
    scores = np.sort(rng.normal(0.4, 0.02, 1000))[::-1].astype(np.float32)
    found = Neighbours(
        np.arange(1000), scores, 1000, 0.4, 0.02, True, np.zeros((0, 24), np.float32)
    )
    odds = odds_for_words(found, embedder.likely_score, embedder.maybe_score)
    likely = odds.probabilities(np.array([0.4 + 3.2 * 0.02, 0.4 + 2.7 * 0.02, 0.4]))
    assert likely[0] > 0.45 > likely[1] > 0.2 > likely[2]


def test_a_folder_without_a_tokenizer_is_a_sentence(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folders["siglip"], tmp_path / "copy"))
    (copy / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match="its tokenizer is missing"):
        prepare(FACTORIES, "mine", copy, "cpu")


def test_a_siglip2_for_photos_in_any_proportions_is_named(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folders["siglip"], tmp_path / "copy"))
    (copy / "config.json").write_text(json.dumps({"model_type": "siglip2"}))
    with pytest.raises(ModelUnavailable, match="in any proportions"):
        prepare(FACTORIES, "mine", copy, "cpu")


def test_weights_that_are_missing_are_named(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folders["siglip"], tmp_path / "copy"))
    config = json.loads((copy / "config.json").read_text())
    config["vision_config"]["num_hidden_layers"] = 3
    (copy / "config.json").write_text(json.dumps(config))
    embedder = prepare(FACTORIES, "mine", copy, "cpu")()
    with pytest.raises(ModelUnavailable, match="of its weights are missing"):
        embedder.load()
