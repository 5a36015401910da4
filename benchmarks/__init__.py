"""What `make bench` runs: every figure a ratio against a named baseline, measured side by side."""

from desktop.embedding.folders.torchvision_build import hide_torchvision

# The baselines ask sentence-transformers themselves.
hide_torchvision()
