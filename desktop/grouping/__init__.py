"""The library as a whole, worked out of its embeddings: groups of photos, and the map. The only
user of scikit-learn and openTSNE.

scikit-learn takes a second to import and 60 MB, so nothing here imports it before it is needed, and
those who group or draw do so in a process of their own.
"""

from desktop.grouping.ground import Ground
from desktop.grouping.groups import NONE, Grouper, GroupingTask, Groups, Way
from desktop.grouping.layout import LEAST_DRAWN, Drawing, draw_apart

__all__ = [
    "LEAST_DRAWN",
    "NONE",
    "Drawing",
    "Ground",
    "Grouper",
    "GroupingTask",
    "Groups",
    "Way",
    "draw_apart",
]
