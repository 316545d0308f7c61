"""``mapping template`` for an org, online and from a dump."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from fulfillment_bridge.mapping.workbook import read_workbook
from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer, type_command


def test_a_template_for_an_org_passes_its_own_check(traded: Traded, tmp_path: Path) -> None:
    """Guesses, real examples, and not one fault against the org; few calls."""
    for name, order in (("acme", "Order"), ("globex", "Sales_Order__c")):
        path = tmp_path / f"{name}.xlsx"
        traded.world.forget_requests()
        answer = traded.type("mapping", "template", str(path), "--cart", name)
        assert (answer.code, answer.err) == (0, "")
        assert f"Orders seem to be {order}, lines" in answer.out
        assert sum(traded.world.charged(name).values()) <= 12
        check = traded.type("mapping", "check", str(path), "--cart", name)
        assert check.code == 0, check.out
        sheet = openpyxl.load_workbook(path)["Order fields"]
        column = next(cell.column_letter for cell in sheet[1] if cell.value == "Example")
        assert any(cell.value for cell in sheet[column][1:])


def test_a_template_from_a_dump_needs_no_org(traded: Traded, tmp_path: Path) -> None:
    """The same lists and guesses, without examples; the objects can be named."""
    dump, path = tmp_path / "dump", tmp_path / "new.xlsx"
    assert traded.type("describe-dump", "globex", str(dump)).code == 0
    answer = type_command("mapping", "template", path, "--describe", dump)
    assert (answer.code, answer.err) == (0, "")
    assert read_workbook(path).setting("order_object") == "Sales_Order__c"
    named = type_command(
        "mapping", "template", path, "--describe", dump, "--force", "--order-object", "Opportunity"
    )
    assert named.code == 0
    workbook = read_workbook(path)
    assert workbook.setting("order_object") == "Opportunity"
    assert workbook.setting("line_object") == "OpportunityLineItem"


def test_mistakes_are_told_with_what_to_do(traded: Traded, tmp_path: Path) -> None:
    """A misspelled object, an empty folder, junk in it, two sources at once."""
    dump, path = tmp_path / "dump", tmp_path / "new.xlsx"
    traded.type("describe-dump", "globex", str(dump))

    def template(*words: str | Path) -> Answer:
        answer = type_command("mapping", "template", path, *words)
        assert answer.code == 2
        assert not path.exists()
        return answer

    misspelled = template("--describe", dump, "--order-object", "Sale_Order__c")
    assert "did you mean 'Sales_Order__c'" in misspelled.err
    assert "describe-dump CART DIRECTORY" in template("--describe", tmp_path / "nothing").err
    assert "two sources" in template("--describe", dump, "--cart", "acme").err
    assert "--cart or --describe" in template("--line-object", "OrderItem").err
    (dump / "Zebra.json").write_text("{", encoding="utf-8")
    assert "Zebra.json cannot be read as JSON" in template("--describe", dump).err
    (dump / "Zebra.json").write_text('{"fields": [{}]}', encoding="utf-8")
    assert "Zebra.json is no description" in template("--describe", dump).err
