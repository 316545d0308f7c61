"""``orders hold|release|cancel|resend|ship|…`` and ``dead-letters``, as they are typed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fulfillment_bridge.app import Bridge
from fulfillment_bridge.errors import Rejected
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.template import write_workbook
from fulfillment_bridge.storage.outbox import Message
from tests.cli.conftest import Traded
from tests.cli.keyboard import type_command
from tests.flows.world import FlowWorld


@pytest.fixture
def number(new_world: FlowWorld) -> str:
    """An order that is released and has not left."""
    new_world.set_up()
    [order] = new_world.trade("acme", 1).orders
    with new_world.bridge() as bridge:
        bridge.run("order_download", "acme")
    return order.order_number


def test_an_order_is_held_released_and_resent(new_world: FlowWorld, number: str) -> None:
    """Each answer is one sentence; the story shows who did it and why."""
    config = new_world.config
    held = type_command("orders", "hold", number, "--reason", "odd address", config=config)
    assert (held.code, held.out) == (
        0, f"Order {number} of acme is held until somebody releases it.\n"
    )  # fmt: skip
    released = type_command(
        "orders", "release", number, "--reason", "fine", "--json", config=config
    )
    assert released.json()["state"] == "released"
    assert type_command("run", "order_delivery", config=config).code == 0
    again = type_command("orders", "resend", number, "--reason", "lost", config=config)
    assert f"{number}-R1" in again.out
    story = type_command("orders", "show", number, config=config)
    assert "reason odd address" in story.out
    assert f"{number}-R1" in story.out


def test_an_order_goes_despite_a_rule_of_the_workbook(new_world: FlowWorld) -> None:
    """The story names the command, then who used it and why."""
    config = new_world.config
    new_world.set_up()
    rule = ("hold", "1", "TotalAmount", ">", "0", "", "Ask Wanda")
    filling = replace(DEMO["acme"], rules=(*DEMO["acme"].rules, rule))
    path = new_world.folder / "held.xlsx"
    path.write_bytes(write_workbook(filling))
    load = ("mapping", "load", str(path), "--cart", "acme", "--note", "hold all")
    assert type_command(*load, config=config).code == 0
    [order] = new_world.trade("acme", 1).orders
    with new_world.bridge() as bridge:
        bridge.run("order_download", "acme")
    number = order.order_number
    story = type_command("orders", "show", number, config=config)
    assert f"orders release {number} --cart acme --despite-rule --reason TEXT" in story.out
    why = ("orders", "release", number, "--reason", "paid")
    refused = type_command(*why, config=config)
    assert (refused.code, "Ask Wanda" in refused.err) == (2, True)
    assert type_command(*why, "--despite-rule", config=config).code == 0
    story = type_command("orders", "show", number, config=config)
    assert "overruled    Ask Wanda. By " in story.out
    assert story.out.count("paid") == 2


def test_a_reason_is_required(new_world: FlowWorld, number: str) -> None:
    """Wrong use: exit code 2, and nothing happens."""
    answer = type_command("orders", "hold", number, config=new_world.config)
    assert answer.code == 2
    assert "--reason" in answer.err


def test_what_cannot_be_done_says_what_can(traded: Traded) -> None:
    """Exit code 2, the reason and the command that helps."""
    number = traded.made["acme"].planted[0].order_number
    answer = traded.type("orders", "release", number, "--cart", "acme", "--reason", "now")
    assert answer.code == 2
    assert "orders refetch" in answer.err
    unknown = traded.type("orders", "hold", "no-such", "--reason", "x")
    assert (unknown.code, "no order no-such" in unknown.err) == (2, True)


def test_a_refused_message_is_shown_and_replayed(new_world: FlowWorld, number: str) -> None:
    """With what was to be sent and what the other side said."""
    config = new_world.config
    with new_world.bridge() as bridge:
        message_id = refuse(bridge).message_id
    [row] = type_command("dead-letters", "list", "--json", config=config).json()
    assert (row["message_id"], row["order_number"]) == (message_id, number)
    shown = type_command("dead-letters", "show", str(message_id), config=config)
    assert "unknown SKU" in shown.out
    assert f"dead-letters replay {message_id}" in shown.out
    done = type_command(
        "dead-letters", "replay", str(message_id), "--reason", "mended", config=config
    )
    assert (done.code, "is released" in done.out) == (0, True)
    assert type_command("dead-letters", "list", config=config).out == "No dead letters.\n"


def test_a_discarded_message_keeps_its_reason(new_world: FlowWorld, number: str) -> None:
    """Its order is canceled with it; it cannot be replayed any more."""
    config = new_world.config
    with new_world.bridge() as bridge:
        message_id = str(refuse(bridge).message_id)
    done = type_command("dead-letters", "discard", message_id, "--reason", "junk", config=config)
    assert (done.code, "its order is canceled" in done.out) == (0, True)
    report = type_command("dead-letters", "show", message_id, "--json", config=config).json()
    assert [one["reason"] for one in report["decisions"]] == ["junk"]
    assert report["order_state"] == "canceled"
    again = type_command("dead-letters", "replay", message_id, "--reason", "x", config=config)
    assert again.code == 1
    nothing = type_command("dead-letters", "show", "4711", config=config)
    assert (nothing.code, "no message 4711" in nothing.err) == (2, True)


def refuse(bridge: Bridge) -> Message:
    """The warehouse refuses the one order that waits."""
    error = Rejected("unknown SKU", remedy="Create it.")
    now = bridge.clock.now()
    with bridge.store.begin() as uow:
        [message] = uow.outbox.claim(
            "warehouse:reno", "fulfillment_order", worker="one", now=now, lease_seconds=60
        )
        uow.outbox.bury(message.message_id, "one", error=error.text(), at=now)
        uow.fulfillment_orders.set_state(message.fulfillment_order_id or 0, "rejected", at=now)
    return message


def test_a_window_is_read_again_and_the_proof_stands_in_status(
    new_world: FlowWorld, number: str
) -> None:
    """``backfill``, then ``run reconciliation``, then ``status``."""
    config = new_world.config
    window = ("--cart", "acme", "--from", "2020-01-01", "--to", "2099-01-01")
    answer = type_command("backfill", *window, config=config)
    assert (answer.code, answer.out) == (0, "acme: 1 read, 1 unchanged\n")
    wrong = type_command("backfill", *window[:4], "--to", "2019-01-01", config=config)
    assert wrong.code == 2
    before = type_command("status", config=config)
    assert "acme: not proved complete yet: fulfillment-bridge run reconciliation" in before.out
    words = ("run", "reconciliation", "--cart", "acme", "--since", "2020-01-01")
    assert type_command(*words, config=config).code == 0
    after = type_command("status", config=config)
    assert "acme: complete up to " in after.out
    assert " as far as bridge@acme.example can see, checked " in after.out
    proof = type_command("status", "--json", config=config).json()["carts"][0]["proof"]
    assert proof["reasons"] == []
    elsewhere = type_command("run", "order_download", "--since", "2020-01-01", config=config)
    assert elsewhere.code == 2
