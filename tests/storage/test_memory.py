"""Shipments, stock, cursors, workbooks, switches: what the store remembers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fulfillment_bridge.domain.cursor import Cursor, Window
from fulfillment_bridge.domain.inventory import StockLevel, StockSnapshot
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.mappings import MappingVersion
from fulfillment_bridge.storage.unit_of_work import UnitOfWork
from tests.storage.samples import NOW, add_order, later, release, shipment


def test_a_shipment_comes_back_as_it_went_in(store: Store) -> None:
    """Every field of it."""
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        taken, stored = uow.shipments.take_in(part, shipment(), at=NOW)
        assert (taken, stored.shipment, stored.packages) == ("new", shipment(), 1)
        assert uow.shipments.by_order(part.order_id) == [stored]
        assert uow.shipments.by_fulfillment_order(part.fulfillment_order_id) == [stored]


def test_later_news_of_a_shipment_replaces_and_history_stays(store: Store) -> None:
    """It is to be written back again; older news and echoes change nothing."""
    corrected = shipment(sequence="3", tracking="1Z9")
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        _, first = uow.shipments.take_in(part, shipment(), at=NOW)
        assert uow.shipments.mark_written_back(first, at=later(1))
        assert uow.shipments.take_in(part, shipment(sequence="2"), at=later(2))[0] == "same"
        taken, second = uow.shipments.take_in(part, corrected, at=later(3))
        assert (taken, second.shipment, second.written_back_at) == ("replaced", corrected, None)
        older = shipment(sequence="1", tracking="1Z0")
        assert uow.shipments.take_in(part, older, at=later(4))[0] == "older"
        assert uow.shipments.get(first.shipment_id) == second
        history = uow.shipments.history(first.shipment_id)
        assert [(h.shipment.tracking_numbers(), h.replaced_at) for h in history] == [
            (("1Z1",), later(3))
        ]


def test_a_shipment_replaced_meanwhile_does_not_count_as_written(store: Store) -> None:
    """What was written was the older news."""
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        _, first = uow.shipments.take_in(part, shipment(), at=NOW)
        uow.shipments.take_in(part, shipment(sequence="2", tracking="1Z2"), at=NOW)
        assert not uow.shipments.mark_written_back(first, at=NOW)


def test_an_order_counts_as_written_back_with_its_last_shipment(store: Store) -> None:
    """Not with the first of two."""
    second = replace(shipment(), warehouse_shipment_id="S-2")
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        assert uow.shipments.orders_written_back("acme") == 0
        sent = [uow.shipments.take_in(part, news, at=NOW)[1] for news in (shipment(), second)]
        uow.shipments.mark_written_back(sent[0], at=NOW)
        assert uow.shipments.orders_written_back("acme") == 0
        uow.shipments.mark_written_back(sent[1], at=NOW)
        assert uow.shipments.orders_written_back("acme") == 1
        assert uow.shipments.orders_written_back("globex") == 0


def test_one_shipment_number_at_two_merchants_is_two_shipments(store: Store) -> None:
    """Shipment ids belong to warehouse, merchant and reference."""
    with store.begin() as uow:
        for cart in ("acme", "globex"):
            part = release(uow, add_order(uow, cart=cart))
            sent = shipment(part.reference)
            assert uow.shipments.take_in(part, sent, at=NOW)[0] == "new"


def test_a_document_is_taken_in_once(store: Store) -> None:
    """The key decides; another merchant's document may have the same."""
    document = {"warehouse": "reno", "source": "shp_1.csv", "key": "k", "kind": "shipments"}
    with store.begin() as uow:
        box = uow.inbox
        assert box.add_if_new(**document, merchant_code="A", at=NOW, outcome="taken")
        assert not box.add_if_new(**document, merchant_code="A", at=NOW, outcome="taken")
        assert box.add_if_new(**document, merchant_code="B", at=NOW, outcome="taken")
        box.set_outcome("reno", "A", "k", outcome="with_faults", faults=["row 3: no SKU"])
        assert box.seen("reno", "A", "k")
        assert not box.seen("reno", "C", "k")
        assert [(d.merchant_code, d.outcome, d.faults) for d in box.find("reno")] == [
            ("B", "taken", ()),
            ("A", "with_faults", ("row 3: no SKU",)),
        ]


