"""Models that compare photos and know no words: a module for each kind."""

from desktop.embedding.wordless.cnn import LITE_NAMES, prepare_cnn
from desktop.embedding.wordless.pixels import prepare_pixels

__all__ = ["LITE_NAMES", "prepare_cnn", "prepare_pixels"]
