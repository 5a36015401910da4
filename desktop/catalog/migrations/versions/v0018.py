"""Photos are grouped into themes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "theme",
        sa.Column("theme_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("is_hidden", sa.Boolean, nullable=False),
        sa.Column("is_kept", sa.Boolean, nullable=False),
        sa.UniqueConstraint("name", name="uq_theme_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "theme_photo",
        sa.Column(
            "photo_id",
            sa.Integer,
            sa.ForeignKey("photo.photo_id", name="fk_theme_photo_photo_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "theme_id",
            sa.Integer,
            sa.ForeignKey("theme.theme_id", name="fk_theme_photo_theme_id", ondelete="CASCADE"),
        ),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("closeness", sa.Double, nullable=False),
    )
    op.create_index("ix_theme_photo_theme", "theme_photo", ["theme_id", "closeness"])
    op.create_table(
        "theme_run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("n_photos", sa.Integer, nullable=False),
    )
