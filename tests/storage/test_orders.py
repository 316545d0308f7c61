"""Orders, the ledger, fulfillment orders and what they show."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fulfillment_bridge.domain.fulfillment import ForbiddenMove, LineProgress
from fulfillment_bridge.domain.order import HoldReason
from fulfillment_bridge.storage.database import Store
from fulfillment_bridge.storage.orders import OrderFilter
from tests.storage.samples import (
    NOW,
    ORG,
    add_order,
    enqueue,
    later,
    new_order,
    new_part,
    order,
    release,
    shipment,
)

NO_COUNTRY = HoldReason("mapping", "no country", "Fill it in.", "Order fields!C7")


def test_an_order_comes_back_as_it_went_in(store: Store) -> None:
    """Content and hash survive the store."""
    with store.begin() as uow:
        stored = uow.orders.add_if_new(new_order(), at=NOW)
    assert stored is not None
    assert (stored.order, stored.state, stored.content_hash) == (
        order(),
        "new",
        order().content_hash(),
    )


def test_the_same_record_is_taken_in_once(store: Store) -> None:
    """Whichever cart brings it: the ledger is keyed by org and record."""
    with store.begin() as uow:
        assert uow.orders.add_if_new(new_order(), at=NOW) is not None
        assert uow.orders.add_if_new(new_order(cart="other"), at=NOW) is None
        assert uow.orders.add_if_new(new_order(organization_id="other"), at=NOW) is not None
        assert list(uow.ledger.known(ORG, ["8011001", "8019999"])) == ["8011001"]


def test_an_order_that_cannot_be_mapped_is_held_with_its_reasons(store: Store) -> None:
    """It is stored all the same, so that it can be listed and tried again."""
    unmapped = replace(new_order(), order=None, hold_reasons=[NO_COUNTRY])
    with store.begin() as uow:
        stored = uow.orders.add_if_new(unmapped, at=NOW)
        assert stored is not None
        assert (stored.state, stored.order, stored.hold_reasons) == ("held", None, (NO_COUNTRY,))
        assert [held.order_id for held in uow.orders.held("acme")] == [stored.order_id]
        assert uow.orders.held("acme", changed_since=later(1)) == []


def test_held_orders_are_tried_again_with_a_newer_workbook(store: Store) -> None:
    """Those that were mapped with the current one are left out."""
    with store.begin() as uow:
        version = uow.mappings.add_and_activate(
            cart="acme",
            file_name="map.xlsx",
            content=b"x",
            schema_json={},
            loaded_at=NOW,
            loaded_by="ann",
        ).mapping_version_id
        held = replace(new_order(), hold_reasons=[NO_COUNTRY], mapping_version_id=version)
        uow.orders.add_if_new(held, at=NOW)
        assert uow.orders.held("acme", mapped_before=version) == []
        assert len(uow.orders.held("acme", mapped_before=version + 1)) == 1


def test_an_order_that_is_no_longer_held_has_no_reasons(store: Store) -> None:
    """Old reasons would mislead."""
    with store.begin() as uow:
        stored = add_order(uow)
        uow.orders.hold(stored.order_id, [NO_COUNTRY], at=NOW)
        uow.orders.hold(stored.order_id, [HoldReason("by_hand", "wait")], at=NOW)
        assert [r.code for r in uow.orders.get(stored.order_id).hold_reasons] == ["by_hand"]
        uow.orders.set_state(stored.order_id, "new", at=NOW)
        assert uow.orders.get(stored.order_id).hold_reasons == ()


def test_an_order_cannot_go_where_the_table_of_moves_forbids(store: Store) -> None:
    """Canceled is the end."""
    with store.begin() as uow:
        stored = add_order(uow)
        uow.orders.set_state(stored.order_id, "canceled", at=NOW)
        with pytest.raises(ForbiddenMove):
            uow.orders.set_state(stored.order_id, "new", at=NOW)
        with pytest.raises(ValueError, match="fulfillment order"):
            uow.orders.set_state(stored.order_id, "shipped", at=NOW)


def test_a_released_order_shows_what_its_part_does(store: Store) -> None:
    """Its own state stays released."""
    with store.begin() as uow:
        stored = add_order(uow)
        part = release(uow, stored)
        uow.fulfillment_orders.set_sent(part.fulfillment_order_id, at=later(5))
        shown = uow.orders.get(stored.order_id)
        assert (shown.state, shown.shown_state) == ("released", "at_warehouse")
        assert uow.stories.counts() == {"acme": {"at_warehouse": 1}}
        sent = uow.fulfillment_orders.get(part.fulfillment_order_id)
        assert (sent.sent_at, sent.closed_at) == (later(5), None)
        uow.fulfillment_orders.set_state(part.fulfillment_order_id, "shipped", at=later(9))
        assert uow.fulfillment_orders.get(part.fulfillment_order_id).closed_at == later(9)


def test_two_merchants_with_one_number_get_references_of_their_own(store: Store) -> None:
    """The second gets a suffix, and finding either number finds its order."""
    with store.begin() as uow:
        assert release(uow, add_order(uow, cart="acme")).reference == "1001"
        second = release(uow, add_order(uow, cart="globex"))
        assert second.reference == "1001-2"
        assert uow.fulfillment_orders.free_reference("reno", "1001") == "1001-3"
        assert uow.fulfillment_orders.free_reference("lyon", "1001") == "1001"
        assert len(uow.orders.by_number("1001")) == 2
        assert [found.cart for found in uow.orders.by_number("1001", "globex")] == ["globex"]
        assert [found.cart for found in uow.orders.by_number("1001-2")] == ["globex"]


def test_a_suffixed_reference_is_cut_so_that_it_fits(store: Store) -> None:
    """Never longer than the warehouse allows."""
    with store.begin() as uow:
        first = release(uow, add_order(uow, "123456", cart="acme"), reference_length=6)
        second = release(uow, add_order(uow, "123456", cart="globex"), reference_length=6)
    assert (first.reference, second.reference) == ("123456", "1234-2")


def test_a_part_that_never_left_can_be_withdrawn(store: Store) -> None:
    """The order is new again and the next release gets the same reference."""
    with store.begin() as uow:
        stored = add_order(uow)
        part = release(uow, stored)
        enqueue(uow, part)
        assert uow.outbox.supersede(part.fulfillment_order_id, at=NOW)
        uow.fulfillment_orders.withdraw(part.fulfillment_order_id, at=NOW)
        back = uow.orders.get(stored.order_id)
        assert (back.state, back.shown_state) == ("new", "new")
        assert release(uow, stored).reference == "1001"


def test_a_part_that_left_cannot_be_withdrawn(store: Store) -> None:
    """The warehouse would ship what we forgot."""
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        uow.fulfillment_orders.set_sent(part.fulfillment_order_id, at=NOW)
        with pytest.raises(ValueError, match="at_warehouse"):
            uow.fulfillment_orders.withdraw(part.fulfillment_order_id, at=NOW)


def test_open_orders_are_those_that_are_not_shipped(store: Store) -> None:
    """New, held, released and those at the warehouse, of this cart only."""
    with store.begin() as uow:
        add_order(uow, "1")
        uow.orders.hold(add_order(uow, "2").order_id, [NO_COUNTRY], at=NOW)
        released, sent = release(uow, add_order(uow, "3")), release(uow, add_order(uow, "4"))
        uow.fulfillment_orders.set_sent(sent.fulfillment_order_id, at=NOW)
        uow.orders.set_state(add_order(uow, "5").order_id, "canceled", at=NOW)
        add_order(uow, "6", cart="globex")
        assert uow.orders.open_ids("acme") == ["8011", "8012", "8013", "8014"]
        assert uow.orders.has_left(sent.order_id)
        assert not uow.orders.has_left(released.order_id)


def test_orders_are_listed_page_by_page(store: Store) -> None:
    """Newest first; the next page begins below the last id."""
    with store.begin() as uow:
        for number in range(5):
            add_order(uow, f"A{number}")
        first = uow.orders.find(OrderFilter(cart="acme"), limit=2)
        rest = uow.orders.find(OrderFilter(cart="acme"), before_id=first[-1].order_id)
    assert [o.order_number for o in first] == ["A4", "A3"]
    assert [o.order_number for o in rest] == ["A2", "A1", "A0"]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (OrderFilter(states=["held"]), ["10%2"]),
        (OrderFilter(number="0%"), ["10%2"]),
        (OrderFilter(cart="globex"), ["1003"]),
        (OrderFilter(merchant="acme", states=["new"]), ["1001"]),
        (OrderFilter(needs_attention=True), ["1003", "10%2"]),
        (OrderFilter(received_since=later(1)), []),
        (OrderFilter(received_until=later(1), cart="globex"), ["1003"]),
    ],
)
def test_orders_are_found_by_a_filter(
    store: Store, wanted: OrderFilter, numbers: list[str]
) -> None:
    """A percent sign in a number is a percent sign."""
    with store.begin() as uow:
        add_order(uow, "1001")
        uow.orders.hold(add_order(uow, "10%2").order_id, [NO_COUNTRY], at=NOW)
        third = add_order(uow, "1003", cart="globex")
        uow.orders.set_attention(third.order_id, "changed after it left", at=NOW)
        assert [found.order_number for found in uow.orders.find(wanted)] == numbers


def test_an_edit_replaces_content_and_lines(store: Store) -> None:
    """Number, hash and quantities are those of the edit."""
    edited = order("1001-A", quantity="5")
    with store.begin() as uow:
        stored = add_order(uow)
        part = release(uow, stored)
        uow.orders.update_content(
            stored.order_id, edited, modstamp=later(60), mapping_version_id=None, at=later(90)
        )
        uow.fulfillment_orders.replace_lines(part.fulfillment_order_id, edited)
        now = uow.orders.get(stored.order_id)
        assert (now.order, now.order_number, now.updated_at) == (edited, "1001-A", later(90))
        lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
        assert [line.ordered for line in lines] == [Decimal(60)]


def test_stamps_are_touched_in_bulk(store: Store) -> None:
    """Nothing else changes."""
    with store.begin() as uow:
        one, two = add_order(uow, "1"), add_order(uow, "2")
        uow.orders.touch_stamps({one.order_id: later(1), two.order_id: later(2)})
        uow.orders.touch_stamps({})
        found = uow.orders.by_cart_order_ids("acme", ["8011", "8012", "none"])
        assert [found[key].modstamp for key in ("8011", "8012")] == [later(1), later(2)]
        assert found["8011"] == replace(one, modstamp=later(1))


def test_more_ids_than_one_statement_takes_are_looked_up(store: Store) -> None:
    """In several statements."""
    ids = [f"801{number}" for number in range(12_000)]
    with store.begin() as uow:
        add_order(uow, "11999")
        assert list(uow.orders.by_cart_order_ids("acme", ids)) == ["80111999"]


def test_progress_of_lines_is_kept(store: Store) -> None:
    """Shipped, short and canceled quantities, in the warehouse's units."""
    with store.begin() as uow:
        part = release(uow, add_order(uow))
        done = LineProgress(1, ordered=Decimal(24), shipped=Decimal("20"), short=Decimal("4"))
        uow.fulfillment_orders.set_progress(part.fulfillment_order_id, [done])
        lines = uow.fulfillment_orders.lines(part.fulfillment_order_id)
        assert [line.progress for line in lines] == [done]


