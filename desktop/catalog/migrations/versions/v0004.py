"""How far the clock of a photo's date was ahead of UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("photo", sa.Column("utc_offset_min", sa.Integer))
