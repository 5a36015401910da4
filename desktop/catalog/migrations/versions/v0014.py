"""Searches can be saved under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("search_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("folder", sa.LargeBinary),
        sa.Column("since", sa.DateTime),
        sa.Column("until", sa.DateTime),
        sa.Column("position", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", name="uq_saved_search_name"),
        sqlite_autoincrement=True,
    )
