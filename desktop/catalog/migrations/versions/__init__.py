"""One file a version, named v and the number of the version it leads to."""
