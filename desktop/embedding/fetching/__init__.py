"""Fetching a model from the Hugging Face hub, when a person asks for it."""
