"""What is bought: purchases drawn from a seed, some of them planted so that no map fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from fulfillment_bridge.simulator.merchants.catalog import Good
from fulfillment_bridge.simulator.merchants.people import CUSTOMERS, Customer

METHODS = ("standard", "standard", "standard", "expedited", "overnight")
NOT_READY = 4


@dataclass(frozen=True)
class Line:
    """So many of one good."""

    good: Good
    quantity: int


@dataclass(frozen=True)
class Purchase:
    """One purchase, before it takes the shape of a merchant's records.

    ``fault`` names what is wrong with a planted one; ``ready`` False: not to be shipped yet.
    """

    customer: Customer
    lines: tuple[Line, ...]
    method: str
    po_number: str
    note: str = ""
    fault: str = ""
    ready: bool = True

    @property
    def total(self) -> Decimal:
        """What it costs."""
        return sum((line.good.price * line.quantity for line in self.lines), Decimal(0))


def draw_purchases(
    merchant: str, goods: Sequence[Good], count: int, *, seed: int, faults: Sequence[str]
) -> list[Purchase]:
    """``count`` ready purchases, one for each fault among them, and some that are not ready."""
    dice = Random(f"{merchant}/{seed}")  # noqa: S311 - repeatable, not secret
    for_sale = [good for good in goods if good.sold]
    ready = [_draw(dice, for_sale, number) for number in range(count)]
    for place, fault in _places(count, faults):
        ready[place] = _at_least_two_lines(replace(ready[place], fault=fault), for_sale)
    drafts = [_draw(dice, for_sale, count + number) for number in range(NOT_READY)]
    return ready + [replace(draft, ready=False) for draft in drafts]


def _draw(dice: Random, goods: Sequence[Good], number: int) -> Purchase:
    chosen = dice.sample(list(goods), k=dice.randint(1, 4))
    return Purchase(
        customer=dice.choice(CUSTOMERS),
        lines=tuple(Line(good, dice.randint(1, 5)) for good in chosen),
        method=dice.choice(METHODS),
        po_number=f"PO-{dice.randint(1000, 9999)}-{number}",
        note=dice.choice(("", "", "Leave at the dock", "Ring twice,\nthen wait")),
    )


def _places(count: int, faults: Sequence[str]) -> list[tuple[int, str]]:
    """Faults spread evenly over the purchases; with fewer purchases, fewer faults."""
    planted = list(faults)[:count]
    return [(count * (2 * n + 1) // (2 * len(planted)), f) for n, f in enumerate(planted)]


def _at_least_two_lines(purchase: Purchase, goods: Sequence[Good]) -> Purchase:
    """Two lines, so that an order with a bad line still has a good one."""
    if len(purchase.lines) > 1:
        return purchase
    sold = purchase.lines[0].good
    other = next(good for good in goods if good is not sold)
    return replace(purchase, lines=(*purchase.lines, Line(other, 1)))
