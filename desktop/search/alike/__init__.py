"""Photos of an answer that resemble each other: copies, bursts, and too much of the same."""
