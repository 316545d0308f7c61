"""Shipments as JSON and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment


def content_of(shipment: Shipment) -> dict[str, Any]:
    """The shipment as JSON-ready values, without the sequence, which only orders messages."""
    plain = {item.name: getattr(shipment, item.name) for item in fields(shipment)}
    del plain["sequence"]
    plain["shipped_on"] = shipment.shipped_on.isoformat() if shipment.shipped_on else None
    plain["packages"] = [_package_content(package) for package in shipment.packages]
    return plain


def content_hash(content: Mapping[str, Any]) -> str:
    """The same shipment always gives the same hash."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def shipment_from(content: Mapping[str, Any], sequence: str) -> Shipment:
    """The shipment that ``content_of`` came from."""
    values = dict(content)
    shipped_on = values["shipped_on"]
    values["shipped_on"] = date.fromisoformat(shipped_on) if shipped_on else None
    values["packages"] = tuple(_package(package) for package in values["packages"])
    return Shipment(sequence=sequence, **values)


def _package_content(package: Package) -> dict[str, Any]:
    return {
        "package_number": package.package_number,
        "tracking_number": package.tracking_number,
        "lines": [_line_content(line) for line in package.lines],
    }


def _line_content(line: PackageLine) -> dict[str, Any]:
    quantity = format(line.quantity.normalize(), "f") if line.quantity else "0"
    return {
        "sku": line.sku,
        "quantity": quantity,
        "line_number": line.line_number,
        "lot": line.lot,
    }


def _package(content: Mapping[str, Any]) -> Package:
    lines = tuple(
        PackageLine(**{**line, "quantity": Decimal(line["quantity"])}) for line in content["lines"]
    )
    return Package(content["package_number"], content["tracking_number"], lines)
