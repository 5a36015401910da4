"""Models that are worth a choice: where they come from, and what was published or measured of them.

Nothing here is guessed. Figures are those of the sources named beside them; sizes are those of the
files on the hub; `speed` was measured beside CLIP ViT-B/32 on networks of the same architecture
with random weights, by processor time: 2 photos at the model's own size, float32, one thread, the
least of 40 turns each, in turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from desktop.embedding.fetching.download import Source

CLIP = "clip-ViT-B-32"

_OPENCLIP = "openclip_retrieval_results.csv of mlfoundations/open_clip"
"""https://github.com/mlfoundations/open_clip/blob/main/docs/openclip_retrieval_results.csv"""

# What the hub allows in owner/name; it keeps ".." and separators out of our own paths too.
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that is listed before it is on this computer.

    Attributes:
        source: where it comes from, and what it is called.
        about: one sentence for people, on what it is good for.
        n_bytes: about how much a download fetches, and memory it needs while it is loaded.
        licence: of the weights.
        figure: what was published of it, with the source; "" where nothing was found.
        extra: the optional dependency that it needs; "" for none.
        speed: photos a second in the time in which CLIP ViT-B/32 does one.
    """

    source: Source
    about: str
    n_bytes: int
    licence: str
    figure: str
    speed: float
    extra: str = ""

    @property
    def said(self) -> str:
        """Figure, speed and licence in a line."""
        speed = "" if self.speed == 1 else f"{self.speed:.2g} times CLIP's speed"
        return " · ".join(part for part in (self.figure, speed, self.licence) if part)


def _coco(share: str, source: str = _OPENCLIP) -> str:
    return f"{share} of COCO's captions find their own photo first ({source})"


def _mobileclip(size: str, about: str, n_bytes: int, share: str, speed: float) -> KnownModel:
    """https://github.com/apple/ml-mobileclip has what was measured, and the licence."""
    return KnownModel(
        Source(title=f"MobileCLIP 2 {size}", repo=f"timm/MobileCLIP2-{size}-OpenCLIP"),
        about=about,
        n_bytes=n_bytes,
        licence="apple-amlr: for research alone, nothing commercial",
        figure=_coco(share, f"mobileclip2_{size.lower()}.jsonl of apple/ml-mobileclip"),
        speed=speed,
        extra="openclip",
    )


KNOWN: Mapping[str, KnownModel] = {
    CLIP: KnownModel(
        # These weights have the same SHA-256 as OpenAI's own openai/clip-vit-base-patch32.
        Source(
            title="CLIP ViT-B/32",
            repo="sentence-transformers/clip-ViT-B-32",
            revision="327ab6726d33c0e22f920c83f2ff9e4bd38ca37f",
            sha256={
                "0_CLIPModel/model.safetensors": (
                    "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d"
                )
            },
        ),
        about="Finds almost anything that English words can describe.",
        n_bytes=606_500_000,  # 605,157,884 of weights, and the tokenizer
        licence="MIT",
        figure=_coco("0.30"),
        speed=1,
    ),
    "google/siglip-base-patch16-256": KnownModel(
        Source(title="SigLIP B/16", repo="google/siglip-base-patch16-256"),
        about="Finds more than CLIP by English words, and takes longer to read photos.",
        n_bytes=816_000_000,
        licence="Apache-2.0",
        figure=_coco("0.48"),
        speed=0.23,
    ),
    "google/siglip2-base-patch16-224": KnownModel(
        Source(title="SigLIP 2 B/16", repo="google/siglip2-base-patch16-224"),
        about="Finds the most here, by words in many languages; large, and takes longer to read "
        "photos than CLIP.",
        n_bytes=1_540_000_000,
        licence="Apache-2.0",
        figure=_coco("0.52", "arXiv 2502.14786"),
        speed=0.29,
    ),
    "timm/MobileCLIP2-S2-OpenCLIP": _mobileclip(
        "S2",
        "Finds as much as SigLIP by English words, twice as fast.",
        n_bytes=403_000_000,
        share="0.49",
        speed=0.53,
    ),
    "timm/MobileCLIP2-S0-OpenCLIP": _mobileclip(
        "S0",
        "Best on small computers: finds more than CLIP by English words, faster, and is half as "
        "large.",
        n_bytes=305_000_000,
        share="0.44",
        speed=1.6,
    ),
    "sentence-transformers/clip-ViT-B-32-multilingual-v1": KnownModel(
        Source(
            title="CLIP, multilingual words",
            repo="sentence-transformers/clip-ViT-B-32-multilingual-v1",
        ),
        about="CLIP ViT-B/32, which it needs beside it, by words in fifty languages.",
        n_bytes=544_000_000,
        licence="Apache-2.0",
        figure="",
        speed=1,
    ),
    "facebook/dinov2-small": KnownModel(
        Source(title="DINOv2, small", repo="facebook/dinov2-small"),
        about="Compares photos alone, by what they show rather than by their colours.",
        n_bytes=88_500_000,
        licence="Apache-2.0",
        figure="0.79 of ImageNet's photos are named by their nearest (facebookresearch/dinov2)",
        speed=0.86,
    ),
    "microsoft/resnet-50": KnownModel(
        Source(title="ResNet-50", repo="microsoft/resnet-50"),
        about="Compares photos alone; the network that most published comparisons have in common.",
        n_bytes=102_600_000,
        licence="Apache-2.0",
        figure="",
        speed=1.0,
    ),
}
"""By name; best for words first, then those that know none."""

ALIASES = {"cnn:resnet50": "microsoft/resnet-50"}
"""What some are called besides."""


def source_of(name: str) -> Source | None:
    """Where a name can be downloaded from: one of these, or any owner/name."""
    if name in KNOWN:
        return KNOWN[name].source
    return Source(title=name, repo=name) if _HUB_NAME.fullmatch(name) else None
