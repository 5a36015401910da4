"""Several models side by side: on photos with labels, and on the person's own."""

from desktop.library.comparing.ballot import Ballot, Vote
from desktop.library.comparing.comparison import (
    ComparedHit,
    ComparedPhoto,
    Comparison,
    ModelFigures,
    Plane,
    compare_models,
)
from desktop.library.comparing.figures import LabelFigures
from desktop.library.comparing.trial import Answers, Comparing, Cost, Trial, TrialHit

__all__ = [
    "Answers",
    "Ballot",
    "ComparedHit",
    "ComparedPhoto",
    "Comparing",
    "Comparison",
    "Cost",
    "LabelFigures",
    "ModelFigures",
    "Plane",
    "Trial",
    "TrialHit",
    "Vote",
    "compare_models",
]
