"""Whatever people type into whatever cells: the workbook is usable, or its cells are named."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import WorkbookFault, faults_of
from fulfillment_bridge.mapping.layout import SHEETS
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    STAMP,
    changed_file,
    raw,
    schema_for,
)

WORDS = (
    "PoNumber", "Account.Name", "ShippingCity + ShippingState", "constant: x", "Nothing__c",
    "Product2.StockKeepingUnit", "Item_#__c", "OrderItem[Quantity > 1].Description",
    "OrderItem[].Product2.Name", "OrderItem.OrderId[Quantity = ].Id", "Order[].Id", "a[b].c",
    "map(ship methods)", "map(x)", "cut(3)", "first; join", "date(DD MON YY)", "round(9)",
    "ready", "cancel", "hold", "take lines", "hold lines", "inventory", "=", "IN", "LIKE", ">",
    "TODAY - 3", "TODAY", "true", "5", "(blank)", "(anything else)", "(hold the order)",
    "(unchanged)", "0 to 5", "over 3", "yes", "only if empty", "only if newer", "Extra: gift",
    "Line: shipped quantity", "Package: tracking number", "Ship-to city", "3", "Mars", "UTC",
    "TotalAmount > 5 and PoNumber != x", "EffectiveDate >= TODAY", "Ship_Date__c",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    st.integers(-5, 10**16),
    st.booleans(),
    st.none(),
)
CELLS = st.builds(
    lambda sheet, column, row: f"{sheet.name}!{'ABCDEFGH'[column % len(sheet.columns)]}{row}",
    st.sampled_from(SHEETS),
    st.integers(0, 7),
    st.integers(2, 16),
)
PLACE = re.compile(r"[A-Za-z ]+!([A-Z]{1,2}\d+(:[A-Z]{1,2}\d+)?|\d+:\d+)")
RECORD_VALUES = st.one_of(
    st.text(max_size=20), st.integers(-5, 10**9), st.booleans(), st.none(), st.just({"a": 1})
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    st.dictionaries(CELLS, VALUES, min_size=1, max_size=9),
    st.dictionaries(st.sampled_from(sorted(ACME_ORDER)), RECORD_VALUES, max_size=6),
)
def test_any_workbook_maps_or_is_refused_with_its_cells(
    changes: dict[str, Any], values: dict[str, Any]
) -> None:
    """And one that is taken maps any record, or says why not; it never raises."""
    try:
        workbook = read_workbook(changed_file("acme", changes))
    except WorkbookFault as refused:
        told = refused.problems
        assert told
        return
    schema = schema_for(workbook, "acme")
    faults = faults_of(check(workbook, schema))
    for fault in faults:
        sheets = {layout.name for layout in SHEETS}
        assert fault.sheet in sheets, fault
        assert PLACE.fullmatch(fault.place) or not fault.cell, fault
    if faults:
        return
    field_map = FieldMap(workbook, schema, now=STAMP)
    field_map.order_query()
    result = field_map.apply(
        raw({**ACME_ORDER, **values, "Id": "801"}, *ACME_LINES), default_currency="USD"
    )
    assert (result.order is None) == bool(result.faults)
