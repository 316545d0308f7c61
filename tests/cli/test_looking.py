"""Commands that only look: ``orders list|show``, ``status``, the lists; as text, JSON and CSV."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Traded

LISTINGS = (
    ["orders", "list"],
    ["carts", "list"],
    ["connections", "list"],
    ["warehouses", "list"],
    ["warehouses", "check", "reno"],
    ["mapping", "list", "--cart", "acme"],
    ["status"],
)


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_a_listing_is_one_json_document_or_csv(traded: Traded, words: list[str]) -> None:
    """Nothing else stands on stdout, and nothing at all on stderr."""
    as_json, as_csv = traded.type(*words, "--json"), traded.type(*words, "--csv")
    assert as_json.json()
    header, *rows = csv.reader(as_csv.out.splitlines())
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    assert (as_json.err, as_csv.err) == ("", "")
    assert as_json.code == as_csv.code == (1 if words == ["status"] else 0)


def test_logs_stay_off_stdout_however_many_there_are(traded: Traded) -> None:
    """With --verbose too."""
    answer = traded.type("--verbose", "run", "order_download", "--cart", "acme", "--json")
    (run,) = answer.json()
    assert (run["job"], run["target"], run["outcome"]) == ("order_download", "acme", "ok")
    assert '"event": "run ended"' in answer.err


def test_orders_are_listed_by_cart_state_and_number(traded: Traded) -> None:
    """The newest first; a list that was cut off says so."""
    everything = traded.type("orders", "list", "--json").json()
    assert len(everything) == 12
    held = traded.type("orders", "list", "--cart", "acme", "--state", "held", "--json").json()
    planted = {order.order_number for order in traded.made["acme"].planted}
    assert {order["order_number"] for order in held} == planted
    assert all(order["reasons"] for order in held)
    attention = traded.type("orders", "list", "--attention", "--json").json()
    assert len(attention) == 6
    number = held[0]["order_number"]
    assert len(traded.type("orders", "list", "--number", number, "--json").json()) == 2
    cut = traded.type("orders", "list", "--limit", "1")
    assert len(cut.out.splitlines()) == 2
    assert "--limit" in cut.err
    assert traded.type("orders", "list", "--number", "nothing").out == "No such orders.\n"


def test_a_number_of_several_merchants_lists_them(traded: Traded) -> None:
    """Nobody has to guess whose order is meant."""
    number = traded.made["acme"].orders[0].order_number
    several = traded.type("orders", "show", number)
    assert several.code == 1
    assert f"2 orders are called {number}; say which with --cart:" in several.out
    assert [line.split()[1] for line in several.out.splitlines()[2:]] == ["acme", "globex"]
    assert len(traded.type("orders", "show", number, "--json").json()) == 2


def test_an_order_tells_its_whole_story(traded: Traded) -> None:
    """With the ids of all three sides, what was shipped, and when."""
    number = _shipped_number(traded)
    answer = traded.type("orders", "show", number, "--cart", "globex")
    report = traded.type("orders", "show", number, "--cart", "globex", "--json").json()
    assert answer.code == 0
    ids = report["ids"]
    assert f"Salesforce   {ids['cart_order_id']} in org {ids['organization_id']}" in answer.out
    assert f"order {ids['order_id']}, workbook version" in answer.out
    reference = ids["references"][0]
    assert f"reno: {reference}" in answer.out
    tracking = report["fulfillment_orders"][0]["shipments"][0]["tracking_numbers"]
    assert tracking
    assert ", ".join(tracking) in answer.out
    events = [line.split("  ")[2] for line in answer.out.partition("What happened")[2].splitlines()
              if line.startswith("  ")]  # fmt: skip
    assert events[:4] == ["received", "released", "sent", "shipped"]
    by_reference = traded.type("orders", "show", reference, "--json").json()
    assert by_reference["ids"] == ids


def _shipped_number(traded: Traded) -> str:
    orders = traded.type("orders", "list", "--cart", "globex", "--json").json()
    return next(str(one["order_number"]) for one in orders if one["state"] == "confirmed")


def test_an_order_that_is_held_shows_each_reason(traded: Traded) -> None:
    """Where, what, and what to do."""
    number = traded.made["acme"].planted[0].order_number
    answer = traded.type("orders", "show", number, "--cart", "acme")
    assert "  held         Order fields!B19: Ship-to country is empty. Fill in" in answer.out
    assert "['" not in answer.out


def test_a_number_that_is_nearly_right_is_suggested(traded: Traded) -> None:
    """People leave out the zeros."""
    number = traded.made["acme"].orders[0].order_number
    answer = traded.type("orders", "show", number.lstrip("0"))
    assert answer.code == 2
    assert f"Did you mean {number}?" in answer.err


def test_the_status_says_what_needs_attention_and_ends_with_1(traded: Traded) -> None:
    """Held orders, SKUs without a record; a pause is a note, because a person wanted it."""
    traded.type("carts", "pause", "globex", "--reason", "stock take")
    answer = traded.type("status")
    traded.type("carts", "resume", "globex")
    assert answer.code == 1
    assert "! cart acme: 3 orders are held: fulfillment-bridge orders list" in answer.out
    assert "stock but no inventory record" in answer.out
    assert "(stock take): fulfillment-bridge carts resume globex" in answer.out
    assert answer.out.count("SOAP login is retired") == 1
    assert "External Client App Manager" in answer.out
    calls = "API calls of acme_org in 24 h: "
    [line] = [line for line in answer.out.splitlines() if line.startswith(calls)]
    told = dict(each.split(" ") for each in line.removeprefix(calls).split(", "))
    assert told.keys() >= {"order_download", "shipment_upload", "login"}
    assert list(told.values()) == sorted(told.values(), key=int, reverse=True)
    assert "note: cart globex" not in traded.type("status").out


def test_text_that_nobody_watches_is_not_folded_and_has_no_blanks_at_its_end(
    traded: Traded,
) -> None:
    """So that it can be searched line by line."""
    answer = traded.type("orders", "list")
    lines = answer.out.splitlines()
    assert len(lines) == 13
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    "words", [["orders", "list"], ["orders", "list", "--json"], ["status"]], ids=" ".join
)
def test_a_reader_who_goes_away_is_no_traceback(traded: Traded, words: list[str]) -> None:
    """As with `| head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "fulfillment_bridge", *words],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**traded.world.environment(),
                 "FULFILLMENT_BRIDGE_CONFIG": str(traded.world.config)},
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
