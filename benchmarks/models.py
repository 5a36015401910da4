"""The models that are measured. Speed does not depend on weights, so CLIP's are random."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import partial
from math import nan
from pathlib import Path

from desktop.background import Helper
from desktop.embedding import Embedder
from desktop.embedding.apart import EmbedderApart
from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.clip.folder import read_clip_folder
from desktop.embedding.converted import Converted, Measurement
from desktop.embedding.converted.workshop import BY_OPENVINO, open_workshop
from desktop.embedding.folders.torchvision_build import hide_torchvision
from desktop.embedding.starter import StarterEmbedder
from desktop.media import Sides, decode
from desktop.settings import resource_path

CLIP_NAME = "clip-random"
MINILM_NAME = "minilm-random"
MINILM_DIM = 384
N_MINILM_TOKENS = 30_522
CONTEXT_TOKENS = 77
N_TOKENS = 49_408
CONVERTED_WITHIN_S = 1800.0


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


def minilm_folder(root: Path) -> Path:
    """An all-MiniLM-L6-v2 of full size, random weights, as sentence-transformers keeps it; built
    once (90 MB)."""
    folder = root / MINILM_NAME
    if (folder / "done").exists():
        return folder
    hide_torchvision()
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    plain = folder / "bert"
    shape = {"hidden_size": MINILM_DIM, "num_hidden_layers": 6, "intermediate_size": 1536}
    BertModel(BertConfig(**shape)).save_pretrained(plain)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = [*special, *string.ascii_letters, *(f"##{each}" for each in string.ascii_letters)]
    tokens += [f"word{number}" for number in range(N_MINILM_TOKENS - len(tokens))]
    BertTokenizer(vocab={token: i for i, token in enumerate(tokens)}).save_pretrained(plain)
    modules = [Transformer(str(plain)), Pooling(MINILM_DIM), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    (folder / "done").touch()
    return folder


def clip(root: Path, precision: str = "auto") -> Embedder:
    """On the best device there is, in a process of its own as in the application; not loaded."""
    folder = read_clip_folder(clip_folder(root))
    return EmbedderApart(partial(ClipEmbedder, CLIP_NAME, folder, precision=precision))


def clip_by_openvino(root: Path, precision: str, photos: Sequence[Path]) -> Embedder:
    """The same, its photos by OpenVINO in "bfloat16" or "int8" (ranges taken from `photos`)
    whatever is faster or found here; converted once. Not loaded."""
    folder = read_clip_folder(clip_folder(root))
    make = partial(ClipEmbedder, CLIP_NAME, folder, "cpu")
    converted = Converted(root / f"{CLIP_NAME}-{precision}", make().model_id)
    if not converted.open():
        networks = converted.make_folder()
        helper = Helper.start("convert", open_workshop, make, networks)
        images = [make().fit(decode(path, Sides(folder.pixels.crop_px)).image) for path in photos]
        for method, *arguments in (
            ("load",),
            ("give", images),
            ("convert",),
            ("round",),
            ("leave", precision),
        ):
            helper.ask((method, tuple(arguments)), CONVERTED_WITHIN_S)
        helper.close()
        converted.keep(Measurement(f"{precision}{BY_OPENVINO}", {"float32": nan}), networks)
    return EmbedderApart(make, converted)


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
