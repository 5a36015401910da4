"""The command line: a headless front end on the same core as the window.

Importing this package loads neither Qt nor torch, nor anything else that is slow: the commands
themselves are in `commands`, imported when one of them runs.
"""

from desktop.cli.said.outcome import guarded
from desktop.cli.typed.arguments import parse

__all__ = ["guarded", "parse"]
