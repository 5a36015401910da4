"""Mistakes: where two attributes disagree, and labels that seem wrong."""
