"""CLIP and its kin: folders with both towers, or with the words' side alone."""

from desktop.embedding.clip.embedder import ClipEmbedder

__all__ = ["ClipEmbedder"]
