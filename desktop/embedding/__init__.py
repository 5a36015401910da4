"""Pixels and words -> vectors. The only package that uses torch, and only inside `load` and later.

The rest of the application sees `Embedder`, `ModelInfo` and `Registry`.
"""

from desktop.embedding.apart import EmbedderApart
from desktop.embedding.converted import N_PHOTOS, Conversion, Measurement, absent, runtime_name
from desktop.embedding.embedder import Embedder, FloatArray, Traits, load_photos, load_words
from desktop.embedding.models.registry import AUTO, ModelInfo, Registry
from desktop.embedding.running.device import device_name
from desktop.embedding.wordless import Network, PhotoModel

__all__ = [
    "AUTO",
    "N_PHOTOS",
    "Conversion",
    "Embedder",
    "EmbedderApart",
    "FloatArray",
    "Measurement",
    "ModelInfo",
    "Network",
    "PhotoModel",
    "Registry",
    "Traits",
    "absent",
    "device_name",
    "load_photos",
    "load_words",
    "runtime_name",
]
