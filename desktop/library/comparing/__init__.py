"""Several models side by side: on photos with labels, and on the person's own."""

from desktop.library.comparing.comparison import (
    ComparedHit,
    ComparedPhoto,
    Comparison,
    ModelFigures,
    Plane,
    compare_models,
)
from desktop.library.comparing.figures import LabelFigures

__all__ = [
    "ComparedHit",
    "ComparedPhoto",
    "Comparison",
    "LabelFigures",
    "ModelFigures",
    "Plane",
    "compare_models",
]
