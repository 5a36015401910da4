"""A catalog in a database of a PostgreSQL server, and what goes wrong there."""
