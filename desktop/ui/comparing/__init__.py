"""Models side by side, on a sample of the person's photos."""
