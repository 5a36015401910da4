"""The thumbnails."""
