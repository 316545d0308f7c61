"""Rules of a workbook that a person has overruled for one order.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime, ForeignKey, PrimaryKeyConstraint, Text

from fulfillment_bridge.storage.types import RowId

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    order_id = ForeignKey("orders.order_id", name="fk_overruled_order_id_orders")
    op.create_table(
        "overruled",
        Column("order_id", RowId, order_id, nullable=False),
        Column("rule", Text, nullable=False),
        Column("what", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        PrimaryKeyConstraint("order_id", "rule", name="pk_overruled"),
    )
