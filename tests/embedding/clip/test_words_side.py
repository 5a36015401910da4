"""The multilingual words' side of a CLIP beside the photos' side of another folder."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

from desktop.embedding.models.factories import FACTORIES, prepare
from desktop.errors import ModelUnavailable

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "chien", "ein", "hund", "http"]
TEXTS = ["un chien", "ein hund", "http://127.0.0.1:9/hund.jpg"]


@pytest.fixture(scope="session")
def models_folder(small_clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sides, as in the models folder of a person."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(small_clip_folder, folder / "clip-ViT-B-32")
    plain = folder / "plain"
    config = DistilBertConfig(vocab_size=len(WORDS), dim=48, hidden_dim=64, n_layers=2, n_heads=2)
    DistilBertModel(config).save_pretrained(plain)
    words = models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]")
    tokenizer = Tokenizer(words)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=32
    ).save_pretrained(plain)
    transformer = Transformer(str(plain))
    dense = Dense(in_features=48, out_features=32, bias=False)
    whole = SentenceTransformer(modules=[transformer, Pooling(48), dense], device="cpu")
    whole.save(str(folder / "multilingual"), create_model_card=False)
    (folder / "multilingual" / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return folder


def test_words_come_from_one_side_and_photos_from_the_other(
    models_folder: Path, photos: list[Image.Image]
) -> None:
    make = prepare(FACTORIES, "multilingual", models_folder / "multilingual", "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    clip = prepare(FACTORIES, "clip", models_folder / "clip-ViT-B-32", "cpu")(precision="float32")
    path = str(models_folder / "multilingual")
    reference = SentenceTransformer(path, device="cpu", local_files_only=True)
    expected = reference.encode(TEXTS, normalize_embeddings=True)

    assert (embedder.embed_text(TEXTS) * expected).sum(axis=1).min() >= 0.9999
    np.testing.assert_allclose(embedder.embed_images(photos), clip.embed_images(photos), atol=1e-5)
    assert embedder.model_id != clip.model_id
    assert {"en", "fr", "zh"} < set(embedder.languages)
    assert len(embedder.languages) == 50
    assert (embedder.licence, embedder.dim) == ("Apache-2.0", 32)


def test_without_the_photos_side_a_sentence_names_it(
    models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    alone = Path(shutil.copytree(models_folder / "multilingual", tmp_path / "multilingual"))
    with pytest.raises(ModelUnavailable, match="needs clip-ViT-B-32 beside it") as refused:
        prepare(FACTORIES, "multilingual", alone, "cpu")
    assert "likeness models download clip-ViT-B-32" in refused.value.hint


def test_pickled_weights_of_the_last_step_are_refused(models_folder: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(models_folder, tmp_path / "models"))
    dense = whole / "multilingual" / "2_Dense"
    (dense / "model.safetensors").rename(dense / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="pickle"):
        prepare(FACTORIES, "multilingual", whole / "multilingual", "cpu")
