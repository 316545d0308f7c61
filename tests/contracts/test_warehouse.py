"""What every warehouse adapter must do. A new one adds its bench to BENCHES."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pytest

from fulfillment_bridge.errors import OutcomeUnknown, Rejected
from fulfillment_bridge.registry import WAREHOUSES
from fulfillment_bridge.simulator.warehouse.order_files import read_orders
from fulfillment_bridge.warehouses.base import Warehouse
from tests.warehouses.samples import (
    NOON,
    STOCK_HEADING,
    UPS_ONE,
    UPS_TWO,
    a_part,
    csv_drop,
    put,
)


class Bench(Protocol):
    """A warehouse and its other side, seen as the people there see it."""

    warehouse: Warehouse

    def received(self, merchant_code: str) -> list[str]:
        """The references the warehouse was given, in order, doubles included."""
        ...

    def take_orders(self) -> None:
        """The warehouse takes what waits for it."""
        ...

    def ship(self, merchant_code: str, reference: str, tracking: str, *, moment: int = 1) -> None:
        """The warehouse reports shipment S1 of one mug; a later moment corrects an earlier."""
        ...

    def count(self, merchant_code: str, on_hand: int) -> None:
        """The warehouse reports so many mugs."""
        ...


class CsvDropBench:
    """Folders in a temporary directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse: Warehouse = csv_drop(folder)

    def received(self, merchant_code: str) -> list[str]:
        files = (self.folder / merchant_code).rglob("ord_*.csv")
        return [order.reference for file in sorted(files) for order in
                read_orders(file.read_bytes())]  # fmt: skip

    def take_orders(self) -> None:
        for path in self.folder.glob("*/orders/ord_*.csv"):
            path.rename(path.parents[1] / "archive" / path.name)

    def ship(self, merchant_code: str, reference: str, tracking: str, *, moment: int = 1) -> None:
        name = f"shp_S1_202611231730{moment:02}.csv"
        row = f"{reference},1,MUG-1,1,2026-11-23,UPS,Ground,{tracking},1,,Y"
        put(self.folder / merchant_code / "shipments" / name, row)

    def count(self, merchant_code: str, on_hand: int) -> None:
        row = f"RNO,MUG-1,{on_hand},0,{on_hand},,,2026-11-23T06:00:00Z"
        path = self.folder / merchant_code / "stock" / "inv_1_20261123060000.csv"
        put(path, row, heading=STOCK_HEADING)


