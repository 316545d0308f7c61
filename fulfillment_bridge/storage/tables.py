"""Every table of the store. The migrations must lead to exactly this; a test compares them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from fulfillment_bridge.storage.types import ExactDecimal, Json, RowId, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any) -> Table:
    # Ids are never used twice on SQLite either: an outbox key made of one must stay unique.
    has_row_id = any(isinstance(item, Column) and item.type is RowId for item in items[:1])
    return Table(name, metadata, *items, sqlite_autoincrement=has_row_id)


def _id(name: str) -> Column[Any]:
    return Column(name, RowId, primary_key=True, autoincrement=True)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


def _at(name: str) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=False)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def _whole(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False)


def _json(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False)


def _quantity(name: str) -> Column[Any]:
    return Column(name, ExactDecimal, nullable=False)


def _ref(name: str, to: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, RowId, ForeignKey(to), nullable=nullable)


connections = _table(
    "connections",
    Column("name", Text, primary_key=True),
    Column("organization_id", Text),
    Column("organization_name", Text),
    Column("is_sandbox", Boolean),
    Column("default_currency", Text),
    Column("username", Text),
    Column("user_id", Text),
    Column("suspended_at", UtcDateTime),
    Column("suspended_code", Text),
    Column("suspended_message", Text),
    Column("suspended_remedy", Text),
    Column("credentials_fingerprint", Text),
    Column("paused_at", UtcDateTime),
    Column("api_used", Integer),
    Column("api_limit", Integer),
    Column("api_seen_at", UtcDateTime),
    Column("login_lease_owner", Text),
    Column("login_lease_until", UtcDateTime),
    Column("api_paused_from", Text),
    Column("api_paused_at", UtcDateTime),
    Column("api_probed_at", UtcDateTime),
)

connection_calls = _table(
    "connection_calls",
    _text("connection"),
    _text("job"),
    _at("hour_at"),
    _whole("calls"),
    PrimaryKeyConstraint("connection", "job", "hour_at"),
)

connection_usage = _table(
    "connection_usage",
    _text("connection"),
    _at("seen_at"),
    _whole("used"),
    _whole("allowed"),
    PrimaryKeyConstraint("connection", "seen_at"),
)

object_schemas = _table(
    "object_schemas",
    _text("connection"),
    _text("object_name"),
    Column("content", Json),  # nothing where our user sees no such object
    _at("as_of"),
    _at("read_at"),
    PrimaryKeyConstraint("connection", "object_name"),
)

schema_drift = _table(
    "schema_drift",
    Column("cart", Text, primary_key=True),
    _ref("mapping_version_id", "mapping_versions.mapping_version_id"),
    _at("checked_at"),
    _json("findings"),
)

moments = _table(
    "moments",
    Column("name", Text, primary_key=True),
    _at("at"),
)

carts = _table(
    "carts",
    Column("name", Text, primary_key=True),
    Column("live_at", UtcDateTime),
    Column("live_from", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("pause_reason", Text),
)

warehouses = _table(
    "warehouses",
    Column("name", Text, primary_key=True),
    Column("paused_at", UtcDateTime),
    Column("pause_reason", Text),
)

mapping_versions = _table(
    "mapping_versions",
    _id("mapping_version_id"),
    _text("cart"),
    _text("file_name"),
    Column("content", LargeBinary, nullable=False),
    _text("sha256"),
    _json("schema_json"),
    _at("loaded_at"),
    _text("loaded_by"),
    _text("note"),
    _flag("active"),
    Index(None, "cart", "active"),
)

orders = _table(
    "orders",
    _id("order_id"),
    _text("cart"),
    _text("merchant"),
    _text("organization_id"),
    _text("cart_order_id"),
    _text("order_number"),
    _text("state"),
    _text("shown_state"),
    Column("content", Json),
    _text("content_hash"),
    _at("modstamp"),
    _ref("mapping_version_id", "mapping_versions.mapping_version_id", nullable=True),
    _at("received_at"),
    _at("updated_at"),
    _json("hold_reasons"),
    Column("attention", Text),
    _flag("test_order"),
    UniqueConstraint("organization_id", "cart_order_id"),
    Index(None, "cart", "order_number"),
    Index(None, "cart", "shown_state"),
    Index(None, "order_number"),
    Index(None, "cart", "cart_order_id"),
)

ledger = _table(
    "ledger",
    _text("organization_id"),
    _text("cart_order_id"),
    _text("cart"),
    Column("order_id", RowId),  # no foreign key: the ledger outlives the order's data
    _at("first_seen_at"),
    PrimaryKeyConstraint("organization_id", "cart_order_id"),
)

fulfillment_orders = _table(
    "fulfillment_orders",
    _id("fulfillment_order_id"),
    _ref("order_id", "orders.order_id"),
    _text("warehouse"),
    _text("merchant"),
    _text("merchant_code"),
    _text("reference"),
    _text("state"),
    _text("warehouse_order_id"),
    _at("released_at"),
    Column("sent_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("warehouse", "reference"),
    Index(None, "order_id"),
    Index(None, "warehouse", "state"),
)

fulfillment_lines = _table(
    "fulfillment_lines",
    _ref("fulfillment_order_id", "fulfillment_orders.fulfillment_order_id"),
    _whole("line_number"),
    _text("cart_line_id"),
    _text("sku"),
    _text("warehouse_sku"),
    _quantity("ordered"),
    _quantity("shipped"),
    _quantity("short"),
    _quantity("canceled"),
    PrimaryKeyConstraint("fulfillment_order_id", "line_number"),
)

order_events = _table(
    "order_events",
    _id("event_id"),
    _ref("order_id", "orders.order_id"),
    _at("at"),
    _text("event"),
    _json("detail"),
    _text("actor"),
    Index(None, "order_id"),
)

outbox = _table(
    "outbox",
    _id("message_id"),
    _text("kind"),
    _text("destination"),
    _text("idempotency_key"),
    _ref("order_id", "orders.order_id"),
    Column("fulfillment_order_id", RowId),  # a withdrawn one is gone, its messages stay
    _json("payload"),
    Column("submission_name", Text),
    Column("submission_body", LargeBinary),
    _text("state"),
    _whole("attempts"),
    _at("created_at"),
    _at("next_attempt_at"),
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

shipments = _table(
    "shipments",
    _id("shipment_id"),
    _ref("fulfillment_order_id", "fulfillment_orders.fulfillment_order_id"),
    _text("warehouse"),
    _text("merchant"),
    _text("reference"),
    _text("warehouse_shipment_id"),
    _text("sequence"),
    _json("content"),
    _text("content_hash"),
    _whole("packages"),
    _at("received_at"),
    Column("written_back_at", UtcDateTime),
    UniqueConstraint("warehouse", "merchant", "reference", "warehouse_shipment_id"),
    Index(None, "fulfillment_order_id"),
)

shipment_history = _table(
    "shipment_history",
    _id("history_id"),
    _ref("shipment_id", "shipments.shipment_id"),
    _text("sequence"),
    _json("content"),
    _text("content_hash"),
    _at("received_at"),
    _at("replaced_at"),
    Index(None, "shipment_id"),
)

inbox = _table(
    "inbox",
    _id("document_id"),
    _text("warehouse"),
    _text("merchant_code"),
    _text("source"),
    _text("key"),
    _text("kind"),
    _at("received_at"),
    _text("outcome"),
    _json("faults"),
    UniqueConstraint("warehouse", "merchant_code", "key"),
)

stock_snapshots = _table(
    "stock_snapshots",
    _id("snapshot_id"),
    _text("merchant"),
    _text("warehouse"),
    _at("as_of"),
    _text("source"),
    _whole("sku_count"),
    _flag("accepted"),
    _text("reason"),
    _at("received_at"),
    Index(None, "merchant", "warehouse", "accepted", "as_of"),
)

stock_levels = _table(
    "stock_levels",
    _text("merchant"),
    _text("warehouse"),
    _text("sku"),
    _quantity("on_hand"),
    _quantity("allocated"),
    _quantity("on_hold"),
    Column("available", ExactDecimal),
    _ref("snapshot_id", "stock_snapshots.snapshot_id"),
    PrimaryKeyConstraint("merchant", "warehouse", "sku"),
)

stock_without_record = _table(
    "stock_without_record",
    _text("cart"),
    _text("sku"),
    _text("warehouse"),
    _at("first_seen_at"),
    _at("last_seen_at"),
    PrimaryKeyConstraint("cart", "sku", "warehouse"),
)

cursors = _table(
    "cursors",
    Column("cart", Text, primary_key=True),
    Column("read_until", UtcDateTime),
    Column("window_opened_at", UtcDateTime),
    Column("window_since", UtcDateTime),
    Column("resume_modstamp", UtcDateTime),
    Column("resume_id", Text),
    Column("swept_at", UtcDateTime),
    _at("updated_at"),
)

runs = _table(
    "runs",
    _id("run_id"),
    _text("job"),
    _text("target"),
    _text("worker"),
    _at("started_at"),
    Column("finished_at", UtcDateTime),
    Column("outcome", Text),
    _json("counts"),
    _json("attention"),
    Column("error", Json),
    Index(None, "job", "target", "started_at"),
)

schedule = _table(
    "schedule",
    _text("job"),
    _text("target"),
    _whole("every_seconds"),
    _at("due_at"),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("last_run_id", RowId),
    _whole("failures"),
    PrimaryKeyConstraint("job", "target"),
    Index(None, "due_at"),
)

audit = _table(
    "audit",
    _id("audit_id"),
    _at("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _json("detail"),
    Index(None, "subject"),
)
