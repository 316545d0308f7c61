"""An old backup is restored: what has happened since is found out, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.keyboard import type_command
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
    first = {name: world.trade(name, 2) for name in world.orgs}
    with world.bridge() as bridge:
        for name in reversed(world.orgs):
            bridge.run("order_download", name)
        bridge.run("order_delivery", "reno")
    backup = world.folder / "backup.db"
    assert type_command("db", "backup", backup, config=world.config).code == 0
    second = {name: world.trade(name, 2, seed=2) for name in world.orgs}
    with world.bridge() as bridge:
        world.round(bridge)
    sent = {name: world.order_files(name.upper()) for name in world.orgs}
    assert all(set(each.values()) == {1} and len(each) == 4 for each in sent.values())

    assert type_command("db", "restore", backup, "--yes", config=world.config).code == 0
    refused = type_command("run", "order_delivery", config=world.config)
    assert (refused.code, "db recover" in refused.out) == (1, True)
    world.simulator.clock.advance(60)  # what was written last has settled
    done = type_command("db", "recover", config=world.config)
    assert (done.code, done.err) == (0, ""), done.out
    assert done.out.endswith("Recovered: every job may run.\n")
    with world.bridge() as bridge:
        world.round(bridge)
        with bridge.store.read() as uow:
            for name in world.orgs:
                for made in (*first[name].orders, *second[name].orders):
                    [order] = [one for one in uow.orders.by_number(made.order_number, name)
                               if one.order_number == made.order_number]  # fmt: skip
                    assert order.shown_state in ("confirmed", "partially_shipped"), order
    assert {name: world.order_files(name.upper()) for name in world.orgs} == sent
    assert type_command("db", "check", config=world.config).code == 0
