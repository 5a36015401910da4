"""Models in OpenCLIP's own format, beside OpenCLIP's own call.

The weights are random and the networks small; files, steps, words and calls are the real ones.
"""

from __future__ import annotations

import json
import math
import pickle
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from desktop.embedding.folders.torchvision_build import import_timm
from desktop.embedding.models.factories import FACTORIES, prepare
from desktop.embedding.models.registry import Registry
from desktop.errors import ModelUnavailable
from desktop.jobs import Job
from desktop.settings import Places, Settings
from tests.embedding.fetching.hub import REPO, Hub, serve

needs_openclip = pytest.mark.skipif(find_spec("open_clip") is None, reason="OpenCLIP is missing")

TEXTS = ["a dog on the beach", "Schloß &amp; café", "many words " * 60]
S0 = "timm/MobileCLIP2-S0-OpenCLIP"

_TEXT = {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
_PLAIN = {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16}
_FASTVIT = {
    "timm_model_name": "fastvit_mci0",
    "timm_pool": "avg",
    "timm_proj": None,
    "image_size": 64,
}
_SIGLIP_TEXT = {
    **_TEXT,
    "vocab_size": 8,
    "hf_tokenizer_name": "somebody/elsewhere",
    "tokenizer_kwargs": {"clean": "canonicalize"},
    "pool_type": "last",
    "no_causal_mask": True,
    "proj_bias": True,
}

CONFIGS: dict[str, dict[str, Any]] = {
    "vit": {
        "model_cfg": {"embed_dim": 24, "vision_cfg": _PLAIN, "text_cfg": _TEXT},
        "preprocess_cfg": {},
    },
    "mobileclip": {
        "model_cfg": {
            "embed_dim": 24,
            "vision_cfg": _FASTVIT,
            "text_cfg": {**_TEXT, "no_causal_mask": True},
            "custom_text": True,
        },
        "preprocess_cfg": {
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "interpolation": "bilinear",
            "resize_mode": "shortest",
        },
    },
    "siglip": {
        "model_cfg": {
            "embed_dim": 24,
            "vision_cfg": _PLAIN,
            "text_cfg": _SIGLIP_TEXT,
            "custom_text": True,
            "init_logit_bias": -10,
        },
        "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "resize_mode": "squash"},
    },
}


@pytest.fixture(scope="module")
def open_clip() -> Iterator[Any]:
    hidden = "torchvision" in sys.modules
    import_timm()
    import open_clip

    yield open_clip
    if hidden:
        sys.modules["torchvision"] = None  # type: ignore[assignment]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, open_clip: Any) -> dict[str, Path]:
    """A folder of each, as OpenCLIP publishes them. Copy before changing anything."""
    made = {}
    for name, config in CONFIGS.items():
        made[name] = folder = tmp_path_factory.mktemp("openclip") / name
        folder.mkdir()
        (folder / "open_clip_config.json").write_text(json.dumps(config))
        said = json.loads(json.dumps(config["model_cfg"]))
        make = open_clip.CustomTextCLIP if said.pop("custom_text", False) else open_clip.CLIP
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(11)
            model = make(**said)
            for part, parameter in model.named_parameters():
                if parameter.ndim > 1 and ".trunk." in part:
                    torch.nn.init.kaiming_normal_(parameter)
                elif parameter.ndim > 1:
                    torch.nn.init.normal_(parameter, std=0.2)
        save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    words = ["<pad>", "</s>", "<unk>", "a", "dog", "on", "the", "beach"]
    tokenizer = Tokenizer(
        models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="</s>"
    ).save_pretrained(made["siglip"])
    return made


@needs_openclip
@pytest.mark.parametrize("name", CONFIGS)
def test_vectors_are_those_of_openclip(
    name: str, folders: dict[str, Path], photos: list[Image.Image], open_clip: Any
) -> None:
    place = f"local-dir:{folders[name]}"
    model, _, steps = open_clip.create_model_and_transforms(place)
    tokens = open_clip.get_tokenizer(place)(TEXTS)
    model.eval()
    with torch.no_grad():
        seen = model.encode_image(torch.stack([steps(photo) for photo in photos]), normalize=True)
        read = model.encode_text(tokens, normalize=True)

    make = prepare(FACTORIES, name, folders[name], "cpu")
    embedder = pickle.loads(pickle.dumps(make))(precision="float32")
    rows, texts = embedder.embed_images(photos), embedder.embed_text(TEXTS)

    assert (rows * seen.numpy()).sum(axis=1).min() >= 0.9999
    assert (texts * read.numpy()).sum(axis=1).min() >= 0.9999
    assert (embedder.dim, embedder.has_text) == (24, True)
    fitted = [pickle.loads(pickle.dumps(embedder.fit))(photo) for photo in photos]
    np.testing.assert_allclose(embedder.embed_images(fitted), rows, atol=1e-5)
    assert rows @ rows[0] != pytest.approx(np.ones(len(rows)), abs=1e-4), "photos differ"


@needs_openclip
def test_weights_that_are_pickled_are_read_as_data_alone(
    folders: dict[str, Path], tmp_path: Path, photos: list[Image.Image]
) -> None:
    from safetensors.torch import load_file

    copy = Path(shutil.copytree(folders["vit"], tmp_path / "copy"))
    tensors = load_file(copy / "open_clip_model.safetensors")
    (copy / "open_clip_model.safetensors").unlink()
    pickled = copy / "open_clip_pytorch_model.bin"
    torch.save({"state_dict": {f"module.{k}": v for k, v in tensors.items()}}, pickled)
    rows = [
        prepare(FACTORIES, "a", at, "cpu")(precision="float32").embed_images(photos)
        for at in (copy, folders["vit"])
    ]
    np.testing.assert_allclose(*rows, atol=1e-5)
    torch.save({"visual.weight": torch.ones(1), "run": Path("/tmp")}, pickled)
    with pytest.raises(ModelUnavailable, match="holds more than weights"):
        prepare(FACTORIES, "mine", copy, "cpu")


@needs_openclip
def test_how_well_words_fit_is_told_by_what_is_known_of_the_kind(
    folders: dict[str, Path],
) -> None:
    vit, mobile, siglip = (
        prepare(FACTORIES, "mine", folders[n], "cpu")() for n in ("vit", "mobileclip", "siglip")
    )
    assert vit.likely_score == 0.26
    assert math.isnan(mobile.likely_score), "nobody has measured it"
    assert siglip.likely_score == pytest.approx((math.log(1 / 9) + 10) * 0.07, rel=1e-3)


def changed(folder: Path, tmp_path: Path, **said: dict[str, Any]) -> Path:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    config = json.loads((copy / "open_clip_config.json").read_text())
    for key, values in said.items():
        part = config if key == "preprocess_cfg" else config["model_cfg"]
        part[key] = values if key == "multimodal_cfg" else part[key] | values
    (copy / "open_clip_config.json").write_text(json.dumps(config))
    return copy


@needs_openclip
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"vision_cfg": {"timm_model_name": "hf-hub:somebody/net"}}, "no network called hf-hub"),
        ({"vision_cfg": {"layers": 3}}, "Missing key"),
        ({"vision_cfg": {"flavour": "sweet"}}, "flavour"),
        ({"vision_cfg": {"image_size": [64, 96]}}, "which is no square"),
        ({"text_cfg": {"hf_model_name": "xlm-roberta-base"}}, "elsewhere .xlm-roberta-base"),
        ({"text_cfg": {"hf_tokenizer_name": "x"}}, "its tokenizer is missing"),
        ({"text_cfg": {"tokenizer_kwargs": {"trust_remote_code": True}}}, "way to read words"),
        ({"preprocess_cfg": {"resize_mode": "longest"}}, "way to crop photos, longest"),
        ({"multimodal_cfg": {}}, "a CoCa"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    said: dict[str, Any], reason: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = changed(folders["vit"], tmp_path, **said)
    with pytest.raises(ModelUnavailable, match=reason) as caught:
        prepare(FACTORIES, "mine", copy, "cpu")().load()
    assert str(copy) in caught.value.message


@needs_openclip
def test_a_folder_that_is_half_copied_is_a_sentence(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folders["vit"], tmp_path / "copy"))
    weights = copy / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelUnavailable, match="cut short"):
        prepare(FACTORIES, "mine", copy, "cpu")
    weights.unlink()
    with pytest.raises(ModelUnavailable, match="safetensors is missing"):
        prepare(FACTORIES, "mine", copy, "cpu")


