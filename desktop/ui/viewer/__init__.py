"""One photo over the whole window, and what is known about it."""
