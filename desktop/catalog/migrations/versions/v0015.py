"""Photos can teach what a name means."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "concept",
        sa.Column("concept_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("n_taught", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", name="uq_concept_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "example",
        sa.Column(
            "concept_id",
            sa.Integer,
            sa.ForeignKey("concept.concept_id", name="fk_example_concept_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "photo_id",
            sa.Integer,
            sa.ForeignKey("photo.photo_id", name="fk_example_photo_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("is_wanted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_example_photo", "example", ["photo_id"])
