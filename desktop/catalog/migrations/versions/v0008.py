"""What each write was about, so that a mark on one photo does not look like new photos."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name, kind in (
        ("photos_revision", sa.Integer),
        ("embeddings_revision", sa.Integer),
        ("people_revision", sa.Integer),
        ("people_wrote_at", sa.Double),
    ):
        op.add_column("catalog_state", sa.Column(name, kind, nullable=False, server_default="0"))
    op.execute(
        "UPDATE catalog_state SET photos_revision = revision, embeddings_revision = revision, "
        "people_revision = revision"
    )
