"""The clip embedder: the same vectors as sentence-transformers, words that stay words, refusals."""

from __future__ import annotations

import gc
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, overload

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from desktop.embedding import FloatArray
from desktop.embedding.clip import ClipEmbedder
from desktop.errors import ModelUnavailable
from tests.small_clip import build_small_clip

WORDS = ["a dog on a beach", "Zwei Äpfel, bitte!", "雪山", "", "x" * 400]


def reference(folder: Path, inputs: Sequence[Any]) -> FloatArray:
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    embeddings = model.encode(list(inputs), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(embeddings, dtype=np.float32)


@pytest.fixture(scope="module")
def clip(small_clip_folder: Path) -> ClipEmbedder:
    return ClipEmbedder.open("small", small_clip_folder, "cpu")


@pytest.fixture
def copied(small_clip_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_clip_folder, tmp_path / "copied"))


def rewrite_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes))


# The same vectors


def plain(folder: Path, _published: Path, _tmp: Path) -> Path:
    return folder


def published(_folder: Path, published: Path, _tmp: Path) -> Path:
    return published


def saved_again(folder: Path, _published: Path, tmp: Path) -> Path:
    """As today's sentence-transformers writes a model it has loaded."""
    SentenceTransformer(str(folder), device="cpu", local_files_only=True).save(str(tmp / "again"))
    return tmp / "again"


def cropped_more(folder: Path, _published: Path, tmp: Path) -> Path:
    """A processor that leaves a margin around what it crops."""
    copy = Path(shutil.copytree(folder, tmp / "cropped"))
    rewrite_json(copy / "preprocessor_config.json", size={"shortest_edge": 257})
    return copy


@pytest.mark.parametrize("layout", [plain, published, saved_again, cropped_more])
def test_vectors_are_those_of_sentence_transformers(
    layout: Callable[[Path, Path, Path], Path],
    small_clip_folder: Path,
    published_clip_folder: Path,
    photos: list[Image.Image],
    tmp_path: Path,
) -> None:
    folder = layout(small_clip_folder, published_clip_folder, tmp_path)
    embedder = ClipEmbedder.open("small", folder, "cpu")
    expected = reference(folder, photos)

    embeddings = embedder.embed_images(photos)

    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert (expected @ expected.T)[0, 1:].max() < 0.99, "photos too alike to tell anything"
    fitted = [embedder.fit(photo) for photo in photos]
    np.testing.assert_array_equal(embedder.embed_images(fitted), embeddings)
    words = reference(folder, [{"text": text} for text in WORDS])
    np.testing.assert_allclose(embedder.embed_text(WORDS), words, atol=1e-5)


def test_fitted_image_gives_the_processor_the_same_pixels(
    clip: ClipEmbedder, small_clip_folder: Path, photos: list[Image.Image]
) -> None:
    model = SentenceTransformer(str(small_clip_folder), device="cpu", local_files_only=True)
    for photo in photos:
        fitted = clip.fit(photo)
        assert fitted.size == (clip.input_px, clip.input_px)
        ours, theirs = (model.preprocess([image])["pixel_values"] for image in (fitted, photo))
        assert torch.equal(ours, theirs)


def test_nothing_in_nothing_out(clip: ClipEmbedder) -> None:
    assert clip.embed_images([]).shape == (0, 32)
    assert clip.embed_text([]).shape == (0, 32)


# Words


def test_a_typed_url_or_path_is_words(
    clip: ClipEmbedder, small_clip_folder: Path, photos: list[Image.Image], tmp_path: Path
) -> None:
    photos[0].save(tmp_path / "photo.png")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        typed = [f"http://127.0.0.1:{server.getsockname()[1]}/x.jpg", str(tmp_path / "photo.png")]
        embeddings = clip.embed_text(typed)
        with pytest.raises(BlockingIOError):
            server.accept()

    expected = reference(small_clip_folder, [{"text": text} for text in typed])
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)
    assert not np.allclose(embeddings[1], clip.embed_images(photos[:1])[0], atol=0.05)


