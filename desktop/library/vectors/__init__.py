"""Vectors: what a model has made of photos goes out into files, and comes back for photos whose
content is the same. docs/vectors.md says what the files hold."""
