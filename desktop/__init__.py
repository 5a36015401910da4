"""Likeness: find the photo you meant, on your own machine."""
