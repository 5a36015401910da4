"""Pixels and words -> vectors. The only package that uses torch, and only inside `load` and later.

The rest of the application sees `Embedder`, `ModelInfo` and `Registry`.
"""

from desktop.embedding.device import device_name
from desktop.embedding.embedder import Embedder, FloatArray, Traits
from desktop.embedding.registry import ModelInfo, Registry

__all__ = ["Embedder", "FloatArray", "ModelInfo", "Registry", "Traits", "device_name"]
