"""Likeness: find the photo you meant, on your own machine."""

import os
import sys

__version__ = "0.1.0"


def _is_somebody_elses(folder: str) -> bool:
    """Whether it is the current folder, and not that of this program."""
    ours = os.path.dirname(os.path.dirname(__file__))
    try:
        return os.path.samefile(folder, ".") and not os.path.samefile(folder, ours)
    except OSError:
        return False


# `python -m desktop` looks for modules in the current folder before anywhere else, and that may
# hold somebody's select.py. (What Python itself has imported by now, only its option -P keeps out.)
if not sys.flags.safe_path and _is_somebody_elses(sys.path[0] or "."):
    del sys.path[0]