def test_a_count_cannot_know_what_was_sent_after_it(store: Store) -> None:
    """Released orders and those sent after the count; not those before, nor other merchants'."""
    with store.begin() as uow:
        before, after = release(uow, add_order(uow, "1")), release(uow, add_order(uow, "2"))
        release(uow, add_order(uow, "3"))
        release(uow, add_order(uow, "4", cart="globex"))
        uow.fulfillment_orders.set_sent(before.fulfillment_order_id, at=later(10))
        uow.fulfillment_orders.set_sent(after.fulfillment_order_id, at=later(30))
        unknown = uow.fulfillment_orders.unknown_to_warehouse("reno", "acme", as_of=later(20))
    assert unknown == {"MUG-1-CASE": Decimal(48)}


def test_parts_are_found_by_order_and_by_state(store: Store) -> None:
    """An order without parts has none."""
    with store.begin() as uow:
        one, two = add_order(uow, "1"), add_order(uow, "2")
        part = release(uow, one)
        assert uow.fulfillment_orders.by_orders([one.order_id, two.order_id]) == {
            one.order_id: [part],
            two.order_id: [],
        }
        assert uow.fulfillment_orders.find(warehouse="reno", states=["released"]) == [part]
        assert uow.fulfillment_orders.find(warehouse="lyon") == []