@needs_openclip
def test_it_is_downloaded_in_this_format_where_there_is_no_other(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    hub = Hub.offering(folders["vit"])
    hub.files["open_clip_pytorch_model.bin"] = b"the same in a pickle"
    stop = serve(hub)
    try:
        registry = Registry(Places.under(tmp_path), Settings, hub_endpoint=hub.endpoint)
        folder = registry.download(REPO, Job())
        assert registry.create(REPO).dim == 24
    finally:
        stop()
    assert {path.name for path in folder.iterdir()} == {
        "open_clip_config.json", "open_clip_model.safetensors"
    }  # fmt: skip


def test_without_openclip_the_list_and_a_download_say_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.embedding.folders.extras.find_spec", lambda _: None)
    registry = Registry(Places.under(tmp_path), Settings)
    (listed,) = [model for model in registry.list_models() if model.name == S0]
    assert "likeness[openclip]" in listed.description
    assert "for research alone" in listed.published
    with pytest.raises(ModelUnavailable, match="package open_clip, which is not installed") as said:
        registry.download(S0, Job())
    assert "likeness[openclip]" in said.value.hint
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIGS["vit"]))
    save_file({"visual.proj": torch.ones(1)}, folder / "open_clip_model.safetensors")
    with pytest.raises(ModelUnavailable, match="package open_clip"):
        prepare(FACTORIES, "mine", folder, "cpu")
