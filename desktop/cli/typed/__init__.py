"""What can be typed after `likeness`, and what is wrong with it."""
