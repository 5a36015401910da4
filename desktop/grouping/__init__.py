"""The library as a whole, worked out of its embeddings: the map. The only user of openTSNE."""

from desktop.grouping.ground import Ground
from desktop.grouping.layout import LEAST_DRAWN, Drawing, draw_apart

__all__ = ["LEAST_DRAWN", "Drawing", "Ground", "draw_apart"]
