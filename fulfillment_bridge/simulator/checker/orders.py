"""The orders of one merchant: the org against the warehouse's ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from fulfillment_bridge.simulator.checker.differences import Findings
from fulfillment_bridge.simulator.checker.org_reader import OrgReader, Record
from fulfillment_bridge.simulator.checker.shapes import COUNTRIES, REASON_WORDS, Shape

ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country")
SPLIT = re.compile(r"[\s,;|]+")
Lines = dict[str, list[Record]]
Book = Mapping[str, Any]


def check_orders(
    org: OrgReader, shape: Shape, book: Book, planted: Mapping[str, str], findings: Findings
) -> int:
    """Compare every order; returns how many were ready and not planted.

    ``book`` is the merchant's part of the ledger, ``planted`` maps order number to kind.
    """
    lines = _lines_by_order(org, shape)
    seen: list[str] = []
    compared = 0
    for order in org.query(_orders_soql(shape)):
        number = order[shape.number] or order["Id"]
        field, value = shape.ready
        if order[field] != value:
            _must_be_untouched(order, shape, number, findings)
        elif number in planted:
            _must_not_have_left(order, shape, number, findings)
        else:
            compared += 1
            seen.append(order[shape.write_back.reference] or "")
            _compare(order, lines.get(order["Id"], []), shape, book, findings)
    _check_references(seen, book, findings)
    return compared


def check_held(
    held: Iterable[Mapping[str, Any]], planted: Mapping[str, str], findings: Findings
) -> None:
    """Exactly the planted orders are held, each for the reason it was planted with."""
    reasons = {str(entry["order_number"]): entry["reasons"] for entry in held}
    for number in sorted(set(reasons) - set(planted)):
        findings.note(number, f"is held and should not be ({_joined(reasons[number])})")
    for number, kind in planted.items():
        text = _joined(reasons.get(number, ()))
        if number not in reasons:
            findings.note(number, f"is not held, though planted with {kind}")
        elif not any(word in text.lower() for word in REASON_WORDS[kind]):
            findings.equal(number, "is held for another reason", kind, text)


def _orders_soql(shape: Shape) -> str:
    address = [shape.address.path(part) for part in ADDRESS_PARTS]
    columns = ["Id", shape.number, shape.ready[0], *shape.address.names, *address]
    columns += shape.write_back.all()
    return f"SELECT {', '.join(columns)} FROM {shape.order_object}"  # noqa: S608 - own table


def _lines_by_order(org: OrgReader, shape: Shape) -> Lines:
    columns = f"{shape.line_parent}, {shape.line_sku}, {shape.line_quantity}"
    lines: Lines = {}
    for line in org.query(f"SELECT {columns} FROM {shape.line_object}"):  # noqa: S608 - own table
        lines.setdefault(line[shape.line_parent], []).append(line)
    return lines


def _must_be_untouched(order: Record, shape: Shape, number: str, findings: Findings) -> None:
    for field in shape.write_back.all():
        if order[field] is not None:
            findings.note(number, f"is not ready, and yet {field} says {order[field]}")


def _must_not_have_left(order: Record, shape: Shape, number: str, findings: Findings) -> None:
    write_back = shape.write_back
    for field in (write_back.reference, write_back.tracking, write_back.sent):
        if order[field] is not None:
            findings.note(number, f"cannot be mapped, and yet {field} says {order[field]}")


def _compare(
    order: Record, lines: Sequence[Record], shape: Shape, book: Book, findings: Findings
) -> None:
    number = order[shape.number] or order["Id"]
    reference = order[shape.write_back.reference] or ""
    if not reference.startswith(number):
        findings.equal(number, "warehouse reference", f"{number}…", reference)
    at_warehouse = book["orders"].get(reference)
    if at_warehouse is None:
        findings.note(number, f"is not at the warehouse under {reference or 'any reference'}")
        return
    received = at_warehouse["received"]
    findings.equal(number, "order files at the warehouse", 1, len(received))
    ordered = _quantities((_sku(line, shape), line[shape.line_quantity]) for line in lines)
    sent = _quantities((line["sku"], line["quantity"]) for line in received[0]["lines"])
    findings.equal(number, "lines", ordered, sent)
    _compare_address(order, shape, received[0]["header"], number, findings)
    _compare_write_back(order, shape, at_warehouse, number, findings)


def _compare_address(
    order: Record, shape: Shape, header: Mapping[str, str], number: str, findings: Findings
) -> None:
    address = {part: order.get(shape.address.path(part)) or "" for part in ADDRESS_PARTS}
    street = " ".join(header[f"ship_to_line_{place}"] for place in (1, 2, 3))
    country = address["Country"]
    pairs = [
        ("street", _letters(address["Street"]), _letters(street)),
        ("city", address["City"], header["ship_to_city"]),
        ("state", address["State"], header["ship_to_state"]),
        ("postal code", address["PostalCode"], header["ship_to_postal_code"]),
        ("country", COUNTRIES.get(country.lower(), country), header["ship_to_country"]),
    ]
    for what, expected, found in pairs:
        findings.equal(number, f"ship-to {what}", expected, found)
    names = [order.get(path) or "" for path in shape.address.names]
    findings.one_of(number, "ship-to name", filter(None, names), header["ship_to_name"])


def _compare_write_back(
    order: Record, shape: Shape, at_warehouse: Book, number: str, findings: Findings
) -> None:
    fields, shipments = shape.write_back, at_warehouse["shipments"]
    packages = [package for shipment in shipments for package in shipment["packages"]]
    written = Counter(filter(None, SPLIT.split(order[fields.tracking] or "")))
    sent = Counter(package["tracking_number"] for package in packages if _is_filled(package))
    findings.equal(number, "tracking numbers", dict(sent), dict(written))
    status = re.sub(r"[^a-z]+", "_", (order[fields.status] or "").lower())
    findings.one_of(number, "fulfillment status", _statuses(at_warehouse), status)
    if order[fields.sent] is None:
        findings.note(number, f"{fields.sent} is empty")
    if shipments:
        dates = [shipment["shipped_on"] for shipment in shipments]
        findings.one_of(number, "ship date", dates, order[fields.ship_date] or "")
        carriers = [shipment["carrier"] for shipment in shipments]
        findings.one_of(number, "carrier", carriers, order[fields.carrier] or "")


def _statuses(at_warehouse: Book) -> tuple[str, ...]:
    """What the fulfillment status may say, by what was ordered and what was shipped."""
    shipments = at_warehouse["shipments"]
    if not shipments:
        return ("at_warehouse",)
    shipped = _quantities(
        (line["line"], line["quantity"])
        for shipment in shipments
        for package in shipment["packages"]
        for line in package["lines"]
    )
    ordered = _quantities(
        (line["line"], line["quantity"]) for line in at_warehouse["received"][0]["lines"]
    )
    if all(shipped.get(line, 0) >= quantity for line, quantity in ordered.items()):
        return ("shipped",)
    if any(shipment["order_complete"] for shipment in shipments):
        return ("closed_short",)
    return ("partially_shipped", "closed_short")


def _check_references(seen: Sequence[str], book: Book, findings: Findings) -> None:
    """No two orders show one reference, and the warehouse has none that no order shows."""
    for reference, count in Counter(filter(None, seen)).items():
        if count > 1:
            findings.note(reference, f"is the warehouse reference of {count} orders")
    for reference in sorted(set(book["orders"]) - set(seen)):
        findings.note(reference, "is at the warehouse, and no ready order shows that reference")
    for entry in book["set_aside"]:
        findings.note(entry["file"], f"was set aside by the warehouse: {entry['reason']}")


def _sku(line: Record, shape: Shape) -> str:
    return line.get(shape.line_sku) or ""


def _quantities(pairs: Iterable[tuple[str, Any]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for key, quantity in pairs:
        sums[key] = sums.get(key, Decimal(0)) + Decimal(str(quantity))
    return {key: quantity.normalize() for key, quantity in sums.items()}


def _is_filled(package: Mapping[str, Any]) -> bool:
    return any(Decimal(line["quantity"]) for line in package["lines"])


def _letters(text: str) -> str:
    """The words alone: lines may be joined by a space, a comma or nothing else."""
    return " ".join(re.findall(r"[^\s,]+", text))


def _joined(reasons: Iterable[object]) -> str:
    return "; ".join(map(str, reasons))
