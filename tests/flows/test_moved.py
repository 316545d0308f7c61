"""A cart that moves from a sandbox to the org it is a copy of."""

from __future__ import annotations

from tests.flows.test_refusals import OTHER_ORG
from tests.flows.world import WAREHOUSE, FlowWorld


def moved(acme_world: FlowWorld) -> None:
    """Two orders of a sandbox are held; then the cart reads the org it is a copy of."""
    acme_world.control("POST", "/orgs/acme/settings", {"is_sandbox": True})
    acme_world.set_up()
    acme_world.trade("acme", 2)
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["held"] == 2
    acme_world.control("POST", "/orgs/acme/settings", {"is_sandbox": False})
    acme_world.orgs["acme"].org.become(OTHER_ORG)
    done = acme_world.run_command("connections", "resume", "acme_org", "--other-org")
    assert done[0] == 0, done[2]


def test_the_same_record_ids_in_another_org_are_other_orders(acme_world: FlowWorld) -> None:
    """A sandbox has the ids of the org it was copied from; its orders are not that org's."""
    moved(acme_world)
    with acme_world.bridge() as bridge:
        assert bridge.run("order_download", "acme").counts["released"] == 2
        bridge.run("order_delivery", WAREHOUSE)
        assert bridge.run("order_download", "acme").counts == {"unchanged": 2}
        with bridge.store.read() as uow:
            assert len(uow.orders.held("acme")) == 2
    said = acme_world.run_command("carts", "go-live", "acme", "--yes")[1]
    assert "; 0 held" in said
    acme_world.building.tick()
    assert list(acme_world.order_files("ACME").values()) == [1, 1]


def test_news_about_a_sandboxs_orders_is_not_written_into_the_other_org(
    acme_world: FlowWorld,
) -> None:
    """The records have the same ids there; a person is told what was not written, and why."""
    moved(acme_world)
    with acme_world.bridge() as bridge:
        bridge.run("order_download", "acme")
        upload = bridge.run("shipment_upload", "acme")
        assert (upload.counts["written"], upload.counts["left_behind"]) == (2, 2)
        with bridge.store.read() as uow:
            letters = uow.dead_letters.find(cart="acme")
        assert len(letters) == 2
        for letter in letters:
            assert f"Now it reads the org {OTHER_ORG}" in (letter.message.last_error or "")
        attention = "\n".join(bridge.status()["attention"])
    assert "belongs to the org" in attention
