"""Run by Alembic, on the connection and inside the transaction that `opening` has begun."""

from alembic import context

from desktop.catalog.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
