"""How good a model's answers are, measured on photos of which somebody has said what they show."""

from desktop.library.evaluation.evaluate import Evaluation, Example, ShownHit, evaluate
from desktop.library.evaluation.measures import (
    BandFigures,
    Bin,
    Retrieval,
    SetFigures,
    VerdictFigures,
)
from desktop.library.evaluation.questions import TestPhotos, captioned, labelled

__all__ = [
    "BandFigures",
    "Bin",
    "Evaluation",
    "Example",
    "Retrieval",
    "SetFigures",
    "ShownHit",
    "TestPhotos",
    "VerdictFigures",
    "captioned",
    "evaluate",
    "labelled",
]
