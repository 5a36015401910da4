"""The map of a library: drawn when asked for, kept between two starts, and told."""
