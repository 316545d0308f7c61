"""``status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from fulfillment_bridge.cli.context import opened_bridge
from fulfillment_bridge.cli.output import Format, listing_options, show_json, show_rows, show_table

CART_COLUMNS = (
    ("cart", "Cart"),
    ("state", "State"),
    ("orders", "Orders"),
    ("read_until", "Read until"),
    ("stock_without_record", "SKUs without record"),
)
JOB_COLUMNS = (
    ("job", "Job"),
    ("target", "For"),
    ("last_outcome", "Last run"),
    ("last_finished_at", "Ended"),
    ("last_counts", "Did"),
    ("due_at", "Next"),
)
CONNECTION_COLUMNS = (
    ("connection", "Connection"),
    ("state", "State"),
    ("organization_name", "Org"),
    ("username", "User"),
    ("usage", "Org's API calls"),
    ("ours", "Ours in 24 h"),
)


@click.command()
@listing_options
@click.pass_context
def status(ctx: click.Context, output_format: Format) -> int:
    """What is going on, and what needs attention. Exit code 1 where something does.

    `--csv` lists the jobs, `--json` has everything.
    """
    with opened_bridge(ctx) as bridge:
        report = bridge.status()
    if output_format == "json":
        show_json(report)
    elif output_format == "csv":
        show_rows(report["jobs"], JOB_COLUMNS, "csv", empty="")
    else:
        _show(report)
    return 1 if report["attention"] else 0


def _show(report: Mapping[str, Any]) -> None:
    show_table([_cart_row(cart) for cart in report["carts"]], CART_COLUMNS)
    for cart in report["carts"]:
        click.echo(f"{cart['cart']}: {cart['proof']['text']}")
    click.echo()
    show_table([_connection_row(one) for one in report["connections"]], CONNECTION_COLUMNS)
    for connection in report["connections"]:
        _show_calls(connection)
    if report["jobs"]:
        click.echo()
        show_table([_job_row(job) for job in report["jobs"]], JOB_COLUMNS)
    click.echo()
    if not report["attention"]:
        click.echo("Nothing needs attention.")
    for sentence in report["attention"]:
        click.echo(f"! {sentence}")
    for sentence in report["notices"]:
        click.echo(f"note: {sentence}")


def _cart_row(cart: Mapping[str, Any]) -> dict[str, Any]:
    state = "live" if cart["live_at"] else "not live"
    missing = cart["stock_without_record"]
    return {
        **cart,
        "state": "paused" if cart["paused_at"] else state,
        "stock_without_record": ", ".join(missing[:5]) + (" …" if len(missing) > 5 else ""),
    }


def _connection_row(connection: Mapping[str, Any]) -> dict[str, Any]:
    limit = connection["api_limit"]
    usage = f"{connection['api_used']} of {limit}" if limit else ""
    return {**connection, "usage": usage, "ours": sum(connection["calls_24h"].values())}


def _show_calls(connection: Mapping[str, Any]) -> None:
    """Which jobs made our calls of the last 24 hours, most of them first."""
    calls = sorted(connection["calls_24h"].items(), key=lambda each: (-each[1], each[0]))
    if calls:
        by_job = ", ".join(f"{job} {count}" for job, count in calls)
        click.echo(f"API calls of {connection['connection']} in 24 h: {by_job}")


def _job_row(job: Mapping[str, Any]) -> dict[str, Any]:
    counts = [f"{count} {word.replace('_', ' ')}" for word, count in job["last_counts"].items()]
    outcome = "running" if job["running"] else job["last_outcome"]
    return {**job, "last_outcome": outcome, "last_counts": ", ".join(counts)}
