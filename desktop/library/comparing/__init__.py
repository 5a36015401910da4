"""Several models side by side: on the person's own photos; on photos with labels see
`comparison`, which nobody needs to open a library."""

from desktop.library.comparing.ballot import Ballot, Vote
from desktop.library.comparing.trial import Answers, Comparing, Cost, Trial, TrialHit

__all__ = [
    "Answers",
    "Ballot",
    "Comparing",
    "Cost",
    "Trial",
    "TrialHit",
    "Vote",
]