def snapshot(seconds: float, **levels: str) -> StockSnapshot:
    """On hand per SKU."""
    counted = {
        sku: StockLevel(sku, on_hand=Decimal(n), allocated=Decimal(1), available=Decimal(n))
        for sku, n in levels.items()
    }
    return StockSnapshot("ACME", later(seconds), counted, f"inv_{seconds}.csv")


def test_a_snapshot_replaces_every_level(store: Store) -> None:
    """Of its merchant and warehouse; a SKU that is not in it has no level any more."""
    with store.begin() as uow:
        uow.stock.replace("acme", "reno", snapshot(1, MUG="5", CUP="7"), at=NOW)
        uow.stock.replace("globex", "reno", snapshot(1, MUG="99"), at=NOW)
        newer = snapshot(2, MUG="4.5")
        uow.stock.replace("acme", "reno", newer, at=NOW)
        stock = uow.stock.levels("acme", ["reno", "lyon"])
        assert list(stock) == ["reno"]
        assert (stock["reno"].levels, stock["reno"].as_of) == (newer.levels, later(2))
        last = uow.stock.last_accepted("acme", "reno")
        assert last is not None
        assert (last.sku_count, last.source) == (1, "inv_2.csv")


def test_a_refused_snapshot_changes_no_level(store: Store) -> None:
    """It is kept with its reason, and the next is compared with the last believed one."""
    with store.begin() as uow:
        uow.stock.replace("acme", "reno", snapshot(1, MUG="5", CUP="7"), at=NOW)
        uow.stock.refuse("acme", "reno", snapshot(2), reason="0 SKUs now", at=NOW)
        assert len(uow.stock.levels("acme", ["reno"])["reno"].levels) == 2
        last = uow.stock.last_accepted("acme", "reno")
        assert last is not None
        assert last.as_of == later(1)
        assert [s.reason for s in uow.stock.snapshots("acme", "reno")] == ["0 SKUs now", ""]


def test_stock_without_a_record_is_listed_until_it_has_one(store: Store) -> None:
    """With the time it was first seen."""
    with store.begin() as uow:
        uow.stock.note_without_record("acme", {("MUG", "reno"), ("CUP", "reno")}, at=NOW)
        uow.stock.note_without_record("acme", {("MUG", "reno")}, at=later(60))
        missing = uow.stock.without_record("acme")
    assert [(m.sku, m.first_seen_at, m.last_seen_at) for m in missing] == [("MUG", NOW, later(60))]


def test_a_cursor_moves_only_when_a_poll_is_complete(store: Store) -> None:
    """A run that died leaves its window and how far it had stored."""
    position = Cursor(later(5), "801A")
    with store.begin() as uow:
        assert uow.cursors.get("acme").read_until is None
        assert uow.cursors.open_window("acme", None, at=NOW) == Window(None)
        assert uow.cursors.get("acme").open_window == Window(None)
        uow.cursors.store_position("acme", position, at=NOW)
        assert uow.cursors.get("acme").open_window == Window(None, position)
        uow.cursors.close_window("acme", later(9), at=NOW)
        done = uow.cursors.get("acme")
        assert (done.read_until, done.open_window) == (later(9), None)
        uow.cursors.open_window("acme", later(9), at=NOW)
        assert uow.cursors.get("acme").open_window == Window(later(9))
        uow.cursors.rewind("acme", later(1), at=NOW)
        assert uow.cursors.get("acme").read_until == later(1)


def load(uow: UnitOfWork, content: bytes) -> MappingVersion:
    """A workbook for acme."""
    return uow.mappings.add_and_activate(
        cart="acme",
        file_name="map.xlsx",
        content=content,
        schema_json={"objects": {}},
        loaded_at=NOW,
        loaded_by="ann",
        note="why",
    )


