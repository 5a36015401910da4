"""A CLIP of 200 kB with random weights, in the format of the real one; for tests and benchmarks.

Its embeddings mean nothing, but every step is the real one: tokenizer, both towers, projections,
files on disk. The same `seed` gives the same weights.
"""

from __future__ import annotations

import json
from pathlib import Path

from desktop.embedding.folders.torchvision_build import hide_torchvision

INPUT_PX = 224
CONTEXT_TOKENS = 77

# What makes a folder of modules out of a plain Hugging Face folder, as clip-ViT-B-32 is published.
_MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "0_CLIPModel",
        "type": "sentence_transformers.models.CLIPModel",
    }
]


def build_small_clip(folder: Path, dim: int = 32, seed: int = 7) -> Path:
    """Save a CLIPModel, tokenizer and image processor in Hugging Face format; return `folder`."""
    hide_torchvision()
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    vocab = _vocabulary()
    end_id = vocab["<|endoftext|>"]
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = CLIPConfig(
        text_config={
            **tower,
            "num_attention_heads": 2,
            "vocab_size": len(vocab),
            "max_position_embeddings": CONTEXT_TOKENS,
            "bos_token_id": vocab["<|startoftext|>"],
            "eos_token_id": end_id,
            "pad_token_id": end_id,
        },
        vision_config={
            **tower,
            "num_attention_heads": 2,
            "image_size": INPUT_PX,
            "patch_size": 32,
        },
        projection_dim=dim,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPModel(config)
        # CLIP's own initialisation is so small that all photos look alike to the tower; these
        # weights give embeddings that differ from photo to photo.
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(folder)
    CLIPTokenizer(vocab=vocab, merges=[], model_max_length=CONTEXT_TOKENS).save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)
    return folder


def wrap_as_sentence_transformers(plain: Path, folder: Path) -> Path:
    """Move a Hugging Face folder into a sentence-transformers folder; return `folder`."""
    folder.mkdir(parents=True)
    plain.rename(folder / "0_CLIPModel")
    (folder / "modules.json").write_text(json.dumps(_MODULES), encoding="utf-8")
    return folder


def _vocabulary() -> dict[str, int]:
    """CLIP's byte-level alphabet, each letter also as the end of a word; without merges.

    The end-of-text token has the highest id, where CLIP's text tower looks for it.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    n_moved = 256 - len(printable)
    letters = [chr(code) for code in printable] + [chr(0x100 + i) for i in range(n_moved)]
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    return {token: number for number, token in enumerate(tokens)}
