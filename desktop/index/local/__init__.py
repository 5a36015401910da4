"""The engine that needs no other program: embeddings lie in files of the data folder."""