def test_the_workbook_loaded_last_is_the_active_one(store: Store) -> None:
    """Earlier ones are kept, and can be gone back to."""
    with store.begin() as uow:
        assert uow.mappings.active("acme") is None
        first, second = load(uow, b"one"), load(uow, b"two")
        assert uow.mappings.active("acme") == second
        assert [v.content for v in uow.mappings.versions("acme")] == [b"two", b"one"]
        assert uow.mappings.activate(first.mapping_version_id).active
        assert uow.mappings.active("acme") == first
        assert first.sha256 != second.sha256
        with pytest.raises(KeyError):
            uow.mappings.get(99)


def test_switches_are_off_until_somebody_turns_them(store: Store) -> None:
    """A new cart is not live; pausing it keeps it live."""
    with store.begin() as uow:
        assert uow.carts.get("acme").live_at is None
        uow.carts.go_live("acme", at=NOW, live_from=later(-60))
        uow.carts.pause("acme", at=later(1), reason="stock-taking")
        paused = uow.carts.get("acme")
        assert (paused.live_at, paused.live_from, paused.pause_reason) == (
            NOW,
            later(-60),
            "stock-taking",
        )
        uow.carts.resume("acme")
        assert uow.carts.get("acme").paused_at is None
        uow.warehouses.pause("reno", at=NOW)
        assert uow.warehouses.get("reno").paused_at == NOW
        uow.warehouses.resume("reno")
        assert uow.warehouses.get("reno").paused_at is None


def test_a_connections_calls_are_counted_by_job_and_hour(store: Store) -> None:
    """Old hours drop out of the sum."""
    with store.begin() as uow:
        for seconds, job in ((0, "order_download"), (60, "order_download"), (7200, "other")):
            uow.connections.count_calls("acme_org", job, 2, at=later(seconds))
        assert uow.connections.calls_by_job("acme_org", since=NOW) == {
            "order_download": 4,
            "other": 2,
        }
        assert uow.connections.calls_by_job("acme_org", since=later(3600)) == {"other": 2}


def test_resuming_a_connection_lifts_pause_and_suspension(store: Store) -> None:
    """What else is known of it stays."""
    with store.begin() as uow:
        uow.connections.set("acme_org", organization_id="00D1")
        uow.connections.suspend("acme_org", at=NOW, code="INVALID_LOGIN", message="no")
        uow.connections.pause("acme_org", at=NOW)
        before = uow.connections.get("acme_org")
        uow.connections.resume("acme_org")
        after = uow.connections.get("acme_org")
        assert (before.suspended_code, after.suspended_code) == ("INVALID_LOGIN", None)
        assert after == replace(
            before,
            paused_at=None,
            suspended_at=None,
            suspended_code=None,
            suspended_message=None,
            suspended_remedy=None,
        )
        uow.connections.forget_org("acme_org")
        assert uow.connections.get("acme_org").organization_id is None


def test_a_run_ends_once(store: Store) -> None:
    """An interrupted one stays interrupted."""
    with store.begin() as uow:
        run_id = uow.runs.start("order_download", "acme", worker="w", at=NOW)
        assert uow.runs.interrupt(run_id, at=later(1))
        assert not uow.runs.finish(run_id, "ok", at=later(2), counts={"new": 1})
        other = uow.runs.start("order_download", "acme", worker="w", at=later(3))
        assert uow.runs.finish(other, "ok", at=later(4), counts={"new": 1}, attention=["look"])
        latest = uow.runs.latest("order_download", "acme")
        assert latest is not None
        assert (latest.outcome, dict(latest.counts), list(latest.attention)) == (
            "ok",
            {"new": 1},
            ["look"],
        )
        assert uow.runs.latest("order_download", "acme", outcome="failed") is None
        assert [r.outcome for r in uow.runs.find(target="acme")] == ["ok", "interrupted"]


def test_deeds_are_audited(store: Store) -> None:
    """Newest first, by subject."""
    with store.begin() as uow:
        uow.audit.add(NOW, "ann", "pause", "cart:acme", reason="stock-taking")
        uow.audit.add(NOW, "bob", "resume", "cart:globex")
        entries = uow.audit.find(subject="cart:acme")
        assert [(e.actor, e.action, e.detail) for e in entries] == [
            ("ann", "pause", {"reason": "stock-taking"})
        ]
        assert [e.actor for e in uow.audit.find()] == ["bob", "ann"]
