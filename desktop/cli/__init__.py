"""The command line: a headless front end on the same core as the window.

Importing this package loads neither Qt nor torch, nor anything else that is slow: the commands
themselves are in `commands`, imported when one of them runs.
"""

from desktop.cli.arguments import parse
from desktop.cli.outcome import guarded

__all__ = ["guarded", "parse"]
