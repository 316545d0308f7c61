"""A cart that moves from a sandbox to the org it is a copy of."""

from __future__ import annotations

from tests.flows.test_refusals import OTHER_ORG
from tests.flows.world import WAREHOUSE, FlowWorld


def test_the_same_record_ids_in_another_org_are_other_orders(acme_world: FlowWorld) -> None:
    """A sandbox has the ids of the org it was copied from; its orders are not that org's."""
    acme_world.control("POST", "/orgs/acme/settings", {"is_sandbox": True})
    acme_world.set_up()
    acme_world.trade("acme", 2)
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["held"] == 2
    acme_world.control("POST", "/orgs/acme/settings", {"is_sandbox": False})
    acme_world.orgs["acme"].org.become(OTHER_ORG)
    moved = acme_world.run_command("connections", "resume", "acme_org", "--other-org")
    assert moved[0] == 0, moved[2]
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["released"] == 2
        bridge.run("order_delivery", WAREHOUSE)
        assert bridge.run("order_download", "acme").counts == {"unchanged": 2}
        with bridge.store.read() as uow:
            assert len(uow.orders.held("acme")) == 2
    acme_world.building.tick()
    assert list(acme_world.order_files("ACME").values()) == [1, 1]
