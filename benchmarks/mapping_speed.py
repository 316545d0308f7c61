"""How many orders a minute one core maps: the sample workbooks, and one that uses everything.

    python -m benchmarks.mapping_speed [ORDERS]

Orders of two lines. Neither the org nor the store is in the figures: a workbook joined with its
org's schema is applied to records that lie in memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fulfillment_bridge.domain.org_schema import RawOrder
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import Filling, From
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    GLOBEX_LINE,
    GLOBEX_ORDER,
    INITECH_LINE,
    INITECH_ORDER,
    STAMP,
    schema_for,
    workbook_of,
)

ROUNDS = 3
_PRIMARY = "OpportunityContactRole[IsPrimary = true].Contact"

EVERYTHING = replace(
    DEMO["initech"],
    rules=(
        *DEMO["initech"].rules,
        ("hold", "1", "Amount", ">", "100000", "", "Large"),
        ("take lines", "1", "Product2.ProductCode", "NOT LIKE", "SVC%", ""),
        ("hold lines", "1", "Product2.ProductCode", "IN", "KNIFE-1; KNIFE-2", "", "A knife"),
    ),
    order_fields={
        **DEMO["initech"].order_fields,
        "ship_method": From("Ship_Method__c + Account.ShippingCountry + Amount", "map(methods)"),
        "ship_to.name": From(f"{_PRIMARY}.Name + Deliver_To__c", "first; trim; cut(35)"),
        "ship_to.email": From(f"{_PRIMARY}.Email", "lower"),
        "gift_message": From("Shipping_Notes__c", "cut(200)", only_if="Amount > 5"),
        "extra.Closed": From("CloseDate", "date_text(MM/DD/YYYY)"),
        "extra.Weight": From("Amount", "convert(lb, kg); round(2)"),
    },
    value_maps={
        **DEMO["initech"].value_maps,
        "methods": {
            ("UPS Ground", "US", "up to 100"): "Ground",
            ("UPS Ground", "Germany"): "Standard",
            ("(blank)", "", "over 200"): "Freight",
            "(anything else)": "Ground",
        },
    },
)

CASES: Mapping[str, tuple[str, Filling, dict[str, Any], tuple[dict[str, Any], ...]]] = {
    "acme": ("acme", DEMO["acme"], ACME_ORDER, ACME_LINES),
    "globex": ("globex", DEMO["globex"], GLOBEX_ORDER, (GLOBEX_LINE, GLOBEX_LINE)),
    "initech": ("initech", DEMO["initech"], INITECH_ORDER, (INITECH_LINE, INITECH_LINE)),
    "everything": ("initech", EVERYTHING, INITECH_ORDER, (INITECH_LINE, INITECH_LINE)),
}


def raw_orders(
    field_map: FieldMap, record: Mapping[str, Any], lines: tuple[Mapping[str, Any], ...], count: int
) -> list[RawOrder]:
    """So many orders, each with an id and lines of its own."""
    person = {"Contact": {"Name": "Ada Lovelace", "Email": "Ada@Example.com"}}
    children = {child.name: (person,) for child in field_map.order_query().children}
    return [
        RawOrder(
            {**record, "Id": f"{number:018d}"},
            tuple({**line, "Id": f"{number:017d}{place}"} for place, line in enumerate(lines)),
            STAMP,
            children,
        )
        for number in range(count)
    ]


def measured(field_map: FieldMap, orders: list[RawOrder]) -> Iterator[float]:
    """Seconds of CPU for all of them, once per round; each must become an order."""
    for _ in range(ROUNDS):
        start = time.process_time()
        faults = [field_map.apply(raw, default_currency="USD").faults for raw in orders]
        yield time.process_time() - start
        if any(faults):
            raise SystemExit(f"not mapped: {next(each for each in faults if each)}")


def main(arguments: list[str]) -> int:
    """Measure every workbook and print a line for each."""
    count = int(arguments[0]) if arguments else 2_000
    sys.stdout.write(f"{count} orders of two lines, best of {ROUNDS}\n")
    for title, (org, filling, record, lines) in CASES.items():
        workbook = workbook_of(filling)
        field_map = FieldMap(workbook, schema_for(workbook, org))
        seconds = min(measured(field_map, raw_orders(field_map, record, lines, count)))
        rate = count / seconds * 60
        sys.stdout.write(
            f"{title:<12}{rate:>12,.0f} orders a minute {seconds / count * 1e6:>8,.0f} us each\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
