"""The models that are measured. Speed does not depend on weights, so CLIP's are random."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from desktop.embedding import Embedder
from desktop.embedding.apart import EmbedderApart
from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.clip_folder import read_clip_folder
from desktop.embedding.starter import StarterEmbedder
from desktop.settings import resource_path

CLIP_NAME = "clip-random"
CONTEXT_TOKENS = 77
N_TOKENS = 49_408


def clip_folder(root: Path) -> Path:
    """A ViT-B/32 CLIP of full size, random weights, in Hugging Face format; built once (600 MB)."""
    folder = root / CLIP_NAME
    if (folder / "done").exists():
        return folder
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    CLIPModel(CLIPConfig()).save_pretrained(folder)
    tokenizer = CLIPTokenizer(vocab=_vocabulary(), merges=[], model_max_length=CONTEXT_TOKENS)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)
    (folder / "done").touch()
    return folder


def clip(root: Path, precision: str = "auto") -> Embedder:
    """On the best device there is, in a process of its own as in the application; not loaded."""
    folder = read_clip_folder(clip_folder(root))
    return EmbedderApart(partial(ClipEmbedder, CLIP_NAME, folder, precision=precision))


def starter(precision: str = "auto", name: str = "starter") -> Embedder:
    """A starter that comes with the application: "starter" or "starter-large"."""
    folder = resource_path("models", name)
    return EmbedderApart(partial(StarterEmbedder, folder, precision=precision, name=name))


def _vocabulary() -> dict[str, int]:
    """CLIP's 49,408 ids: its byte alphabet, each letter also as the end of a word, words that are
    never met, and last the two special ones, where the text tower looks for the end."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = [chr(code) for code in (*printable, *range(0x100, 0x100 + 256 - len(printable)))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += [f"word{number}</w>" for number in range(N_TOKENS - 2 - len(tokens))]
    return {
        token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])
    }
