"""How an older catalog becomes a newer one. Append-only: a version that was released never changes.

To change the schema: change `schema`, add `versions/vNNNN.py` with the next number, and run the
tests; they compare the models with what the migrations build. Add a catalog of the version before
to tests/catalog/catalogs.

Catalogs on PostgreSQL came with version 0019 and are made of the models at once; the versions up
to there are SQLite's. Later ones are run on both databases, and tests run them on both.

Alembic reads the files in `versions` from disk, so a package of the application has to carry them
as files.
"""
