"""Folders of which so much was gone at once that the person is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("folder", sa.Column("doubted_since", sa.Double))