BENCHES: dict[str, Callable[[Path], Bench]] = {"csv_drop": CsvDropBench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """Each registered kind of warehouse in turn."""
    return BENCHES[request.param](tmp_path)


def unproved_kinds(registered: set[str], benches: set[str]) -> set[str]:
    """Kinds of warehouse that no bench puts through this contract."""
    return registered - benches


def test_every_registered_warehouse_is_on_the_bench() -> None:
    """A new adapter cannot forget this suite."""
    assert unproved_kinds(set(WAREHOUSES), set(BENCHES)) == set()


def test_a_warehouse_without_a_bench_would_be_noticed() -> None:
    """The twin: a planted kind is found missing."""
    assert unproved_kinds({*WAREHOUSES, "planted"}, set(BENCHES)) == {"planted"}


def test_it_says_what_it_can_do(bench: Bench) -> None:
    """Jobs rely on the reference's length."""
    assert bench.warehouse.capabilities.reference_length >= 10


def test_preparing_is_pure(bench: Bench) -> None:
    """The same order and time give the same name and bytes, and nothing is sent."""
    one = bench.warehouse.prepare(a_part("R-1"), created_at=NOON)
    assert one == bench.warehouse.prepare(a_part("R-1"), created_at=NOON)
    assert one.merchant_code == "ACME"
    assert bench.received("ACME") == []


def test_what_cannot_be_expressed_is_rejected_before_anything_is_sent(bench: Bench) -> None:
    """A reference one longer than the warehouse takes."""
    too_long = "R" * (bench.warehouse.capabilities.reference_length + 1)
    with pytest.raises(Rejected):
        bench.warehouse.prepare(a_part(too_long), created_at=NOON)


@pytest.mark.parametrize("taken", [False, True])
def test_a_second_attempt_has_no_second_effect(bench: Bench, taken: bool) -> None:
    """The answer was lost; the warehouse may have taken the order meanwhile."""
    submission = bench.warehouse.prepare(a_part("R-1"), created_at=NOON)
    bench.warehouse.submit(submission, first_attempt=True)
    if taken:
        bench.take_orders()
    try:
        receipt = bench.warehouse.submit(submission, first_attempt=False)
    except OutcomeUnknown:
        assert not bench.warehouse.capabilities.can_look_up
    else:
        assert receipt.already_there
    assert bench.received("ACME") == ["R-1"]


def test_a_second_attempt_sends_what_never_arrived(bench: Bench) -> None:
    """The process died before anything was sent."""
    submission = bench.warehouse.prepare(a_part("R-1"), created_at=NOON)
    try:
        bench.warehouse.submit(submission, first_attempt=False)
    except OutcomeUnknown:
        assert not bench.warehouse.capabilities.can_look_up
    else:
        assert bench.received("ACME") == ["R-1"]


def test_merchants_are_kept_apart(bench: Bench) -> None:
    """Two merchants, one number, one SKU: each has its own orders, shipments and stock."""
    for code in ("ACME", "GLOBEX"):
        submission = bench.warehouse.prepare(a_part("R-1", code), created_at=NOON)
        bench.warehouse.submit(submission, first_attempt=True)
    bench.ship("ACME", "R-1", UPS_ONE)
    bench.ship("GLOBEX", "R-1", UPS_TWO)
    bench.count("ACME", 5)
    bench.count("GLOBEX", 9)
    shipped = {b.merchant_code: b.shipments[0] for b in bench.warehouse.fetch_shipments()}
    counted = {b.merchant_code: b.snapshot for b in bench.warehouse.fetch_stock()}
    assert shipped["ACME"].tracking_numbers() == (UPS_ONE,)
    assert shipped["GLOBEX"].tracking_numbers() == (UPS_TWO,)
    assert {code: snapshot.levels["MUG-1"].on_hand for code, snapshot in counted.items()
            if snapshot} == {"ACME": Decimal(5), "GLOBEX": Decimal(9)}  # fmt: skip


def test_documents_come_until_they_are_acknowledged(bench: Bench) -> None:
    """A crash between storing and acknowledging loses nothing: the key tells it is the same."""
    bench.ship("ACME", "R-1", UPS_ONE)
    [first] = bench.warehouse.fetch_shipments()
    [again] = bench.warehouse.fetch_shipments()
    assert first.key == again.key
    bench.warehouse.acknowledge(first)
    bench.warehouse.acknowledge(again)
    assert list(bench.warehouse.fetch_shipments()) == []


def test_a_correction_is_a_later_message_about_the_same_shipment(bench: Bench) -> None:
    """Same shipment id, greater sequence, another key; oldest first."""
    bench.ship("ACME", "R-1", UPS_ONE, moment=1)
    bench.ship("ACME", "R-1", UPS_TWO, moment=2)
    first, second = bench.warehouse.fetch_shipments()
    assert first.shipments[0].warehouse_shipment_id == second.shipments[0].warehouse_shipment_id
    assert first.shipments[0].sequence < second.shipments[0].sequence
    assert first.key != second.key


def test_stock_comes_until_it_is_acknowledged(bench: Bench) -> None:
    """The same for stock; its time is aware and the warehouse's own."""
    bench.count("ACME", 5)
    [batch] = bench.warehouse.fetch_stock()
    assert batch.snapshot is not None
    assert batch.snapshot.as_of.utcoffset() is not None
    bench.warehouse.acknowledge(batch)
    assert list(bench.warehouse.fetch_stock()) == []


def test_the_check_answers_in_lines_and_changes_nothing(bench: Bench) -> None:
    """Each line says what was looked at, and has a remedy if it is not well."""
    for line in bench.warehouse.check():
        assert line.what
        assert line.ok or line.remedy
    assert bench.received("ACME") == []
