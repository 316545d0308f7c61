"""``mapping check`` against an org and a dump, and the marked copy."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer, type_command
from tests.flows.world import SAMPLES, FlowWorld

ACME = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"


@pytest.fixture
def wrong(traded: Traded, tmp_path: Path) -> Path:
    """Acme's workbook with a misspelled field and a rule on a value that nobody has."""
    book = openpyxl.load_workbook(ACME)
    (row,) = [cell.row for cell in book["Order fields"]["A"] if cell.value == "Ship-to city"]
    book["Order fields"][f"B{row}"] = "ShipingCity"
    path = tmp_path / "wrong.xlsx"
    book.save(path)
    return path


def check(traded: Traded, *words: str | Path) -> Answer:
    """Type ``mapping check``."""
    return traded.type("mapping", "check", *map(str, words))


def test_an_org_is_asked_in_few_calls(traded: Traded) -> None:
    """Describes, the order query with its lines, the inventory query, and the SKUs."""
    traded.world.forget_requests()
    answer = check(traded, ACME, "--cart", "acme")
    assert answer.code == 0, answer.text
    assert sum(traded.world.charged("acme").values()) <= 10


def test_faults_and_warnings_stand_apart_with_sheet_and_cell(traded: Traded, wrong: Path) -> None:
    """As a table and as one JSON document."""
    answer = check(traded, wrong, "--cart", "acme")
    assert answer.code == 1
    faults, _, warnings = answer.out.partition("Warnings, to know:")
    assert "Order fields" in faults
    assert "did you mean 'ShippingCity'" in faults
    assert "read through a relationship" in warnings
    rows = check(traded, wrong, "--cart", "acme", "--json").json()
    (fault,) = [row for row in rows if row["severity"] == "fault"]
    assert fault["sheet"] == "Order fields"
    assert fault["place"] == f"Order fields!{fault['cell']}"


def test_a_dump_answers_in_the_place_of_the_org(
    traded: Traded, wrong: Path, tmp_path: Path
) -> None:
    """Without any call."""
    dump = tmp_path / "dump"
    assert traded.type("describe-dump", "acme", str(dump)).code == 0
    answer = type_command("mapping", "check", wrong, "--describe", dump)
    assert answer.code == 1
    assert "did you mean 'ShippingCity'" in answer.out
    assert f"the dump in {dump}" in answer.out
    assert type_command("mapping", "check", ACME, "--describe", dump).code == 0
    both = type_command("mapping", "check", ACME, "--describe", dump, "--cart", "acme")
    assert (both.code, "two sources" in both.err) == (2, True)


def test_a_marked_copy_shows_the_fault_in_its_cell(
    traded: Traded, wrong: Path, tmp_path: Path
) -> None:
    """It is never written over a file unasked, and --json stays one document."""
    out = tmp_path / "marked.xlsx"
    answer = check(traded, wrong, "--cart", "acme", "--json", "--annotate", out)
    (fault,) = [row for row in answer.json() if row["severity"] == "fault"]
    note = openpyxl.load_workbook(out)["Order fields"][fault["cell"]].comment
    assert note is not None
    assert "ShipingCity" in note.text
    assert check(traded, wrong, "--annotate", out).code == 2
    assert check(traded, wrong, "--annotate", out, "--force").code == 0


def test_a_file_that_cannot_be_opened_is_not_marked(tmp_path: Path) -> None:
    """There is nothing to put the note on."""
    junk, out = tmp_path / "junk.xlsx", tmp_path / "out.xlsx"
    junk.write_bytes(b"PK\x03\x04")
    answer = type_command("mapping", "check", junk, "--annotate", out)
    assert (answer.code, out.exists()) == (1, False)
    assert "was not written" in answer.err


def test_an_order_query_that_the_org_refuses_is_a_fault(new_world: FlowWorld) -> None:
    """The describe shows the field as fit; only running the query tells."""
    rule = {
        "org": "acme",
        "path": "/composite",
        "contains": "DESC",
        "action": "error",
        "status": 400,
        "code": "MALFORMED_QUERY",
        "message": "too complicated",
    }
    new_world.control("POST", "/rules", rule)
    answer = type_command("mapping", "check", ACME, "--cart", "acme", config=new_world.config)
    assert answer.code == 1
    assert "the org refuses the order query" in answer.out
    assert "too complicated" in answer.out
    loaded = type_command("mapping", "load", ACME, "--cart", "acme", config=new_world.config)
    assert (loaded.code, "the order query" in loaded.err) == (2, True)


def test_an_eaten_sku_names_what_was_meant(new_world: FlowWorld) -> None:
    """By the SKUs that the org has; such a workbook is not loaded."""
    product = {"Name": "Old mug", "StockKeepingUnit": "0042"}
    new_world.control("POST", "/orgs/acme/records", {"object": "Product2", "records": [product]})
    book = openpyxl.load_workbook(ACME)
    for cell, value in {"A2": "42", "B2": "MUG-OLD", "A3": "MUG-1", "B3": "MUG-1"}.items():
        book["SKU aliases"][cell] = value
    path = new_world.folder / "eaten.xlsx"
    book.save(path)
    words = (path, "--cart", "acme")
    answer = type_command("mapping", "check", *words, "--json", config=new_world.config)
    (fault,) = [row for row in answer.json() if row["severity"] == "fault"]
    assert fault["place"] == "SKU aliases!A2"
    assert "did you mean '0042'" in fault["expected"]
    assert type_command("mapping", "load", *words, config=new_world.config).code == 2
