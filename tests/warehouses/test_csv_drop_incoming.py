"""Incoming files: read when complete, good rows taken, bad ones named."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment_bridge.clock import ManualClock
from fulfillment_bridge.domain.fulfillment import Package, PackageLine, Shipment
from fulfillment_bridge.domain.inventory import StockLevel
from fulfillment_bridge.warehouses.base import ShipmentBatch, StockBatch
from fulfillment_bridge.warehouses.csv_drop_incoming import Unreadable
from fulfillment_bridge.warehouses.csv_drop_shipments import read_shipments
from fulfillment_bridge.warehouses.csv_drop_stock import read_stock
from tests.warehouses.samples import (
    NOON,
    SHIPMENT_HEADING,
    STOCK_HEADING,
    UPS_ONE,
    UPS_TWO,
    csv_drop,
    put,
)

MUG = f"SO-2001,1,MUG-1,2,2026-11-23,UPS,Ground,{UPS_ONE},1,,"
TENT = f"SO-2001,2,TENT-2,3,2026-11-23,UPS,Ground,{UPS_TWO},2,LOT42,Y"
STOCK_MUG = "RNO,MUG-1,120,24,96,,,2026-11-23T06:00:00Z"


def shipments_of(folder: Path) -> list[ShipmentBatch]:
    return list(csv_drop(folder).fetch_shipments())


def only(folder: Path) -> ShipmentBatch:
    [batch] = shipments_of(folder)
    return batch


def stock_of(folder: Path) -> list[StockBatch]:
    return list(csv_drop(folder).fetch_stock())


def test_a_shipment_file_becomes_a_shipment_with_its_packages(tmp_path: Path) -> None:
    """Id and sequence come from the name, packages from the rows."""
    put(tmp_path / "ACME/shipments/shp_RNO17_20261123173000.csv", MUG, TENT)
    assert only(tmp_path).shipments == (
        Shipment(
            warehouse_shipment_id="RNO17",
            reference="SO-2001",
            sequence="20261123173000",
            packages=(
                Package("1", UPS_ONE, (PackageLine("MUG-1", Decimal(2), 1),)),
                Package("2", UPS_TWO, (PackageLine("TENT-2", Decimal(3), 2, "LOT42"),)),
            ),
            carrier="UPS",
            service="Ground",
            shipped_on=date(2026, 11, 23),
            order_complete=True,
        ),
    )


def test_a_file_with_rows_of_two_orders_gives_each_its_shipment(tmp_path: Path) -> None:
    """One document, two references."""
    put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", MUG, MUG.replace("2001", "2002"))
    assert [s.reference for s in only(tmp_path).shipments] == ["SO-2001", "SO-2002"]


def test_a_row_of_nothing_shipped_says_only_whether_more_will_come(tmp_path: Path) -> None:
    """Quantity 0 makes no package, its last word counts."""
    put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", "SO-2001,1,MUG-1,0,,,,,,,Y")
    [shipment] = only(tmp_path).shipments
    assert (shipment.packages, shipment.order_complete) == ((), True)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("SO-2001,1,MUG-1,two,2026-11-23,UPS,Ground,T,1,,", "is not a quantity"),
        ("SO-2001,1,MUG-1,-2,2026-11-23,UPS,Ground,T,1,,", "is not a quantity"),
        ('SO-2001,1,MUG-1,"1,000",2026-11-23,UPS,Ground,T,1,,', "is not a quantity"),
        ("SO-2001,1,MUG-1,NaN,2026-11-23,UPS,Ground,T,1,,", "is not a quantity"),
        (",1,MUG-1,2,2026-11-23,UPS,Ground,T,1,,", "order_number is missing"),
        ("SO-2001,1,,2,2026-11-23,UPS,Ground,T,1,,", "sku is missing"),
        ("SO-2001,one,MUG-1,2,2026-11-23,UPS,Ground,T,1,,", "not the number of a line"),
        ("SO-2001,1,MUG-1,2,23/11/2026,UPS,Ground,T,1,,", "is not a date"),
        ("SO-2001,1,MUG-1,2,2026-11-23,UPS,Ground,1.23E+11,1,,", "a spreadsheet"),
        ("SO-2001,1,MUG-1,2,2026-11-23,UPS,Ground,T,1,,maybe", "neither Y nor empty"),
        ("SO-2001,1,MUG-1,2,2026-11-23,UPS", "6 columns instead of 11"),
        ("SO-2001,1,MUG,1,2,2026-11-23,UPS,Ground,T,1,,Y", "a comma without quotes"),
        ('SO-2001,1,"MUG-1,2,2026-11-23,UPS,Ground,T,1,,', "not one CSV record"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_the_others_are_taken(tmp_path: Path, row: str, why: str) -> None:
    """Row number and reason; the good row before it is a shipment."""
    put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", TENT, row)
    batch = only(tmp_path)
    assert len(batch.shipments) == 1
    [fault] = batch.faults
    assert fault.row == 3
    assert why in fault.message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "lacks order_number"),
        (b"order_number,line,sku\r\nSO-1,1,A\r\n", "lacks quantity_shipped, tracking_number"),
        (SHIPMENT_HEADING.encode() + b"\r\n", "no rows"),
        (SHIPMENT_HEADING.encode("utf-16"), "UTF-16"),
        (b"sku,sku,line,order_number,quantity_shipped,tracking_number\r\n", "sku twice"),
        (b"\x81" * 9, "neither UTF-8 nor Windows-1252"),
    ],
)
def test_a_file_that_is_none_is_one_fault(content: bytes, why: str) -> None:
    """Nothing in it can be used, and why."""
    with pytest.raises(Unreadable, match=why):
        read_shipments(content, shipment_id="1", sequence="1")


def test_an_unusable_file_comes_as_a_batch_of_one_fault_about_all(tmp_path: Path) -> None:
    """Row 0 is the whole file."""
    put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", heading="what,is,this")
    batch = only(tmp_path)
    assert (batch.shipments, [fault.row for fault in batch.faults]) == ((), [0])


def test_heading_order_and_case_do_not_matter() -> None:
    """Partners write headings their own way."""
    raw = b"SKU,Tracking_Number,LINE,Quantity_Shipped,Order_Number\nMUG-1,T1,1,2,SO-1\n"
    [shipment], faults = read_shipments(raw, shipment_id="1", sequence="1")
    assert (shipment.reference, shipment.tracking_numbers(), faults) == ("SO-1", ("T1",), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_of_this_world_are_read(encoding: str, line_end: str) -> None:
    """UTF-8 with and without a mark, Windows-1252; LF, CRLF, CR."""
    text = line_end.join((SHIPMENT_HEADING, MUG.replace("Ground", "Zustellung spät"), ""))
    [shipment], faults = read_shipments(text.encode(encoding), shipment_id="1", sequence="1")
    assert (shipment.service, faults) == ("Zustellung spät", ())


def test_a_parcel_without_a_tracking_number_is_no_fault() -> None:
    """Freight has none."""
    raw = f"{SHIPMENT_HEADING}\nSO-1,1,MUG-1,2,2026-11-23,LTL,,,,,\n".encode()
    [shipment], faults = read_shipments(raw, shipment_id="1", sequence="1")
    assert (shipment.tracking_numbers(), faults) == ((), ())
    assert shipment.packages[0].lines[0].quantity == 2


@given(st.binary(max_size=300))
def test_no_file_raises_anything_but_unreadable(raw: bytes) -> None:
    """Whatever a partner sends, the reader answers or says why not."""
    for content in (raw, SHIPMENT_HEADING.encode() + b"\n" + raw,
                    STOCK_HEADING.encode() + b"\n" + raw):  # fmt: skip
        with suppress(Unreadable):
            read_shipments(content, shipment_id="1", sequence="1")
        with suppress(Unreadable):
            read_stock(content, merchant_code="ACME", source="x")


def test_a_stock_file_becomes_a_snapshot(tmp_path: Path) -> None:
    """Lots of one SKU are summed; what is neither promised nor available is on hold."""
    put(
        tmp_path / "ACME/stock/inv_1_20261123060000.csv",
        STOCK_MUG,
        "RNO,TENT-2,3,0,0,LOT42,2027-06-30,2026-11-23T06:00:00Z",
        "RNO,TENT-2,40,0,40,LOT43,2028-06-30,2026-11-23T06:00:00Z",
        heading=STOCK_HEADING,
    )
    [batch] = stock_of(tmp_path)
    assert batch.snapshot is not None
    assert batch.snapshot.as_of == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert batch.snapshot.levels == {
        "MUG-1": StockLevel("MUG-1", on_hand=Decimal(120), allocated=Decimal(24),
                            on_hold=Decimal(0), available=Decimal(96)),
        "TENT-2": StockLevel("TENT-2", on_hand=Decimal(43), allocated=Decimal(0),
                             on_hold=Decimal(3), available=Decimal(40)),
    }  # fmt: skip


def test_a_sku_with_a_faulty_row_is_left_out_as_a_whole() -> None:
    """The sum of its other lots would be a lie."""
    raw = f"{STOCK_HEADING}\n{STOCK_MUG}\nRNO,MUG-1,x,0,0,,,2026-11-23T06:00:00Z\n" \
          f"RNO,TENT-2,1,0,1,,,2026-11-23T06:00:00Z\n"  # fmt: skip
    snapshot, faults = read_stock(raw.encode(), merchant_code="ACME", source="x")
    assert snapshot is not None
    assert list(snapshot.levels) == ["TENT-2"]
    assert [fault.row for fault in faults] == [3]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("RNO,A,1,0,1,,,2026-11-23T07:00:00Z", "differs from the rows above"),
        ("LAX,A,1,0,1,,,2026-11-23T06:00:00Z", "differs from 'RNO'"),
        ("RNO,A,1,0,1,,,2026-11-23T06:00:00", "time zone"),
        ("RNO,A,1,0,1,,,yesterday", "is not a time"),
        ("RNO,1.5E+7,1,0,1,,,2026-11-23T06:00:00Z", "a spreadsheet"),
    ],
)
def test_a_row_that_does_not_belong_to_the_snapshot_is_a_fault(row: str, why: str) -> None:
    """One snapshot is one moment in one building."""
    raw = f"{STOCK_HEADING}\n{STOCK_MUG}\n{row}\n"
    snapshot, [fault] = read_stock(raw.encode(), merchant_code="ACME", source="x")
    assert snapshot is not None
    assert why in fault.message


def test_files_come_oldest_first_and_numbers_count_as_numbers(tmp_path: Path) -> None:
    """inv_10 comes after inv_9 of the same second."""
    for name in ("inv_10_20261123060000", "inv_9_20261123060000", "inv_11_20261122060000"):
        put(tmp_path / f"ACME/stock/{name}.csv", STOCK_MUG, heading=STOCK_HEADING)
    assert [batch.source.split("_")[1] for batch in stock_of(tmp_path)] == ["11", "9", "10"]


@pytest.mark.parametrize(
    "name",
    [".shp_7_20261123173000.csv", "shp_7_20261123173000.csv.tmp", "shp_7_20261123173000.csv.part",
     "shp_7_20261123173000.csv.filepart", "shp_7.csv", "readme.txt"],
)  # fmt: skip
def test_names_that_are_not_shipment_files_are_left_alone(tmp_path: Path, name: str) -> None:
    """Half-written and foreign files stay where they are."""
    put(tmp_path / "ACME/shipments" / name, MUG)
    assert shipments_of(tmp_path) == []


def test_a_file_whose_last_line_is_not_ended_waits_until_it_is_stable(tmp_path: Path) -> None:
    """Half a line may be half a tracking number."""
    clock = ManualClock(NOON)
    path = put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", MUG)
    path.write_bytes(path.read_bytes()[:-2])
    warehouse = csv_drop(tmp_path, clock)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert list(warehouse.fetch_shipments()) == []
    clock.wait(61)
    assert len(list(warehouse.fetch_shipments())) == 1


def test_where_the_partner_does_not_rename_a_changing_file_is_not_read(tmp_path: Path) -> None:
    """Two looks at the same size and time, far enough apart, or an old time of the file."""
    clock = ManualClock(NOON)
    path = put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", MUG)
    warehouse = csv_drop(tmp_path, clock, partner_renames=False)
    later = (NOON + timedelta(days=9)).timestamp()  # the partner's clock is ahead
    os.utime(path, (later, later))
    assert list(warehouse.fetch_shipments()) == []
    clock.wait(61)
    path.write_bytes(path.read_bytes() + TENT.encode() + b"\r\n")
    os.utime(path, (later + 1, later + 1))
    assert list(warehouse.fetch_shipments()) == []
    clock.wait(61)
    [batch] = warehouse.fetch_shipments()
    assert len(batch.shipments[0].packages) == 2


def test_a_file_that_is_too_large_is_set_aside_unread(tmp_path: Path) -> None:
    """Bounded: its size alone decides, once it is stable."""
    path = put(tmp_path / "ACME/shipments/shp_7_20261123173000.csv", MUG)
    os.utime(path, (0, 0))
    warehouse = csv_drop(tmp_path, largest_file_bytes=50)
    [batch] = warehouse.fetch_shipments()
    assert "larger" in batch.faults[0].message
    warehouse.acknowledge(batch)
    assert (tmp_path / "ACME/set_aside" / path.name).exists()


def test_merchants_without_folders_have_no_files(tmp_path: Path) -> None:
    """Nothing there yet is no fault."""
    assert shipments_of(tmp_path) == []
    assert stock_of(tmp_path) == []
