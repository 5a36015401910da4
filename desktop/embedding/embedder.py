"""The one protocol that every model speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Traits:
    """What a model can do, known before it is loaded; see `Embedder`."""

    dim: int
    has_text: bool
    languages: tuple[str, ...]
    input_px: int
    licence: str = ""

    @classmethod
    def of(cls, embedder: Embedder) -> Traits:
        return cls(
            embedder.dim,
            embedder.has_text,
            embedder.languages,
            embedder.input_px,
            embedder.licence,
        )


class Embedder(Protocol):
    """Makes embeddings: vectors (d,) float32 of length 1 whose dot product is the score.

    Making one is cheap and imports no torch; `load` (called by the first embedding too) does the
    work. Every method may be called from any thread; `embed_text` and `embed_images` may run side
    by side.

    Attributes:
        name: what settings and `likeness models use` call it, e.g. "starter" or "clip-ViT-B-32".
        model_id: name@revision, known before loading; embeddings with the same one are comparable.
        dim: d, known before loading.
        has_text: whether words can be embedded.
        languages: whose words it knows, as in ISO 639-1; () where that is not known.
        input_px: side of the square the image tower sees.
        about: one sentence for people on what it is good for.
        licence: of the weights, as SPDX calls it where it has a name there; "" where not known.
        precision: of the numbers the image tower computes with, "float32", "float16", "bfloat16" or
            "int8", and what runs it where that is not torch: "int8 by OpenVINO"; before loading "".
        device: "cpu", "cuda" or "mps", the one in use; before loading the one that was asked for,
            which may be "auto".
        is_loaded: whether weights are in memory.
        likely_score, maybe_score: text-to-photo cosines above which a photo usually shows what was
            asked, or may show it; measured for this model, the base of the calibrated bands; nan
            where nobody has.
    """

    @property
    def name(self) -> str: ...
    @property
    def model_id(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def has_text(self) -> bool: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def input_px(self) -> int: ...
    @property
    def about(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def precision(self) -> str: ...
    @property
    def is_loaded(self) -> bool: ...
    @property
    def likely_score(self) -> float: ...
    @property
    def maybe_score(self) -> float: ...

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelUnavailable when they are absent, damaged or not safetensors.
        """

    def unload(self) -> None:
        """Give the memory back; the next use loads again. Waits for an embedding in progress, and
        may end loading in progress: who waits for that gets Cancelled."""

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        """Reduces an upright RGB image to the pixels the model looks at.

        Needs no weights and can be pickled, for it is called in the decoding processes.
        embed_images([fit(i)]) equals embed_images([i]).
        """

    def embed_images(self, images: Sequence[Image.Image]) -> FloatArray:
        """Embed upright RGB images -> (n, d) float32, rows of length 1; n = 0 gives (0, d)."""

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """Embed words -> (n, d) float32, rows of length 1. Words that look like a URL or a path are
        still words. Only where `has_text`.
        """


@runtime_checkable
class LightWords(Protocol):
    """An `Embedder` that reads words by numpy alone: ready in a sixth of a second, 80 MB, or 170
    when it has met all words. Its `load` leaves these to the first words.

    Attributes: words_are_light: True.
    """

    words_are_light: bool


@runtime_checkable
class HasEarlier(Protocol):
    """An `Embedder` whose words are compared, too, with photos as it embedded them in versions of
    before, so that a library made by those is answered while its photos are read again.

    Attributes:
        earlier: what makes the embedders of that time, by their model_id; picklable.
    """

    @property
    def earlier(self) -> dict[str, Make]: ...


_ANY_WORD = "photo"


def load_words(embedder: Embedder) -> None:
    """Bring into memory what reads words, and no more where another network looks at photos: that
    one may take seconds longer. Raises as `Embedder.load`."""
    if embedder.has_text:
        embedder.embed_text([_ANY_WORD])
    else:
        embedder.load()


def load_photos(embedder: Embedder) -> None:
    """Bring into memory what looks at photos; where nothing is there yet, nothing else. Raises as
    `Embedder.load`."""
    if embedder.is_loaded:
        embedder.load()
    else:
        embedder.embed_images([Image.new("RGB", (embedder.input_px, embedder.input_px))])


Make = Callable[[], Embedder]
"""What makes an embedder, here and in its process: picklable, quick, without torch."""


def identify(name: str, revision: str) -> str:
    """The model_id of a name, in which no other @ may stand: a name may be a path."""
    return f"{name.replace('@', '%40')}@{revision}"
