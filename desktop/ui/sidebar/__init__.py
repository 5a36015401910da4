"""The list of places beside the pages."""
