"""Models that compare photos and know no words: a module for each kind."""

from desktop.embedding.wordless.alone import Network, PhotoModel
from desktop.embedding.wordless.cnn import LITE_NAMES, prepare_cnn
from desktop.embedding.wordless.pixels import prepare_pixels
from desktop.embedding.wordless.simclr import prepare_simclr

__all__ = ["LITE_NAMES", "Network", "PhotoModel", "prepare_cnn", "prepare_pixels", "prepare_simclr"]
