"""The files beside a photo that say more of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("photo", sa.Column("sidecars", sa.LargeBinary))
