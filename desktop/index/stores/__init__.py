"""Stores: other programs that keep embeddings and search them, each behind `VectorStore`."""
