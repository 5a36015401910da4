"""Likeness: find the photo you meant, on your own machine."""

__version__ = "0.1.0"
