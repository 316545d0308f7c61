"""The tables about connections to orgs: who we are there, what it costs, what the org has."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, Text

from fulfillment_bridge.storage.columns import at, table, text, whole
from fulfillment_bridge.storage.types import Json, UtcDateTime

connections = table(
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

connection_calls = table(
    "connection_calls",
    text("connection"),
    text("job"),
    at("hour_at"),
    whole("calls"),
    PrimaryKeyConstraint("connection", "job", "hour_at"),
)

connection_usage = table(
    "connection_usage",
    text("connection"),
    at("seen_at"),
    whole("used"),
    whole("allowed"),
    PrimaryKeyConstraint("connection", "seen_at"),
)

object_schemas = table(
    "object_schemas",
    text("connection"),
    text("object_name"),
    Column("content", Json),  # nothing where our user sees no such object
    at("as_of"),
    at("read_at"),
    PrimaryKeyConstraint("connection", "object_name"),
)
