"""An old backup is restored: what has happened since is found out, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.world import FlowWorld, open_world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlowWorld]:
    """Two merchants who share order numbers, live."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_world(tmp_path, ["acme", "globex"]) as opened:
        opened.set_up()
        yield opened


def test_after_a_restore_nothing_is_sent_twice_and_no_tracking_is_lost(world: FlowWorld) -> None:
    """Half of the orders, and all shipments, are younger than the backup."""
    first = {name: world.trade(name, 3) for name in world.orgs}
    with world.bridge() as bridge:
        for name in reversed(world.orgs):
            bridge.run("order_download", name)
        bridge.run("order_delivery", "reno")
    backup = world.folder / "backup.db"
    assert world.run_command("db", "backup", str(backup))[0] == 0
    second = {name: world.trade(name, 3, seed=2) for name in world.orgs}
    with world.bridge() as bridge:
        world.round(bridge)
    sent = {name: world.order_files(name.upper()) for name in world.orgs}
    assert all(set(each.values()) == {1} and len(each) == 6 for each in sent.values())

    assert world.run_command("db", "restore", str(backup), "--yes")[0] == 0
    code, out, _ = world.run_command("run", "order_delivery")
    assert (code, "db recover" in out) == (1, True)
    code, out, err = world.run_command("db", "recover")
    assert (code, err) == (0, ""), out
    assert out.endswith("Recovered: every job may run.\n")
    with world.bridge() as bridge:
        world.round(bridge)
        with bridge.store.read() as uow:
            for name in world.orgs:
                for made in (*first[name].orders, *second[name].orders):
                    [order] = [one for one in uow.orders.by_number(made.order_number, name)
                               if one.order_number == made.order_number]  # fmt: skip
                    assert order.shown_state in ("confirmed", "partially_shipped"), order
    assert {name: world.order_files(name.upper()) for name in world.orgs} == sent
    assert world.run_command("db", "check")[0] == 0
