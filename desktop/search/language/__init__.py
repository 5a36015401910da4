"""What is typed: from text to a tree, and what its conditions and dates mean."""
