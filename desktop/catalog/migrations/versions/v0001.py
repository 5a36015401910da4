"""The first catalog."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

IS_READABLE = "problem IS NULL AND skipped_because IS NULL AND missing_since IS NULL"
HAS_PROBLEM = "problem IS NOT NULL AND skipped_because IS NULL AND missing_since IS NULL"
IS_GONE = "missing_since IS NOT NULL AND skipped_because IS NULL"


def upgrade() -> None:
    _create_state()
    _create_folder()
    _create_photo()
    _create_photo_indexes()
    _create_embedding()


def _create_state() -> None:
    op.create_table(
        "catalog_state",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("answering_model", sa.String),
        sa.Column("previous_model", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_state"),
    )
    op.execute("INSERT INTO catalog_state (id, revision) VALUES (1, 0)")


def _create_folder() -> None:
    op.create_table(
        "folder",
        sa.Column("folder_id", sa.Integer, nullable=False),
        sa.Column("path", sa.LargeBinary, nullable=False),
        sa.Column("added_at", sa.Double, nullable=False),
        sa.Column("missing_since", sa.Double),
        sa.PrimaryKeyConstraint("folder_id", name="pk_folder"),
        sa.UniqueConstraint("path", name="uq_folder_path"),
        sqlite_autoincrement=True,
    )


def _create_photo() -> None:
    op.create_table(
        "photo",
        sa.Column("photo_id", sa.Integer, nullable=False),
        sa.Column("folder_id", sa.Integer, nullable=False),
        sa.Column("is_stale", sa.Boolean, nullable=False),
        sa.Column("missing_since", sa.Double),
        sa.Column("sorted_at", sa.Double, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("problem", sa.String),
        sa.Column("skipped_because", sa.String),
        sa.Column("relative_path", sa.LargeBinary, nullable=False),
        sa.Column("content_hash", sa.String),
        sa.Column("width_px", sa.Integer),
        sa.Column("height_px", sa.Integer),
        sa.Column("orientation", sa.Integer),
        sa.Column("taken_at", sa.DateTime),
        sa.Column("taken_from", sa.String),
        sa.Column("camera", sa.String),
        sa.Column("lens", sa.String),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("format", sa.String),
        sa.Column("first_seen_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_photo"),
        sa.UniqueConstraint("folder_id", "relative_path", name="uq_photo_folder_id"),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.folder_id"], name="fk_photo_folder_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )


def _create_photo_indexes() -> None:
    op.create_index("ix_photo_content_hash", "photo", ["content_hash"])
    newest: list[str | sa.TextClause] = [sa.text("sorted_at DESC"), "photo_id", "folder_id"]
    op.create_index("ix_photo_newest", "photo", newest, sqlite_where=sa.text(IS_READABLE))
    for name, where in (("readable", IS_READABLE), ("troubled", HAS_PROBLEM), ("gone", IS_GONE)):
        op.create_index(f"ix_photo_{name}", "photo", ["folder_id"], sqlite_where=sa.text(where))


def _create_embedding() -> None:
    op.create_table(
        "model",
        sa.Column("model_key", sa.Integer, nullable=False),
        sa.Column("model_id", sa.String, nullable=False),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("model_key", name="pk_model"),
        sa.UniqueConstraint("model_id", name="uq_model_model_id"),
    )
    op.create_table(
        "embedding",
        sa.Column("model_key", sa.Integer, nullable=False),
        sa.Column("photo_id", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("model_key", "photo_id", name="pk_embedding"),
        sa.ForeignKeyConstraint(
            ["model_key"], ["model.model_key"], name="fk_embedding_model_key", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.photo_id"], name="fk_embedding_photo_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_embedding_revision", "embedding", ["model_key", "revision", "photo_id"])
    op.create_index("ix_embedding_photo", "embedding", ["photo_id"])
