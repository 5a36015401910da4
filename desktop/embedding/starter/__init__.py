"""The models that come with Likeness: networks that packages carry, joined by heads of our own."""

from desktop.embedding.starter.embedder import (
    CONFIG_FILE,
    PHOTOS_FILE,
    StarterConfig,
    StarterEmbedder,
)

__all__ = ["CONFIG_FILE", "PHOTOS_FILE", "StarterConfig", "StarterEmbedder"]