@pytest.mark.parametrize("tokenizer_knows_its_length", [True, False])
def test_text_longer_than_the_context_is_cut(
    copied: Path, tokenizer_knows_its_length: bool
) -> None:
    if not tokenizer_knows_its_length:
        rewrite_json(copied / "tokenizer_config.json", model_max_length=10**30)
    # 77 tokens with the two at the ends, and a letter is a token here.
    start = "abcdefghijklmnopqrstuvwxy" * 3
    short, long, longer = ClipEmbedder.open("small", copied, "cpu").embed_text(
        [start[:40], start + "zzz", start + "qq" * 300]
    )
    np.testing.assert_allclose(long, longer, atol=1e-6)
    assert not np.allclose(short, long, atol=0.01)


# Loading


def test_facts_are_known_without_torch(small_clip_folder: Path) -> None:
    program = """
import sys
from pathlib import Path
from desktop.embedding.clip import ClipEmbedder
clip = ClipEmbedder.open("small", Path(sys.argv[1]))
print(clip.dim, clip.input_px, clip.has_text, clip.device, clip.is_loaded, clip.model_id)
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "httpx2"}
sys.exit(str(heavy & sys.modules.keys()) if heavy & sys.modules.keys() else 0)
"""
    told = subprocess.run(
        [sys.executable, "-c", program, str(small_clip_folder)], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("32 224 True auto False small@")


def test_loads_quietly_and_without_a_network(
    small_clip_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = ClipEmbedder.open("small", small_clip_folder, "cpu")
    clip.load()
    assert clip.is_loaded
    assert clip.device == "cpu"
    assert clip.embed_text(["dog"]).shape == (1, 32)
    assert capfd.readouterr() == ("", "")


def test_a_device_that_is_not_there_is_a_sentence(small_clip_folder: Path) -> None:
    missing = "mps" if torch.cuda.is_available() else "cuda"
    for device in (missing, "abacus"):
        with pytest.raises(ModelUnavailable, match=device) as refused:
            ClipEmbedder.open("small", small_clip_folder, device).load()
        assert '"auto"' in refused.value.hint


def test_revision_follows_the_weights_and_not_the_place(
    small_clip_folder: Path, published_clip_folder: Path, copied: Path, tmp_path: Path
) -> None:
    original = ClipEmbedder.open("m", small_clip_folder).model_id
    assert ClipEmbedder.open("m", copied).model_id == original
    assert ClipEmbedder.open("m", published_clip_folder).model_id == original

    # Trained a little further: the same names, shapes and sizes.
    weights = {
        name: tensor * 1.001 for name, tensor in load_file(copied / "model.safetensors").items()
    }
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    assert ClipEmbedder.open("m", copied).model_id != original
    assert ClipEmbedder.open("m", build_small_clip(tmp_path / "b", seed=8)).model_id != original


# Refusals


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_weights(folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(300_000)


def not_safetensors(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 5000)


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def damaged_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def senseless_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def other_kind(folder: Path) -> None:
    rewrite_json(folder / "config.json", model_type="siglip")


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def own_code(folder: Path) -> None:
    module = {"idx": 0, "name": "0", "path": "", "type": "modeling_evil.Evil"}
    (folder / "modules.json").write_text(json.dumps([module]))


def outside(folder: Path) -> None:
    module = {"path": "../other", "type": "sentence_transformers.models.CLIPModel"}
    (folder / "modules.json").write_text(json.dumps([module]))


def image_tower_alone(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    images = {name: tensor for name, tensor in weights.items() if not name.startswith("text")}
    save_file(images, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (only_pickle, "pickle"),
        (no_weights, "model.safetensors is missing"),
        (cut_weights, "cut short"),
        (not_safetensors, "no safetensors file"),
        (no_config, "config.json is missing"),
        (damaged_config, "config.json is damaged"),
        (senseless_config, "make no sense"),
        (other_kind, "siglip"),
        (no_tokenizer, "tokenizer is missing"),
        (own_code, "code of its own"),
        (outside, "inside the folder"),
        (image_tower_alone, "text tower"),
    ],
)
def test_an_unusable_folder_is_refused_with_a_sentence(
    copied: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    spoil(copied)
    with pytest.raises(ModelUnavailable, match=reason) as refused:
        ClipEmbedder.open("small", copied)
    assert str(copied) in refused.value.message
    assert "likeness models download clip-ViT-B-32" in refused.value.hint


def test_a_missing_weight_is_not_replaced_by_a_random_one(copied: Path) -> None:
    weights = load_file(copied / "model.safetensors")
    del weights["vision_model.post_layernorm.weight"]
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match=r"vision_model\.post_layernorm\.weight"):
        ClipEmbedder.open("small", copied, "cpu").load()


def test_a_weight_of_another_shape_is_a_sentence(copied: Path) -> None:
    rewrite_json(copied / "config.json", projection_dim=16)
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        ClipEmbedder.open("small", copied, "cpu").load()


def test_damaged_numbers_never_become_embeddings(copied: Path, photos: list[Image.Image]) -> None:
    weights = load_file(copied / "model.safetensors")
    weights["visual_projection.weight"][3, 3] = float("nan")
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="no usable numbers"):
        ClipEmbedder.open("small", copied, "cpu").embed_images(photos[:2])


# Threads


def test_many_threads_at_once(small_clip_folder: Path, photos: list[Image.Image]) -> None:
    clip = ClipEmbedder.open("small", small_clip_folder, "cpu")
    seen, said = clip.embed_images(photos), clip.embed_text(WORDS)
    clip.unload()
    start = threading.Barrier(6)

    def look(_number: int) -> FloatArray:
        start.wait()
        return np.stack([clip.embed_images(photos) for _ in range(3)])

    def read(number: int) -> FloatArray:
        start.wait()
        return np.stack([clip.embed_text(WORDS[number:] + WORDS[:number]) for _ in range(8)])

    def forget(_number: int) -> None:
        start.wait()
        for _ in range(4):
            clip.unload()

    with ThreadPoolExecutor(6) as pool:
        looks = [pool.submit(look, number) for number in range(2)]
        reads = [pool.submit(read, number) for number in range(3)]
        pool.submit(forget, 0).result(60)
    for found in looks:
        np.testing.assert_allclose(found.result(), np.stack([seen] * 3), atol=1e-5)
    for number, answer in enumerate(reads):
        expected = np.roll(said, -number, axis=0)
        np.testing.assert_allclose(answer.result(), np.stack([expected] * 8), atol=1e-5)


def count_models() -> int:
    return sum(type(thing) is SentenceTransformer for thing in gc.get_objects())


def test_unload_frees_the_model(small_clip_folder: Path) -> None:
    gc.collect()
    n_before = count_models()
    clip = ClipEmbedder.open("small", small_clip_folder, "cpu")
    clip.load()
    assert count_models() == n_before + 1
    clip.unload()
    assert count_models() == n_before
    assert not clip.is_loaded


class Held(Sequence[Image.Image]):
    """Photos that are handed out only when the test lets them go."""

    def __init__(self, images: list[Image.Image]) -> None:
        self.images = images
        self.asked = threading.Event()
        self.released = threading.Event()

    def __len__(self) -> int:
        return len(self.images)

    @overload
    def __getitem__(self, index: int) -> Image.Image: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Image.Image]: ...
    def __getitem__(self, index: int | slice) -> Image.Image | Sequence[Image.Image]:
        self.asked.set()
        assert self.released.wait(30)
        return self.images[index]


def test_unload_waits_for_work_in_progress(
    small_clip_folder: Path, photos: list[Image.Image]
) -> None:
    clip = ClipEmbedder.open("small", small_clip_folder, "cpu")
    held = Held(photos)
    with ThreadPoolExecutor(2) as pool:
        work = pool.submit(clip.embed_images, held)
        assert held.asked.wait(30)
        unloading = pool.submit(clip.unload)
        assert clip.embed_text(["a word"]).shape == (1, 32), "words go on beside images"
        assert clip.is_loaded
        assert not unloading.done()
        held.released.set()
        assert work.result(30).shape == (len(photos), 32)
        unloading.result(30)
    assert not clip.is_loaded
    np.testing.assert_allclose(clip.embed_images(photos), work.result(), atol=1e-6)
