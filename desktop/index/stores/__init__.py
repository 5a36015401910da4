"""Engines that are other programs: each keeps embeddings and searches them, behind `VectorStore`;
one index serves all of them."""
