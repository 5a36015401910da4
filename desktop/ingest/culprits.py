"""Embedding where the embedder itself may fail: the photos at fault are told from the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from desktop.background import report
from desktop.embedding import Embedder
from desktop.errors import LikenessError, ModelDied, ModelUnavailable

log = logging.getLogger(__name__)

PROBLEM = "The model fails at this photo."


def embed(embedder: Embedder, images: Sequence[Image.Image]) -> list[NDArray[np.float32] | None]:
    """The embeddings, each (d,) float32; None for an image at which the embedder fails.

    A batch that fails is embedded image by image. Raises ModelUnavailable where a plain grey image
    fails too, since then no photo is to blame.
    """
    try:
        return list(embedder.embed_images(images))
    except Exception as error:
        if _is_expected(error):
            raise
        log.warning("a batch is embedded image by image")
        if not isinstance(error, ModelDied):
            report(error)
    return [_embed_alone(embedder, image) for image in images]


def _embed_alone(embedder: Embedder, image: Image.Image) -> NDArray[np.float32] | None:
    try:
        embedding: NDArray[np.float32] = embedder.embed_images([image])[0]
    except Exception as error:
        if _is_expected(error):
            raise
        _check_health(embedder)
        return None
    return embedding


def _check_health(embedder: Embedder) -> None:
    side_px = embedder.input_px
    try:
        embedder.embed_images([embedder.fit(Image.new("RGB", (side_px, side_px), "grey"))])
    except LikenessError:
        raise
    except Exception as error:
        raise ModelUnavailable(
            f"The model {embedder.name} fails at every photo.",
            "The log says where. Choose another model, or wait for a new version of Likeness.",
        ) from error


def _is_expected(error: Exception) -> bool:
    return isinstance(error, LikenessError) and not isinstance(error, ModelDied)