def test_an_order_has_a_story(store: Store) -> None:
    """Events, parts, shipments with their history, messages."""
    with store.begin() as uow:
        stored = add_order(uow)
        part = release(uow, stored)
        enqueue(uow, part)
        uow.events.add(stored.order_id, NOW, "released", warehouse="reno")
        uow.events.add(stored.order_id, later(1), "held", actor="ann", reason="asked to")
        uow.shipments.take_in(part, shipment(), at=later(2))
        uow.shipments.take_in(part, shipment(sequence="2", tracking="1Z2"), at=later(3))
        story = uow.stories.of(stored.order_id)
    assert [(e.event, e.actor, dict(e.detail)) for e in story.events] == [
        ("released", "bridge", {"warehouse": "reno"}),
        ("held", "ann", {"reason": "asked to"}),
    ]
    (told,) = story.parts
    assert [s.shipment.tracking_numbers() for s in told.shipments] == [("1Z2",)]
    assert [s.shipment.tracking_numbers() for s in told.replaced] == [("1Z1",)]
    assert [m.kind for m in story.messages] == ["fulfillment_order"]


def test_many_orders_are_taken_in_at_once_and_known_ones_left_out(store: Store) -> None:
    """In the order they came; the ledger points at each."""
    with store.begin() as uow:
        uow.orders.add_if_new(new_order("2"), at=NOW)
        added = uow.orders.add_new([new_order(number) for number in "321"], at=NOW)
        assert list(added) == ["8013", "8011"]
        assert [uow.orders.get(one.order_id) for one in added.values()] == list(added.values())
        known = uow.ledger.known(ORG, ["8013"])
        assert known["8013"].order_id == added["8013"].order_id


def test_many_released_at_once_get_references_of_their_own(store: Store) -> None:
    """Of two that want the same one the second gets a suffix; a held one stops them all."""
    with store.begin() as uow:
        orders = [add_order(uow, "1001", cart=cart) for cart in ("acme", "globex")]
        orders.append(add_order(uow, "1002"))
        parts = uow.fulfillment_orders.add_all([new_part(one) for one in orders], at=NOW)
        assert [part.reference for part in parts] == ["1001", "1001-2", "1002"]
        assert parts == [uow.fulfillment_orders.get(part.fulfillment_order_id) for part in parts]
        assert {uow.orders.get(one.order_id).shown_state for one in orders} == {"released"}
        held = add_order(uow, "1003")
        uow.orders.hold(held.order_id, [NO_COUNTRY], at=NOW)
        with pytest.raises(ForbiddenMove):
            uow.fulfillment_orders.add_all([new_part(held)], at=NOW)
