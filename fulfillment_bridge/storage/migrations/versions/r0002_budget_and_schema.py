"""API budgets of connections, and what their orgs look like.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UtcDateTime = DateTime(timezone=True)
Json = JSON(none_as_null=True)
RowId = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Add what the first version lacked."""
    op.add_column("connections", Column("api_paused_from", Text))
    op.add_column("connections", Column("api_paused_at", UtcDateTime))
    op.add_column("connections", Column("api_probed_at", UtcDateTime))
    op.create_table(
        "connection_usage",
        Column("connection", Text, nullable=False),
        Column("seen_at", UtcDateTime, nullable=False),
        Column("used", Integer, nullable=False),
        Column("allowed", Integer, nullable=False),
        PrimaryKeyConstraint("connection", "seen_at", name="pk_connection_usage"),
    )
    op.create_table(
        "object_schemas",
        Column("connection", Text, nullable=False),
        Column("object_name", Text, nullable=False),
        Column("content", Json),
        Column("as_of", UtcDateTime, nullable=False),
        Column("read_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("connection", "object_name", name="pk_object_schemas"),
    )
    op.create_table(
        "schema_drift",
        Column("cart", Text, nullable=False),
        Column("mapping_version_id", RowId, nullable=False),
        Column("checked_at", UtcDateTime, nullable=False),
        Column("findings", Json, nullable=False),
        PrimaryKeyConstraint("cart", name="pk_schema_drift"),
        ForeignKeyConstraint(
            ["mapping_version_id"],
            ["mapping_versions.mapping_version_id"],
            name="fk_schema_drift_mapping_version_id",
        ),
    )
    op.create_table(
        "moments",
        Column("name", Text, nullable=False),
        Column("at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("name", name="pk_moments"),
    )
