"""What shipments mean for the lines and the state of a fulfillment order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fulfillment_bridge.domain.fulfillment import (
    LineProgress,
    PackageLine,
    Shipment,
    shipping_state,
)
from fulfillment_bridge.storage.fulfillment_orders import StoredLine


@dataclass(frozen=True)
class Progress:
    """Every line's quantities, the state they justify, and what does not fit the order."""

    lines: tuple[LineProgress, ...]
    state: str
    oddities: tuple[str, ...] = ()


def progress_of(
    lines: Sequence[StoredLine], shipments: Sequence[Shipment], *, short_means: str
) -> Progress:
    """Reckoned anew from all shipments, so that a correction needs no undoing.

    Goods that left count even where nobody ordered them so: too many, another SKU, no such line
    are told, never dropped from the sum of a line they name.
    """
    shipped = {line.line_number: Decimal(0) for line in lines}
    oddities: list[str] = []
    for shipment in shipments:
        for package in shipment.packages:
            for sent in package.lines:
                oddities += _count(lines, shipped, sent)
    oddities += _too_many(lines, shipped)
    counted = [replace(line.progress, shipped=shipped[line.line_number], short=Decimal(0))
               for line in lines]  # fmt: skip
    if _nothing_more_comes(shipments, short_means):
        counted = [replace(line, short=line.open()) for line in counted]
    elif short_means == "ask" and shipments and any(line.open() for line in counted):
        oddities.append("it is short, and nobody has said whether the rest will come")
    return Progress(tuple(counted), shipping_state(counted), tuple(dict.fromkeys(oddities)))


def _nothing_more_comes(shipments: Sequence[Shipment], short_means: str) -> bool:
    """The warehouse's last word, or its rule that whatever is short stays short."""
    if any(shipment.order_complete for shipment in shipments):
        return True
    return short_means == "closed" and any(shipment.packages for shipment in shipments)


def _count(
    lines: Sequence[StoredLine], shipped: dict[int, Decimal], sent: PackageLine
) -> list[str]:
    """Add one row to the line it names, else to the lines of its SKU, the first open one first."""
    named = [line for line in lines if line.line_number == sent.line_number]
    if named:
        shipped[named[0].line_number] += sent.quantity
        ordered = named[0].warehouse_sku
        if sent.sku == ordered:
            return []
        return [f"{sent.sku} was shipped for line {named[0].line_number}, which is {ordered}"]
    same_sku = [line for line in lines if line.warehouse_sku == sent.sku]
    if not same_sku:
        return [f"{sent.quantity} {sent.sku} was shipped, which is not on the order"]
    _spread(same_sku, shipped, sent.quantity)
    return []


def _spread(lines: Sequence[StoredLine], shipped: dict[int, Decimal], quantity: Decimal) -> None:
    for line in lines[:-1]:
        taken = min(quantity, max(Decimal(0), line.ordered - shipped[line.line_number]))
        shipped[line.line_number] += taken
        quantity -= taken
    shipped[lines[-1].line_number] += quantity


def _too_many(lines: Sequence[StoredLine], shipped: dict[int, Decimal]) -> list[str]:
    return [
        f"{shipped[line.line_number]} of line {line.line_number} were shipped, "
        f"{line.ordered} were ordered"
        for line in lines
        if shipped[line.line_number] > line.ordered
    ]
