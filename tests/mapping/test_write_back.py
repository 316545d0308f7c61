"""What a merchant sees on the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from fulfillment_bridge.domain.fulfillment import ShipmentNews
from fulfillment_bridge.domain.org_schema import OrgSchema
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import To
from fulfillment_bridge.mapping.samples import DEMO
from tests.mapping.orgs import field_map_of, schema_for, workbook_of

NEWS = ShipmentNews(
    fulfillment_status="Partially shipped",
    status_message="",
    warehouse_reference="00000100-2",
    sent_to_warehouse_at=datetime(2026, 11, 22, 9, 30, 15, 999, tzinfo=UTC),
    tracking_numbers=("1Z1", "1Z2"),
    carrier="UPS",
    service="Ground",
    ship_on=date(2026, 11, 23),
)


def with_field(name: str, **changes: Any) -> FieldMap:
    """Acme's field map where one field of Order is different."""
    workbook = workbook_of(DEMO["acme"])
    schema = schema_for(workbook, "acme")
    order = schema.objects["order"]
    fields = dict(order.fields)
    fields[name.lower()] = replace(fields[name.lower()], **changes)
    objects = {**schema.objects, "order": replace(order, fields=fields)}
    return FieldMap(workbook, OrgSchema(objects))


def test_all_news_goes_to_the_merchants_own_fields() -> None:
    """Tracking joined, dates typed by their fields, the message emptied."""
    written = field_map_of("acme").write_back("801", NEWS)

    assert written.warnings == ()
    assert written.update is not None
    assert written.update.object_name == "Order"
    assert written.update.values == {
        "Tracking_Numbers__c": "1Z1, 1Z2",
        "Carrier__c": "UPS",
        "Ship_Service__c": "Ground",
        "Ship_Date__c": date(2026, 11, 23),
        "Fulfillment_Status__c": "Partially shipped",
        "Fulfillment_Message__c": None,
        "Warehouse_Reference__c": "00000100-2",
        "Sent_to_Warehouse__c": datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC),
    }


def test_a_held_order_says_why_and_touches_nothing_else() -> None:
    """What we do not know yet leaves the merchant's fields alone."""
    news = ShipmentNews("On hold", "Ship-to country is empty.\nFill it in.")

    update = field_map_of("acme").write_back("801", news).update

    assert update is not None
    assert update.values == {
        "Fulfillment_Status__c": "On hold",
        "Fulfillment_Message__c": "Ship-to country is empty. Fill it in.",
    }


def test_the_status_is_said_in_the_merchants_words() -> None:
    """A value map translates some, and leaves the rest."""
    field_map = field_map_of("acme")
    said = [
        update.values["Fulfillment_Status__c"]
        for status in ("Shipped short", "Shipped")
        if (update := field_map.write_back("801", ShipmentNews(status)).update)
    ]

    assert said == ["Closed short", "Shipped"]


def test_texts_are_cut_to_the_real_length_with_a_warning() -> None:
    """A long message must not keep the tracking numbers from being written."""
    written = with_field("Fulfillment_Message__c", length=20).write_back(
        "801", replace(NEWS, status_message="x" * 300)
    )

    assert written.update is not None
    assert written.update.values["Fulfillment_Message__c"] == "x" * 20
    assert "Shipment fields!B7" in written.warnings[0]


def test_a_message_never_has_more_than_255_characters() -> None:
    """However long the field is."""
    written = with_field("Fulfillment_Message__c", length=32000).write_back(
        "801", replace(NEWS, status_message="x" * 300)
    )

    assert written.update is not None
    assert len(str(written.update.values["Fulfillment_Message__c"])) == 255


def test_tracking_numbers_are_cut_between_numbers_never_within() -> None:
    """Half a tracking number would be worse than none; the warning names what is left out."""
    written = with_field("Tracking_Numbers__c", length=9).write_back(
        "801", replace(NEWS, tracking_numbers=("1Z1", "1Z2", "1Z3"))
    )

    assert written.update is not None
    assert written.update.values["Tracking_Numbers__c"] == "1Z1, 1Z2"
    assert "left out: 1Z3" in written.warnings[0]


def test_a_word_that_is_not_on_a_restricted_picklist_is_left_out_with_a_warning() -> None:
    """The rest of the record can still be written."""
    written = with_field(
        "Fulfillment_Status__c", restricted_picklist=True, picklist_values=("Shipped",)
    ).write_back("801", NEWS)

    assert written.update is not None
    assert "Fulfillment_Status__c" not in written.update.values
    assert "Tracking_Numbers__c" in written.update.values
    assert "'Partially shipped' is not a value of the picklist" in written.warnings[0]


def test_dates_fit_whatever_field_the_merchant_has() -> None:
    """A date into a date/time field is midnight in the merchant's zone; into text, ISO."""
    as_moment = with_field("Ship_Date__c", type="datetime").write_back("801", NEWS).update
    as_text = with_field("Sent_to_Warehouse__c", type="string").write_back("801", NEWS).update
    as_day = with_field("Sent_to_Warehouse__c", type="date").write_back("801", NEWS).update

    assert as_moment is not None
    assert as_text is not None
    assert as_day is not None
    assert as_moment.values["Ship_Date__c"] == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert as_text.values["Sent_to_Warehouse__c"] == "2026-11-22T09:30:15Z"
    assert as_day.values["Sent_to_Warehouse__c"] == date(2026, 11, 22)


def test_the_separator_is_the_workbooks() -> None:
    """As it was typed, with its blanks."""
    settings = {**DEMO["acme"].settings, "tracking_separator": " | "}

    update = field_map_of("acme", settings=settings).write_back("801", NEWS).update

    assert update is not None
    assert update.values["Tracking_Numbers__c"] == "1Z1 | 1Z2"


def test_a_carrier_without_a_row_in_its_map_is_written_as_it_is() -> None:
    """News is never lost because of a map."""
    fields = {"carrier": To("Carrier__c", "map(carriers)")}
    field_map = field_map_of(
        "acme",
        shipment_fields=fields,
        value_maps={**DEMO["acme"].value_maps, "carriers": {"FedEx": "FDX"}},
    )

    written = field_map.write_back("801", NEWS)

    assert written.update is not None
    assert written.update.values == {"Carrier__c": "UPS"}
    assert "no row for 'UPS'" in written.warnings[0]
    assert not field_map.writes_status


def test_nothing_mapped_is_nothing_written() -> None:
    """A cart may leave its orders alone altogether."""
    field_map = field_map_of("acme", shipment_fields={})

    assert field_map.write_back("801", NEWS).update is None
    assert not field_map.writes_status
    assert field_map_of("acme").writes_status
