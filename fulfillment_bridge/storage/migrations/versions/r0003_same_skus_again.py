"""Which SKUs a stock snapshot has, to tell one that says the same as the one before.

Frozen, like every revision: later changes bring revisions of their own.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Snapshots of before stay without: they agree with none."""
    op.add_column("stock_snapshots", Column("sku_hash", Text))
