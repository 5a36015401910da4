"""Themes: the library grouped by look, with names, and what people make of the groups."""

from desktop.grouping import Way
from desktop.library.themes.themes import LEAST_PHOTOS, Themes, ThemesSeen

__all__ = ["LEAST_PHOTOS", "Themes", "ThemesSeen", "Way"]
