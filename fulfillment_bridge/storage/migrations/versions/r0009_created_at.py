"""When an order came into being in its org, by the org's clock.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of the orders that are here already it is not known."""
    op.add_column("orders", Column("created_at", DateTime(timezone=True)))
