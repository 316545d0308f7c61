"""Since when an order is held, apart from when it was changed last.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, DateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what is held already the last change is all that is known."""
    op.add_column("orders", Column("held_at", DateTime(timezone=True)))
    op.execute("UPDATE orders SET held_at = updated_at WHERE state = 'held'")
