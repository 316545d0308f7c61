"""``connections list|pause|resume``."""

from __future__ import annotations

import click

from fulfillment_bridge.cli.context import opened_bridge
from fulfillment_bridge.cli.output import Format, listing_options, show_rows
from fulfillment_bridge.cli.switches import pause_and_resume

COLUMNS = (
    ("connection", "Connection"),
    ("organization_id", "Organization id"),
    ("organization_name", "Org"),
    ("kind", "Kind"),
    ("username", "User"),
    ("state", "State"),
    ("calls", "API calls in 24 h (org)"),
)


@click.group()
def connections() -> None:
    """Logins to Salesforce: list, pause, resume."""


@connections.command("list")
@listing_options
@click.pass_context
def list_connections(ctx: click.Context, output_format: Format) -> None:
    """Every connection: the org behind it and its state."""
    with opened_bridge(ctx) as bridge:
        report = bridge.status()
    rows = [
        row
        | {
            "kind": {None: "", True: "sandbox", False: "production"}[row["is_sandbox"]],
            "calls": f"{row['api_used']} of {row['api_limit']}" if row["api_limit"] else "",
        }
        for row in report["connections"]
    ]
    show_rows(rows, COLUMNS, output_format, empty="No connections are configured.")


pause_and_resume(connections, "connection")
