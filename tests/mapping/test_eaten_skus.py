"""SKUs that Excel has changed, told by those that the org has."""

from __future__ import annotations

import pytest

from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.mapping.eaten_skus import (
    MOST_VALUES,
    SkuQuestion,
    sku_findings,
    sku_question,
)
from fulfillment_bridge.mapping.findings import Finding
from fulfillment_bridge.mapping.workbook import read_workbook
from tests.mapping.orgs import changed_file, schema_for

ALIAS = {"SKU aliases!B2": "W-1", "SKU aliases!C2": 1}


def asked(value: object, name: str = "acme") -> SkuQuestion | None:
    """What a workbook with that SKU asks the org."""
    workbook = read_workbook(changed_file(name, {"SKU aliases!A2": value, **ALIAS}))
    return sku_question(workbook, schema_for(workbook, name))


def found(value: object, *known: str) -> Finding:
    """The one finding about that SKU in an org with these."""
    question = asked(value)
    assert question is not None
    first, *_ = [one for one in sku_findings(question, known) if one.cell == "A2"]
    return first


def test_products_are_asked_and_not_every_line() -> None:
    """Where the SKU is read through a lookup; else the stock's field."""
    question = asked("MUG-9")
    assert question is not None
    assert (question.object_name, question.field) == ("Product2", "StockKeepingUnit")
    stock = asked("MUG-9", "globex")
    assert stock is not None
    assert (stock.object_name, stock.field) == ("Product2", "ProductCode")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (42, "0042"),
        ("42", "000042"),
        (1.23456789012e11, "123456789012"),
        ("1.23E+11", "123456789012"),
        ("1,23E+11", "0123456789012"),
    ],
)
def test_eaten_zeros_and_digits_are_a_fault_that_names_what_was_meant(
    cell: object, meant: str
) -> None:
    """Whether the cell is a number or was pasted as text."""
    question = asked(cell)
    assert question is not None
    value = question.cells[0].text
    if value != meant:
        one = found(cell, meant, "99")
        assert one.severity == "fault"
        assert "Excel has eaten" in one.message
        assert one.expected == f"did you mean '{meant}'?"
    assert meant in question.values or any(
        meant.lstrip("0").startswith(start) for start in question.beginnings
    )


def test_an_sku_that_the_org_has_is_no_finding() -> None:
    """And one that it has not is only a warning, where nothing looks eaten."""
    question = asked("MUG-9")
    assert question is not None
    assert [one for one in sku_findings(question, {"MUG-9"}) if one.cell == "A2"] == []
    assert found("MUG-9").severity == "warning"
    assert found("42").severity == "warning"


def test_a_number_is_a_fault_even_where_the_org_has_it() -> None:
    """The next program that saves the file may eat it."""
    assert found(42, "42").severity == "fault"


def test_a_workbook_without_skus_asks_nothing() -> None:
    """No call for nothing; the same where nobody knows where SKUs are."""
    none = {f"SKU aliases!A{row}": None for row in range(2, 20)}
    book = read_workbook(changed_file("globex", none))
    assert sku_question(book, schema_for(book, "globex")) is None
    book = read_workbook(changed_file("globex", {"SKU aliases!A2": "1"}))
    assert sku_question(book, OrgSchema()) is None


def test_of_very_many_skus_a_part_is_compared_and_the_check_says_from_where_on() -> None:
    """The cell at which it stopped, and how many were left."""
    many = {f"SKU aliases!{column}{row}": value for row in range(2, 1502)
            for column, value in (("A", 1000 + row), ("B", "W-1"), ("C", 1))}  # fmt: skip
    workbook = read_workbook(changed_file("acme", many))
    question = sku_question(workbook, schema_for(workbook, "acme"))
    assert question is not None
    assert len(question.values) <= MOST_VALUES
    assert len(question.cells) + len(question.left_out) == 1500
    told = next(iter(sku_findings(question, ())))
    assert (told.severity, told.cell) == ("warning", question.left_out[0].ref)
    assert f"{len(question.left_out)} are too many" in told.message
