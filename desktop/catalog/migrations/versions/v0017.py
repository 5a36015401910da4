"""Saved searches keep the photo that others shall resemble, and the photos that were marked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("saved_search", sa.Column("like_path", sa.LargeBinary))
    op.add_column("saved_search", sa.Column("like_photo_id", sa.Integer))
    op.add_column("saved_search", sa.Column("like_part", sa.String))
    op.create_table(
        "saved_mark",
        sa.Column(
            "search_id",
            sa.Integer,
            sa.ForeignKey(
                "saved_search.search_id", name="fk_saved_mark_search_id", ondelete="CASCADE"
            ),
            primary_key=True,
        ),
        sa.Column(
            "photo_id",
            sa.Integer,
            sa.ForeignKey("photo.photo_id", name="fk_saved_mark_photo_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("is_wanted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_saved_mark_photo", "saved_mark", ["photo_id"])
