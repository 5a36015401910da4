"""The work of indexing: when it runs, what it runs, what stops it, and what it tells."""
