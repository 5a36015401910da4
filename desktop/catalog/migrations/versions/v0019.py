"""Photos can have attributes that people bring along, such as a label and what a model said."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "attribute",
        sa.Column("attribute_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.UniqueConstraint("name", name="uq_attribute_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attribute_value",
        sa.Column(
            "attribute_id",
            sa.Integer,
            sa.ForeignKey(
                "attribute.attribute_id", name="fk_attribute_value_attribute_id", ondelete="CASCADE"
            ),
            primary_key=True,
        ),
        sa.Column(
            "photo_id",
            sa.Integer,
            sa.ForeignKey("photo.photo_id", name="fk_attribute_value_photo_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("number", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attribute_value_photo", "attribute_value", ["photo_id"])
