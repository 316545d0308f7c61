"""Every table of the store. The migrations must lead to exactly this; a test compares them."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from fulfillment_bridge.storage.columns import (
    at,
    flag,
    json,
    metadata,
    quantity,
    ref,
    row_id,
    table,
    text,
    whole,
)
from fulfillment_bridge.storage.connection_tables import (
    connection_calls,
    connection_usage,
    connections,
    object_schemas,
)
from fulfillment_bridge.storage.types import ExactDecimal, Json, RowId, UtcDateTime

__all__ = ["connection_calls", "connection_usage", "connections", "metadata", "object_schemas"]

schema_drift = table(
    "schema_drift",
    Column("cart", Text, primary_key=True),
    ref("mapping_version_id", "mapping_versions.mapping_version_id"),
    at("checked_at"),
    json("findings"),
)

secrets = table(
    "secrets",
    Column("name", Text, primary_key=True),
    text("encrypted"),
    at("set_at"),
    text("set_by"),
)

moments = table(
    "moments",
    Column("name", Text, primary_key=True),
    at("at"),
)

carts = table(
    "carts",
    Column("name", Text, primary_key=True),
    Column("live_at", UtcDateTime),
    Column("live_from", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("pause_reason", Text),
)

warehouses = table(
    "warehouses",
    Column("name", Text, primary_key=True),
    Column("paused_at", UtcDateTime),
    Column("pause_reason", Text),
)

mapping_versions = table(
    "mapping_versions",
    row_id("mapping_version_id"),
    text("cart"),
    text("file_name"),
    Column("content", LargeBinary, nullable=False),
    text("sha256"),
    json("schema_json"),
    at("loaded_at"),
    text("loaded_by"),
    text("note"),
    flag("active"),
    Index(None, "cart", "active"),
)

orders = table(
    "orders",
    row_id("order_id"),
    text("cart"),
    text("merchant"),
    text("organization_id"),
    text("cart_order_id"),
    text("order_number"),
    text("state"),
    text("shown_state"),
    Column("content", Json),
    text("content_hash"),
    at("modstamp"),
    ref("mapping_version_id", "mapping_versions.mapping_version_id", nullable=True),
    at("received_at"),
    at("updated_at"),
    json("hold_reasons"),
    Column("attention", Text),
    flag("test_order"),
    Column("held_at", UtcDateTime),
    Column("created_at", UtcDateTime),
    UniqueConstraint("organization_id", "cart_order_id"),
    Index(None, "cart", "order_number"),
    Index(None, "cart", "shown_state"),
    Index(None, "order_number"),
    Index(None, "cart", "cart_order_id"),
)

overruled = table(
    "overruled",
    ref("order_id", "orders.order_id"),
    text("rule"),
    text("what"),
    at("at"),
    text("actor"),
    text("reason"),
    PrimaryKeyConstraint("order_id", "rule"),
)

ledger = table(
    "ledger",
    text("organization_id"),
    text("cart_order_id"),
    text("cart"),
    Column("order_id", RowId),  # no foreign key: the ledger outlives the order's data
    at("first_seen_at"),
    PrimaryKeyConstraint("organization_id", "cart_order_id"),
)

fulfillment_orders = table(
    "fulfillment_orders",
    row_id("fulfillment_order_id"),
    ref("order_id", "orders.order_id"),
    text("warehouse"),
    text("merchant"),
    text("merchant_code"),
    text("reference"),
    text("state"),
    text("warehouse_order_id"),
    at("released_at"),
    Column("sent_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("warehouse", "reference"),
    Index(None, "order_id"),
    Index(None, "warehouse", "state"),
)

fulfillment_lines = table(
    "fulfillment_lines",
    ref("fulfillment_order_id", "fulfillment_orders.fulfillment_order_id"),
    whole("line_number"),
    text("cart_line_id"),
    text("sku"),
    text("warehouse_sku"),
    quantity("ordered"),
    quantity("shipped"),
    quantity("short"),
    quantity("canceled"),
    PrimaryKeyConstraint("fulfillment_order_id", "line_number"),
)

order_events = table(
    "order_events",
    row_id("event_id"),
    ref("order_id", "orders.order_id"),
    at("at"),
    text("event"),
    json("detail"),
    text("actor"),
    Index(None, "order_id"),
)

outbox = table(
    "outbox",
    row_id("message_id"),
    text("kind"),
    text("destination"),
    text("idempotency_key"),
    ref("order_id", "orders.order_id"),
    Column("fulfillment_order_id", RowId),  # a withdrawn one is gone, its messages stay
    json("payload"),
    Column("submission_name", Text),
    Column("submission_body", LargeBinary),
    text("state"),
    whole("attempts"),
    at("created_at"),
    at("next_attempt_at"),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("last_error", Text),
    Column("last_error_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("idempotency_key"),
    Index(None, "destination", "kind", "state", "next_attempt_at"),
    Index(None, "state"),
    Index(None, "order_id"),
    Index(None, "fulfillment_order_id"),
)

shipments = table(
    "shipments",
    row_id("shipment_id"),
    ref("fulfillment_order_id", "fulfillment_orders.fulfillment_order_id"),
    text("warehouse"),
    text("merchant"),
    text("reference"),
    text("warehouse_shipment_id"),
    text("sequence"),
    json("content"),
    text("content_hash"),
    whole("packages"),
    at("received_at"),
    Column("written_back_at", UtcDateTime),
    UniqueConstraint("warehouse", "merchant", "reference", "warehouse_shipment_id"),
    Index(None, "fulfillment_order_id"),
)

shipment_history = table(
    "shipment_history",
    row_id("history_id"),
    ref("shipment_id", "shipments.shipment_id"),
    text("sequence"),
    json("content"),
    text("content_hash"),
    at("received_at"),
    at("replaced_at"),
    Index(None, "shipment_id"),
)

written_values = table(
    "written_values",
    Column("order_id", RowId, ForeignKey("orders.order_id"), primary_key=True, autoincrement=False),
    json("records"),
    json("parcels"),
)

inbox = table(
    "inbox",
    row_id("document_id"),
    text("warehouse"),
    text("merchant_code"),
    text("source"),
    text("key"),
    text("kind"),
    at("received_at"),
    text("outcome"),
    json("faults"),
    UniqueConstraint("warehouse", "merchant_code", "key"),
)

stock_snapshots = table(
    "stock_snapshots",
    row_id("snapshot_id"),
    text("merchant"),
    text("warehouse"),
    at("as_of"),
    text("source"),
    whole("sku_count"),
    flag("accepted"),
    text("reason"),
    at("received_at"),
    Column("sku_hash", Text),
    Index(None, "merchant", "warehouse", "accepted", "as_of"),
)

stock_levels = table(
    "stock_levels",
    text("merchant"),
    text("warehouse"),
    text("sku"),
    quantity("on_hand"),
    quantity("allocated"),
    quantity("on_hold"),
    Column("available", ExactDecimal),
    ref("snapshot_id", "stock_snapshots.snapshot_id"),
    PrimaryKeyConstraint("merchant", "warehouse", "sku"),
)

stock_without_record = table(
    "stock_without_record",
    text("cart"),
    text("sku"),
    text("warehouse"),
    at("first_seen_at"),
    at("last_seen_at"),
    PrimaryKeyConstraint("cart", "sku", "warehouse"),
)

cursors = table(
    "cursors",
    Column("cart", Text, primary_key=True),
    Column("read_until", UtcDateTime),
    Column("window_opened_at", UtcDateTime),
    Column("window_since", UtcDateTime),
    Column("resume_modstamp", UtcDateTime),
    Column("resume_id", Text),
    Column("swept_at", UtcDateTime),
    at("updated_at"),
)

proofs = table(
    "proofs",
    Column("cart", Text, primary_key=True),
    at("checked_at"),
    Column("complete_until", UtcDateTime),  # nothing where it could not be proved
    text("username"),
    json("reasons"),
    json("swept"),
)

runs = table(
    "runs",
    row_id("run_id"),
    text("job"),
    text("target"),
    text("worker"),
    at("started_at"),
    Column("finished_at", UtcDateTime),
    Column("outcome", Text),
    json("counts"),
    json("attention"),
    Column("error", Json),
    Index(None, "job", "target", "started_at"),
)

schedule = table(
    "schedule",
    text("job"),
    text("target"),
    whole("every_seconds"),
    at("due_at"),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("last_run_id", RowId),
    whole("failures"),
    PrimaryKeyConstraint("job", "target"),
    Index(None, "due_at"),
)

audit = table(
    "audit",
    row_id("audit_id"),
    at("at"),
    text("actor"),
    text("action"),
    text("subject"),
    json("detail"),
    Index(None, "subject"),
)
