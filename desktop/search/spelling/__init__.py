"""Words that were mistyped, and what was meant by them."""
