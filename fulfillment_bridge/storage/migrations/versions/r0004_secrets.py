"""Secrets that were typed in, encrypted with a key that does not stand in the database.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "secrets",
        Column("name", Text, nullable=False),
        Column("encrypted", Text, nullable=False),
        Column("set_at", DateTime(timezone=True), nullable=False),
        Column("set_by", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_secrets"),
    )
