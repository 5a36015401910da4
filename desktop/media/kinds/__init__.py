"""Kinds of picture files that need more than Pillow: a module for each."""
