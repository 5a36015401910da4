"""What a score means: the odds that a photo fits, and the verdict that follows from them."""
