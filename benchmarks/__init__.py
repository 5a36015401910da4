"""What `make bench` runs: every figure a ratio against a named baseline, measured side by side."""

import os

from desktop.__main__ import ENVIRONMENT


def _settle() -> None:
    """As in the application, before numpy is imported."""
    os.environ.update(ENVIRONMENT)
    from desktop.embedding.folders.torchvision_build import hide_torchvision

    hide_torchvision()  # the baselines ask sentence-transformers themselves


_settle()
