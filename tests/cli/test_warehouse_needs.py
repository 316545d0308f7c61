"""What config.yaml says that a warehouse demands: in templates, checks, loads and previews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.cli.conftest import Traded
from tests.cli.keyboard import Answer, type_command
from tests.flows.world import SAMPLES

ACME = SAMPLES / "acme" / "SalesForce_Data_Mapping.xlsx"


def config_with(traded: Traded, folder: Path, **needs: Any) -> Path:
    """The world's configuration with a stricter warehouse."""
    document = yaml.safe_load(traded.world.config.read_text(encoding="utf-8"))
    document["warehouses"]["reno"] |= needs
    path = folder / "strict.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.fixture
def strict(traded: Traded, tmp_path: Path) -> Path:
    """A warehouse that takes no order without a gift message, and lists its ship methods."""
    return config_with(
        traded, tmp_path, demands=["gift_message"], ship_methods=["GRD", "2ND-DAY", "NEXT-DAY"]
    )


def test_a_workbook_made_for_the_cart_ticks_it(
    traded: Traded, strict: Path, tmp_path: Path
) -> None:
    """And offers the codes; until somebody maps the field, the check says so."""
    path = tmp_path / "acme.xlsx"
    made = type_command("mapping", "template", path, "--cart", "acme", config=strict)
    assert made.code == 0, made.text
    sheet = openpyxl.load_workbook(path)["Order fields"]
    (row,) = [cell.row for cell in sheet["A"] if cell.value == "Gift message"]
    assert sheet[f"C{row}"].value == "yes"
    check = type_command("mapping", "check", path, "--cart", "acme", "--json", config=strict)
    faults = [one for one in check.json() if one["severity"] == "fault"]
    assert f"Order fields!B{row}" in {one["place"] for one in faults}


def test_a_dump_and_a_warehouse_do_as_well_as_a_cart(
    traded: Traded, strict: Path, tmp_path: Path
) -> None:
    """Offline, with the configuration alone: nobody is asked and no database is made."""
    dump, path = tmp_path / "dump", tmp_path / "acme.xlsx"
    assert traded.type("describe-dump", "acme", str(dump)).code == 0
    document = yaml.safe_load(strict.read_text(encoding="utf-8"))
    document["database"] = "sqlite:///made_by_nobody.db"
    strict.write_text(yaml.safe_dump(document), encoding="utf-8")
    offline = ("--describe", str(dump), "--warehouse", "reno")
    made = type_command("mapping", "template", path, *offline, config=strict)
    assert made.code == 0, made.text
    book = openpyxl.load_workbook(path)
    rows = book["Order fields"].iter_rows(min_row=2, max_col=3, values_only=True)
    assert {row[0]: row[2] for row in rows}["Gift message"] == "yes"
    check = type_command("mapping", "check", ACME, *offline, config=strict)
    assert "'Gift message' cannot be unticked: the warehouse reno demands it" in (
        " ".join(check.out.split())
    )
    assert not list(tmp_path.rglob("made_by_nobody*"))


def test_a_warehouse_is_named_where_no_cart_is(strict: Path, tmp_path: Path) -> None:
    """A cart has its own, and a blank workbook is made for nobody."""
    both = ("--cart", "acme", "--warehouse", "reno")
    check = type_command("mapping", "check", ACME, *both, config=strict)
    assert (check.code, "--warehouse goes without --cart" in check.err) == (2, True)
    blank = type_command("mapping", "template", tmp_path / "x.xlsx", "--warehouse", "reno")
    assert (blank.code, "--warehouse goes with --describe" in blank.err) == (2, True)
    near = type_command("mapping", "check", ACME, "--warehouse", "rena", config=strict)
    assert (near.code, "reno" in near.err) == (2, True)


def test_a_workbook_that_does_not_give_it_is_neither_loaded_nor_gone_back_to(
    traded: Traded, strict: Path
) -> None:
    """The one in force stays; a preview shows who asks."""

    def type_strict(*words: str | Path) -> Answer:
        return type_command("mapping", *words, "--cart", "acme", config=strict)

    load = type_strict("load", ACME)
    assert load.code == 2
    assert "'Gift message' cannot be unticked: the warehouse reno demands it" in load.err
    assert type_strict("preview", ACME).code == 2
    check = type_strict("check", ACME)
    assert "the warehouse reno has no ship method 'Next Day'" in " ".join(check.out.split())


def test_orders_why_says_what_the_warehouse_misses(traded: Traded, strict: Path) -> None:
    """Of an order that was let go before the warehouse became stricter, too."""
    number = traded.made["acme"].orders[0].order_number
    answer = type_command("orders", "why", number, "--cart", "acme", config=strict)
    assert answer.code == 1
    assert "Gift message is empty, and the warehouse reno demands it." in answer.out


def test_a_demand_that_is_none_of_our_fields_is_refused(traded: Traded, tmp_path: Path) -> None:
    """With its place in the file and the field that looks like it."""
    config = config_with(traded, tmp_path, demands=["ship_metod", "phone"])
    answer = type_command("status", config=config)
    assert answer.code == 2
    assert "warehouses.reno.demands: 'ship_metod' is none of our fields" in answer.err
    assert "did you mean 'Ship method'?" in answer.err
    assert "'phone'" not in answer.err
