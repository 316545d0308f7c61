"""A person who does by hand what a bridge does: reads the org, writes files, writes back.

So the checker can be tried on a round that is right, before one thing in it is made wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fulfillment_bridge.simulator.checker.org_reader import OrgReader, Record
from fulfillment_bridge.simulator.checker.shapes import COUNTRIES, SHAPES, Shape
from fulfillment_bridge.simulator.merchants import MerchantSummary
from fulfillment_bridge.simulator.merchants.api import AdminApi
from fulfillment_bridge.simulator.warehouse.building import SimulatedWarehouse
from tests.simulator.demo.order_texts import order_text


class Clerk:
    """Does one merchant's round; ``summary`` says which orders cannot be mapped."""

    def __init__(
        self, endpoint: Mapping[str, Any], warehouse: SimulatedWarehouse, summary: MerchantSummary
    ) -> None:
        self.name = str(endpoint["name"])
        self.code = self.name.upper()
        self.shape: Shape = SHAPES[self.name]
        self.endpoint = endpoint
        self.warehouse = warehouse
        self.summary = summary
        self.orders: dict[str, Record] = {}

    @property
    def folder(self) -> Path:
        """The merchant's folder at the warehouse."""
        return self.warehouse.folders[self.code].root

    def deliver(self) -> None:
        """Write an order file for each order that is ready and can be mapped."""
        with OrgReader(self.endpoint) as org:
            lines = self._lines(org)
            planted = {order.record_id for order in self.summary.planted}
            for order in self.ready_orders(org):
                if order["Id"] not in planted:
                    self._write_order(order, lines[order["Id"]])

    def write_back(self) -> None:
        """Write references, tracking and states from the ledger, then the stock levels."""
        book = self.warehouse.ledger()["merchants"][self.code]
        rows = [
            self._update(self.orders[reference], reference, entry)
            for reference, entry in book["orders"].items()
        ]
        with AdminApi(self.endpoint) as api:
            api.update(self.shape.order_object, rows)
        self.write_stock()

    def write_stock(self) -> None:
        """Bring each inventory record that is ours to the level last published."""
        levels = self.warehouse.ledger()["merchants"][self.code]["stock"]["levels"]
        with OrgReader(self.endpoint) as org:
            records = org.query(self._stock_soql())
        rows = [
            {
                "Id": record["Id"],
                self.shape.stock_level: float(levels[record[self.shape.stock_sku]]["available"]),
            }
            for record in records
            if record[self.shape.stock_sku] in levels
        ]
        with AdminApi(self.endpoint) as api:
            api.update(self.shape.stock_object, rows)

    def held(self) -> list[dict[str, Any]]:
        """What a bridge would hold: the planted orders, with their reasons."""
        return [
            {
                "merchant": self.name,
                "order_number": order.order_number,
                "reasons": [order.kind.replace("_", " ")],
            }
            for order in self.summary.planted
        ]

    def ready_orders(self, org: OrgReader) -> list[Record]:
        """The ready orders, with the address they go to."""
        field, value = self.shape.ready
        address = [self.shape.address.path(part) for part in ADDRESS]
        columns = ["Id", self.shape.number, *self.shape.address.names, *address]
        wanted = "true" if value is True else f"'{value}'"
        return org.query(
            f"SELECT {', '.join(columns)} FROM {self.shape.order_object} WHERE {field} = {wanted}"  # noqa: S608
        )

    def _lines(self, org: OrgReader) -> dict[str, list[Record]]:
        shape = self.shape
        soql = f"SELECT {shape.line_parent}, {shape.line_sku}, {shape.line_quantity}"
        lines: dict[str, list[Record]] = {}
        for line in org.query(f"{soql} FROM {shape.line_object}"):
            lines.setdefault(line[shape.line_parent], []).append(line)
        return lines

    def _write_order(self, order: Record, lines: list[Record]) -> None:
        shape = self.shape
        # Two merchants count alike: the reference says whose order it is.
        reference = f"{order[shape.number]}-{self.name[0].upper()}"
        self.orders[reference] = order
        street, city, state, postal_code, country = (
            order.get(shape.address.path(part)) or "" for part in ADDRESS
        )
        changes = {
            4: order[shape.address.names[0]],
            5: ", ".join(street.split("\n")).replace('"', '""'),
            7: city,
            8: state,
            9: postal_code,
            10: COUNTRIES.get(country.lower(), country),
        }
        text = order_text(
            reference,
            lines=[
                (str(place), line[shape.line_sku], format(line[shape.line_quantity], "g"))
                for place, line in enumerate(lines, start=1)
            ],
            changes=changes,
        )
        path = self.folder / "orders" / f"ord_{reference}_261122091500.csv"
        path.write_text(text, encoding="utf-8", newline="")

    def _update(self, order: Record, reference: str, entry: Mapping[str, Any]) -> Record:
        fields = self.shape.write_back
        shipments = entry["shipments"]
        packages = [package for shipment in shipments for package in shipment["packages"]]
        short = any(shipment["order_complete"] for shipment in shipments)
        return {
            "Id": order["Id"],
            fields.tracking: ", ".join(package["tracking_number"] for package in packages),
            fields.carrier: "UPS",
            fields.ship_date: shipments[-1]["shipped_on"],
            fields.status: "Closed short" if short else "Shipped",
            fields.reference: reference,
            fields.sent: "2026-11-22T09:15:00Z",
        }

    def _stock_soql(self) -> str:
        shape = self.shape
        soql = f"SELECT Id, {shape.stock_sku} FROM {shape.stock_object}"  # noqa: S608
        if shape.stock_warehouse is None:
            return soql
        field, code = shape.stock_warehouse
        return f"{soql} WHERE {field} = '{code}'"


ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
