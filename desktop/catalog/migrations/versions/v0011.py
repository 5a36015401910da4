"""What resembles a photo may be answered by another model than words."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("catalog_state", sa.Column("likeness_model", sa.String))
