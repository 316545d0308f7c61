"""Whatever people type into whatever cells: the workbook is usable, or its cells are named."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fulfillment_bridge.domain.fulfillment import ShipmentNews
from fulfillment_bridge.domain.warehouse_needs import WarehouseNeeds
from fulfillment_bridge.mapping.cells import Cell
from fulfillment_bridge.mapping.contents import Workbook
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.findings import WorkbookFault, faults_of
from fulfillment_bridge.mapping.layout import READ_ME, SHEETS
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.sheets import Findings, Row, Tables, read_tables
from fulfillment_bridge.mapping.side_by_side import side_by_side
from fulfillment_bridge.mapping.workbook import read_workbook, understood
from tests.mapping.orgs import (
    ACME_LINES,
    ACME_ORDER,
    STAMP,
    changed_file,
    file_of,
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
    "date_text(MM/DD/YYYY)", "date_in(Mars/Base)", "times(0)", "divide(0)", "convert(lb, kg)",
    "part(-, 2); upper", "phone(+1)", "number(comma)", "state_code; country_iso", "last_name",
    "TotalAmount > 5 and PoNumber != x", "EffectiveDate >= TODAY", "Ship_Date__c",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    st.integers(-5, 10**16),
    st.booleans(),
    st.none(),
)
Place = tuple[str, int, int]
"""A sheet, a row of it counted from 0, a column."""
PLACES = st.tuples(
    st.sampled_from([sheet.name for sheet in SHEETS]), st.integers(0, 24), st.integers(0, 7)
)
CELLS = st.builds(
    lambda sheet, column, row: f"{sheet.name}!{'ABCDEFGH'[column % len(sheet.columns)]}{row}",
    st.sampled_from(SHEETS),
    st.integers(0, 7),
    st.integers(2, 16),
)
PLACE = re.compile(r"[A-Za-z ]+!([A-Z]{1,2}\d+(:[A-Z]{1,2}\d+)?|\d+:\d+)")
NEWS = ShipmentNews(
    "Shipped", "x" * 300, tracking_numbers=("1Z1", "1Z2"), carrier="UPS", shipped_at=STAMP,
    ship_on=STAMP.date(), sent_to_warehouse_at=STAMP,
)  # fmt: skip
FIELDS = sorted(key for key, value in ACME_ORDER.items() if not isinstance(value, dict))
RECORD_VALUES = st.one_of(
    st.text(max_size=20), st.integers(-5, 10**9), st.booleans(), st.none(), st.just({"a": 1})
)


@lru_cache
def acme_tables() -> Tables:
    """Acme's workbook, read up to its tables once: a file for each example would be slow."""
    return read_tables(file_of("acme"), Findings(), loose_sheet=READ_ME)


def typed(tables: Tables, changes: dict[Place, Any]) -> Tables:
    """The tables after somebody typed these values; a row beyond the last one is a new row."""
    rows = {name: list(every) for name, every in tables.rows.items()}
    for (name, number, column), value in changes.items():
        layout = next(each for each in SHEETS if each.name == name)
        place = column % len(layout.columns)
        key, letter = layout.columns[place].key, "ABCDEFGH"[place]
        sheet = rows[name]
        at = min(number, len(sheet))
        if at == len(sheet):
            sheet.append(Row(name, at + 2, {}))
        scalar = Decimal(value) if type(value) is int else value
        cell = Cell(name, f"{letter}{sheet[at].number}", scalar)
        sheet[at] = replace(sheet[at], cells={**sheet[at].cells, key: cell})
    return replace(tables, rows={name: tuple(every) for name, every in rows.items()})


def used(workbook: Workbook, values: dict[str, Any]) -> None:
    """Check the workbook, and where it has no fault map an order and write news with it."""
    schema = schema_for(workbook, "acme")
    needs = WarehouseNeeds("reno", ("phone", "unit_price"), ("Ground", "2nd Day"))
    faults = faults_of(check(workbook, schema, needs))
    for fault in faults:
        sheets = {layout.name for layout in SHEETS}
        assert fault.sheet in sheets, fault
        assert PLACE.fullmatch(fault.place) or not fault.cell, fault
    if faults_of(check(workbook, schema)):
        return
    field_map = FieldMap(workbook, schema, now=STAMP, needs=needs)
    field_map.order_query()
    order = raw({**ACME_ORDER, **values, "Id": "801"}, *ACME_LINES)
    result = field_map.apply(order, default_currency="USD")
    # What a rule holds may be let go by a person, so there is an order.
    assert (result.order is None) == any(not reason.rule for reason in result.faults)
    field_map.explain(order.record, order.lines)
    field_map.explain_rows(order)
    side_by_side(workbook, order, result, field_map.lines_seen(order))
    if not field_map.writes_lines and not workbook.setting("package_object"):
        field_map.write_back("801", NEWS)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.dictionaries(PLACES, VALUES, min_size=1, max_size=9),
    st.dictionaries(st.sampled_from(FIELDS), RECORD_VALUES, max_size=6),
)
def test_any_workbook_maps_or_is_refused_with_its_cells(
    changes: dict[Place, Any], values: dict[str, Any]
) -> None:
    """And one that is taken maps any record, or says why not; it never raises."""
    used(understood(typed(acme_tables(), changes), Findings()), values)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.dictionaries(CELLS, VALUES, min_size=1, max_size=9))
def test_so_does_any_that_was_typed_in_excel(changes: dict[str, Any]) -> None:
    """The same through real files, a few times."""
    try:
        workbook = read_workbook(changed_file("acme", changes))
    except WorkbookFault:
        return
    used(workbook, {})
