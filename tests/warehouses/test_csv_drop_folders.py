"""Putting files away, and the check of the folders."""

from __future__ import annotations

from pathlib import Path

from fulfillment_bridge.warehouses.base import WarehouseProfile
from fulfillment_bridge.warehouses.csv_drop_check import check_folders
from tests.warehouses.samples import UPS_ONE, UPS_TWO, csv_drop, put

NAME = "shp_7_20261123173000.csv"
ROW = f"SO-2001,1,MUG-1,2,2026-11-23,UPS,Ground,{UPS_ONE},1,,"


def test_a_good_file_is_archived_and_does_not_come_again(tmp_path: Path) -> None:
    """Until it is acknowledged it comes with every look."""
    put(tmp_path / "ACME/shipments" / NAME, ROW)
    warehouse = csv_drop(tmp_path)
    [batch] = warehouse.fetch_shipments()
    assert list(warehouse.fetch_shipments()) == [batch]
    warehouse.acknowledge(batch)
    assert list(warehouse.fetch_shipments()) == []
    assert (tmp_path / "ACME/archive" / NAME).exists()


def test_a_file_with_faults_is_set_aside_with_its_reasons(tmp_path: Path) -> None:
    """One line per fault, and what the job found beside them."""
    put(tmp_path / "ACME/shipments" / NAME, ROW, "SO-1,1,MUG-1,two,,,,,,,")
    warehouse = csv_drop(tmp_path)
    [batch] = warehouse.fetch_shipments()
    warehouse.acknowledge(batch, note="SO-2001 is not an order of ours")
    assert (tmp_path / "ACME/set_aside" / f"{NAME}.reason.txt").read_text() == (
        "row 3: quantity_shipped: 'two' is not a quantity such as 2 or 0.5\n"
        "SO-2001 is not an order of ours\n"
    )


def test_acknowledging_twice_does_no_harm(tmp_path: Path) -> None:
    """The second time there is nothing left to do."""
    put(tmp_path / "ACME/shipments" / NAME, ROW)
    warehouse = csv_drop(tmp_path)
    [batch] = warehouse.fetch_shipments()
    warehouse.acknowledge(batch)
    warehouse.acknowledge(batch)
    assert [path.name for path in (tmp_path / "ACME/archive").iterdir()] == [NAME]


def test_the_same_file_dropped_again_is_put_away_once(tmp_path: Path) -> None:
    """The archive keeps one of each content; another content under the name gets a number."""
    warehouse = csv_drop(tmp_path)
    for row in (ROW, ROW, ROW.replace(UPS_ONE, UPS_TWO)):
        put(tmp_path / "ACME/shipments" / NAME, row)
        [batch] = warehouse.fetch_shipments()
        warehouse.acknowledge(batch)
    archived = sorted(path.name for path in (tmp_path / "ACME/archive").iterdir())
    assert archived == ["shp_7_20261123173000.2.csv", NAME]


def test_a_file_that_was_replaced_meanwhile_is_not_put_away_unread(tmp_path: Path) -> None:
    """What was read is not what lies there now: it comes again."""
    put(tmp_path / "ACME/shipments" / NAME, ROW)
    warehouse = csv_drop(tmp_path)
    [batch] = warehouse.fetch_shipments()
    put(tmp_path / "ACME/shipments" / NAME, ROW.replace(UPS_ONE, UPS_TWO))
    warehouse.acknowledge(batch)
    [again] = warehouse.fetch_shipments()
    assert again.shipments[0].tracking_numbers() == (UPS_TWO,)
    assert again.key != batch.key


def test_the_check_is_green_where_all_folders_are_there(tmp_path: Path) -> None:
    """Every folder is named."""
    for code in ("ACME", "GLOBEX"):
        for name in ("orders", "shipments", "stock", "archive", "set_aside"):
            (tmp_path / code / name).mkdir(parents=True)
    lines = csv_drop(tmp_path).check()
    assert len(lines) == 10
    assert all(line.ok for line in lines)


def test_the_check_creates_nothing_and_says_what_is_missing(tmp_path: Path) -> None:
    """A mount that is not there, and how to mend it."""
    [line] = csv_drop(tmp_path / "share").check()
    assert not line.ok
    assert "mount" in line.remedy
    assert not (tmp_path / "share").exists()


def test_the_check_names_files_that_nobody_will_read(tmp_path: Path) -> None:
    """A partner's misnamed files would wait for ever in silence."""
    put(tmp_path / "ACME/stock/stock_today.csv", ROW)
    lines = check_folders(tmp_path, WarehouseProfile("reno", merchants={"acme": "ACME"}))
    assert ["stock_today.csv" in line.what for line in lines if not line.ok] == [True]
