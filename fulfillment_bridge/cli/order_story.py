"""``orders show`` for people: where the order is, what was shipped, what happened when."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import click

from fulfillment_bridge.cli.output import cell_text, show_table

LINE_COLUMNS = (
    ("line", "Line"),
    ("sku", "SKU"),
    ("warehouse_sku", "SKU there"),
    ("ordered", "Ordered"),
    ("shipped", "Shipped"),
    ("short", "Short"),
    ("canceled", "Canceled"),
)
SETTLED = ("done", "superseded")
OURSELVES = "bridge"


def show_story(report: Mapping[str, Any]) -> None:
    """Print an order report."""
    _show_head(report)
    for part in report["fulfillment_orders"]:
        click.echo()
        _show_part(part)
    click.echo()
    click.echo("What happened (UTC)")
    for event in report["events"]:
        _show_event(event)
    for message in report["messages"]:
        if message["state"] not in SETTLED:
            _show_message(message)


def _show_head(report: Mapping[str, Any]) -> None:
    ids = report["ids"]
    click.echo(f"Order {report['order_number']} of {report['cart']}: {report['state']}")
    click.echo(f"  Salesforce   {ids['cart_order_id']} in org {ids['organization_id']}")
    version = report["mapping_version_id"]
    click.echo(f"  bridge       order {ids['order_id']}, workbook version {version}")
    for part in report["fulfillment_orders"]:
        own = f" ({part['warehouse_order_id']})" if part.get("warehouse_order_id") else ""
        click.echo(f"  warehouse    {part['warehouse']}: {part['reference']}{own}, {part['state']}")
    for reason in report["hold_reasons"]:
        click.echo(f"  held         {reason}")
    if report["may_go_despite_rule"]:
        order = f"{report['order_number']} --cart {report['cart']}"
        click.echo("               to ship it all the same: fulfillment-bridge orders release "
                   f"{order} --despite-rule --reason TEXT")  # fmt: skip
    for one in report["overruled"]:
        when = cell_text(one["at"])
        click.echo(f"  overruled    {one['what']} By {one['actor']} {when}: {one['reason']}")
    if report["attention"]:
        click.echo(f"  attention    the order {report['attention']}")


def _show_part(part: Mapping[str, Any]) -> None:
    lines = [{key: _number(line[key]) for key, _ in LINE_COLUMNS} for line in part["lines"]]
    show_table(lines, LINE_COLUMNS)
    for shipment in part["shipments"]:
        back = cell_text(shipment["written_back_at"]) or "not yet"
        by = " ".join(filter(None, (shipment["carrier"], shipment["service"])))
        click.echo(
            f"  shipment {shipment['warehouse_shipment_id']} on {shipment['shipped_on']}"
            f"{f' by {by}' if by else ''}: "
            f"{', '.join(shipment['tracking_numbers']) or 'no tracking'}; in Salesforce: {back}"
        )
    for old in part["replaced"]:
        numbers = ", ".join(old["tracking_numbers"])
        click.echo(f"  before {cell_text(old['replaced_at'])} the warehouse had said: {numbers}")


def _number(value: Any) -> Any:
    """12.500 as 12.5 and 3.000 as 3."""
    return Decimal(f"{value.normalize():f}") if isinstance(value, Decimal) else value


def _show_event(event: Mapping[str, Any]) -> None:
    name = event["event"].replace("_", " ")
    by = f" by {event['actor']}" if event["actor"] != OURSELVES else ""
    detail = ", ".join(
        f"{key.replace('_', ' ')} {_plain(value)}"
        for key, value in (event["detail"] or {}).items()
        if value not in (None, False, "", [], {})
    )
    click.echo(f"  {cell_text(event['at'])}  {name:<13}{by} {detail}".rstrip())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else cell_text(value)


def _show_message(message: Mapping[str, Any]) -> None:
    again = cell_text(message["next_attempt_at"])
    when = f"; tried again from {again}" if again else ""
    click.echo(
        f"Message to {message['destination']}: {message['state']} after "
        f"{message['attempts']} attempts: {message['last_error'] or 'not tried yet'}{when}"
    )
