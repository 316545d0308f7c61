"""Run by Alembic; the connection, and the transaction on it, are the caller's."""

from __future__ import annotations

from alembic import context

from fulfillment_bridge.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
