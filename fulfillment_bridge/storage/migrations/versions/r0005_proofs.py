"""What was proved last about each cart: complete up to when, or why not.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, Text

from fulfillment_bridge.storage.types import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "proofs",
        Column("cart", Text, nullable=False),
        Column("checked_at", DateTime(timezone=True), nullable=False),
        Column("complete_until", DateTime(timezone=True)),
        Column("username", Text, nullable=False),
        Column("reasons", Json, nullable=False),
        Column("swept", Json, nullable=False),
        PrimaryKeyConstraint("cart", name="pk_proofs"),
    )
