"""What we have written onto the records of each order, to tell it from what people write there.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint

from fulfillment_bridge.storage.types import Json, RowId

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; of what was written before nothing is known."""
    op.create_table(
        "written_values",
        Column(
            "order_id",
            RowId,
            ForeignKey("orders.order_id", name="fk_written_values_order_id"),
            nullable=False,
        ),
        Column("records", Json, nullable=False),
        Column("parcels", Json, nullable=False),
        PrimaryKeyConstraint("order_id", name="pk_written_values"),
    )
