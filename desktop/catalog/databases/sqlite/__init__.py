"""A catalog in a file of SQLite: opened, backed up, and what goes wrong with it."""
