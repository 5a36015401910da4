"""Folders that hold a model in Hugging Face's format: read without torch, and loaded with it."""
