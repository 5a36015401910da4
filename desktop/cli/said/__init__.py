"""How the command line speaks: answers, notes, progress, and its exit code."""
