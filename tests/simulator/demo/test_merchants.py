"""The merchants: what they leave in their orgs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment_bridge.simulator.checker.org_reader import OrgReader
from fulfillment_bridge.simulator.checker.shapes import SHAPES
from fulfillment_bridge.simulator.merchants import MERCHANTS, MerchantSummary, create_orders, trade
from fulfillment_bridge.simulator.merchants.__main__ import main
from fulfillment_bridge.simulator.merchants.catalog import CATALOG
from fulfillment_bridge.simulator.merchants.purchases import NOT_READY, draw_purchases
from fulfillment_bridge.simulator.server import OrgHandle, SimulatorServer

NAMES = sorted(MERCHANTS)


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    """A simulator without orgs."""
    with SimulatorServer(tls=False) as server:
        yield server


@pytest.fixture(params=NAMES)
def org(simulator: SimulatorServer, request: pytest.FixtureRequest) -> OrgHandle:
    """Each of the three orgs, empty."""
    return simulator.add_org(str(request.param))


def ready_numbers(org: OrgHandle) -> set[str]:
    """The numbers of the orders that the org itself calls ready."""
    shape = SHAPES[org.name]
    field, value = shape.ready
    with OrgReader(org.endpoint()) as reader:
        rows = reader.query(f"SELECT {shape.number}, {field} FROM {shape.order_object}")  # noqa: S608
    return {row[shape.number] for row in rows if row[field] == value}


def test_a_merchant_creates_as_many_ready_orders_as_asked(org: OrgHandle) -> None:
    """Three of them are planted, one of each kind; four more are not ready."""
    summary = trade(org.endpoint(), 12)
    assert {order.order_number for order in summary.orders} == ready_numbers(org)
    assert (len(summary.orders), len(summary.not_ready)) == (12, NOT_READY)
    kinds = [order.kind for order in summary.planted]
    assert sorted(kinds) == sorted(MERCHANTS[org.name].faults)


def test_orders_have_the_lines_that_were_bought(org: OrgHandle) -> None:
    """One to four lines each; planted ones without SKU have one good line and one bad."""
    summary = trade(org.endpoint(), 12)
    shape = SHAPES[org.name]
    with OrgReader(org.endpoint()) as reader:
        columns = f"{shape.line_parent}, {shape.line_sku}"
        lines = reader.query(f"SELECT {columns} FROM {shape.line_object}")  # noqa: S608
    counts: dict[str, list[str]] = {}
    for line in lines:
        counts.setdefault(line[shape.line_parent], []).append(line.get(shape.line_sku) or "")
    assert all(1 <= len(counts[order.record_id]) <= 4 for order in summary.orders)
    without = {record_id for record_id, skus in counts.items() if "" in skus}
    assert without == {order.record_id for order in summary.planted if order.kind == "no_sku"}


def test_a_merchant_may_come_back_with_more_orders(org: OrgHandle) -> None:
    """Products and inventory records stay as they are; numbers go on."""
    first = trade(org.endpoint(), 5)
    second = trade(org.endpoint(), 5, seed=2, planted=0)
    assert second.planted == ()
    assert second.inventory_record_ids == first.inventory_record_ids
    numbers = {order.order_number for order in (*first.orders, *second.orders)}
    assert (len(numbers), ready_numbers(org)) == (10, numbers)


def test_fewer_orders_than_faults_are_all_planted(org: OrgHandle) -> None:
    """Two orders cannot hold three faults."""
    assert len(create_orders(org.endpoint(), 2)) == 2


def test_two_merchants_share_order_numbers_and_a_sku(simulator: SimulatorServer) -> None:
    """Acme and Globex count alike, and both sell a MUG-1."""
    acme, globex = (trade(simulator.add_org(name).endpoint(), 10) for name in ("acme", "globex"))

    def numbers(summary: MerchantSummary) -> set[str]:
        return {order.order_number for order in summary.orders}

    assert len(numbers(acme) & numbers(globex)) == 10
    mugs = [good for name in ("acme", "globex") for good in CATALOG[name] if good.sku == "MUG-1"]
    assert len({good.name for good in mugs}) == 2


def test_the_same_seed_gives_the_same_purchases() -> None:
    """And another seed gives others."""
    first, again, other = (
        draw_purchases("acme", CATALOG["acme"], 20, seed=seed, faults=("no_sku",))
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert [purchase.fault for purchase in first if purchase.fault] == ["no_sku"]


def test_the_integration_user_cannot_create_inventory_records(org: OrgHandle) -> None:
    """Nobody but the merchant makes records; the bridge only keeps them up to date."""
    user = org.org.users[org.username.lower()]
    assert not user.is_admin
    assert not user.may("create", SHAPES[org.name].stock_object)
    assert user.may("edit", SHAPES[org.name].stock_object)


def test_the_command_writes_what_was_planted(simulator: SimulatorServer, tmp_path: Path) -> None:
    """All merchants of the ready file trade; orgs of others are left alone."""
    simulator.add_org("globex")
    simulator.add_org({"name": "hooli", "label": "Hooli"})
    (tmp_path / "ready.json").write_text(json.dumps(simulator.ready()), encoding="utf-8")
    out = tmp_path / "planted.json"
    arguments = ["--orgs", str(tmp_path / "ready.json"), "--orders", "4", "--out", str(out)]
    assert main(arguments) == 0
    (globex,) = json.loads(out.read_text(encoding="utf-8"))["merchants"]
    assert (globex["merchant"], len(globex["orders"]), len(globex["planted"])) == ("globex", 4, 3)


def test_an_org_that_refuses_is_an_error_with_its_text(
    simulator: SimulatorServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and no traceback."""
    endpoint = simulator.add_org("acme").endpoint() | {"admin_password": "wrong"}
    (tmp_path / "ready.json").write_text(json.dumps({"orgs": [endpoint]}), encoding="utf-8")
    assert main(["--orgs", str(tmp_path / "ready.json")]) == 2
    assert "no login for admin@acme.example" in capsys.readouterr().err
