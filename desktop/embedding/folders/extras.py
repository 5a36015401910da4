"""Packages that some kinds of models need, and that need not be installed."""

from __future__ import annotations

from importlib.util import find_spec

from desktop.errors import ModelUnavailable, how_to_add

_PACKAGES = {"openclip": "open_clip", "timm": "timm"}
"""By the name of the optional dependency, what is imported."""


def is_there(extra: str) -> bool:
    """Whether it is installed. Imports nothing."""
    return find_spec(_PACKAGES[extra]) is not None


def expect_extra(extra: str, what: str) -> None:
    """Raises ModelUnavailable where it is not installed. what: such as "Networks in its format"."""
    if not is_there(extra):
        raise ModelUnavailable(
            f"{what} need the package {_PACKAGES[extra]}, which is not installed here.",
            how_to_add(extra),
        )
