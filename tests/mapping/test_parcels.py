"""Write-back beyond an order's own fields: lines, parcels, links, what is not overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fulfillment_bridge.domain.fulfillment import LineNews, PackageNews, ShipmentNews
from fulfillment_bridge.domain.org_schema import ChildUpsert, OrgField, OrgObject, OrgSchema
from fulfillment_bridge.mapping.field_map import FieldMap
from fulfillment_bridge.mapping.filling import From, To
from fulfillment_bridge.mapping.findings import WorkbookFault
from fulfillment_bridge.mapping.preflight import check
from fulfillment_bridge.mapping.samples import DEMO
from fulfillment_bridge.mapping.tracking_links import tracking_link
from tests.mapping.orgs import schema_for, workbook_of

NEWS = ShipmentNews(
    "Shipped",
    tracking_numbers=("1Z1", "1Z2", "1Z3"),
    carrier="UPS",
    ship_on=date(2026, 11, 23),
    packages=(
        PackageNews("reno/1/S1/P1", "1Z1", "P1", carrier="UPS", ship_on=date(2026, 11, 22)),
        PackageNews(
            "reno/1/S2/P1",
            "1Z3",
            "P1",
            carrier="UPS",
            service="Ground",
            ship_on=date(2026, 11, 23),
            contents=(("MUG-1", Decimal("2.0")), ("TENT-2", Decimal(1))),
        ),
    ),
    lines=(
        LineNews("802A", ordered=Decimal(5), shipped=Decimal("2.5"), tracking_numbers=("1Z1",)),
        LineNews("802B", ordered=Decimal(1)),
    ),
)
LINK = OrgField("Link__c", "Link", "url", length=255)
LINE_FIELDS = (
    OrgField("Shipped__c", "Shipped", "double", precision=9, scale=0),
    OrgField("Numbers__c", "Numbers", "string", length=80),
)
PARCEL = OrgObject(
    "Parcel__c",
    "Parcel",
    {
        each.name.lower(): each
        for each in (
            OrgField("Order__c", "Order", "reference", reference_to=("Order",),
                     relationship_name="Order__r"),
            OrgField("Key__c", "Key", "string", length=60, external_id=True, unique=True),
            OrgField("Number__c", "Number", "string", length=40),
            LINK,
            OrgField("Sent__c", "Sent", "date"),
            OrgField("Contents__c", "Contents", "string", length=255),
        )
    },
)  # fmt: skip
PARCEL_SETTINGS = {
    "package_object": "Parcel__c",
    "package_order_field": "Order__c",
    "package_key_field": "Key__c",
}


def schema_of(workbook: Any, **parcel: OrgField) -> OrgSchema:
    """Acme's org with more fields on lines, and an object for parcels."""
    schema = schema_for(workbook, "acme")
    order, line = schema.objects["order"], schema.objects["orderitem"]
    fields = {**line.fields, **{each.name.lower(): each for each in LINE_FIELDS}}
    objects = {
        **schema.objects,
        "order": replace(order, fields={**order.fields, "link__c": LINK}),
        "orderitem": replace(line, fields=fields, updateable=True),
        "parcel__c": replace(PARCEL, fields={**PARCEL.fields, **parcel}),
    }
    return replace(schema, objects=objects)


def field_map(settings: dict[str, str] | None = None, **targets: To) -> FieldMap:
    """Acme's field map with these rows on the sheet Shipment fields, by key."""
    workbook = workbook_of(filling(settings, **targets))
    return FieldMap(workbook, schema_of(workbook))


def filling(settings: dict[str, str] | None = None, **targets: To) -> Any:
    """Acme's workbook; ``line__shipped`` is the key ``line.shipped``."""
    named = {
        key.replace("__", ".", 1) if key.startswith(("line", "package")) else key: row
        for key, row in targets.items()
    }
    acme = DEMO["acme"]
    return replace(
        acme,
        settings={**acme.settings, **(settings or {})},
        shipment_fields={**acme.shipment_fields, **named},
    )


def written(transform: str) -> Any:
    """What stands in the tracking field after a transform."""
    update = field_map(tracking_numbers=To("Tracking_Numbers__c", transform)).write_back(
        "801", NEWS
    )
    assert update.update is not None
    return update.update.values["Tracking_Numbers__c"]


def test_several_tracking_numbers_are_joined_or_one_is_chosen() -> None:
    """With the separator of the sheet Cart, or as the transform says."""
    assert written("") == "1Z1, 1Z2, 1Z3"
    assert written("first") == "1Z1"
    assert written("last; prefix('UPS ')") == "UPS 1Z3"
    assert written('join("/")') == "1Z1/1Z2/1Z3"


def test_a_tracking_link_is_that_of_the_newest_parcel() -> None:
    """The warehouse's own where it gives one, else the carrier's page."""
    links = field_map(tracking_link=To("Link__c"))
    own = replace(NEWS.packages[1], tracking_url="https://wms.example/t/1")

    first = links.write_back("801", NEWS).update
    second = links.write_back("801", replace(NEWS, packages=(own,))).update

    assert first is not None
    assert second is not None
    assert first.values["Link__c"] == "https://www.ups.com/track?tracknum=1Z3"
    assert second.values["Link__c"] == "https://wms.example/t/1"


@pytest.mark.parametrize(
    ("carrier", "number", "link"),
    [
        ("FedEx Ground", "7 1", "https://www.fedex.com/fedextrack/?trknbr=7%201"),
        ("usps", "94", "https://tools.usps.com/go/TrackConfirmAction?tLabels=94"),
        ("Pigeon", "1", ""),
        ("Groups Ltd", "1", ""),
        ("UPS", "", ""),
    ],
)
def test_links_of_carriers(carrier: str, number: str, link: str) -> None:
    """Numbers are quoted; of an unknown carrier there is none."""
    assert tracking_link(carrier, number) == link


def test_the_day_of_shipping_is_that_of_the_merchants_time_zone() -> None:
    """A moment of the night in UTC is still the day before in Denver."""
    news = replace(NEWS, shipped_at=datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    update = field_map().write_back("801", news).update
    assert update is not None
    assert update.values["Ship_Date__c"] == date(2026, 11, 23)


def test_each_line_shows_what_was_shipped_of_it() -> None:
    """On the line's own record, rounded down to what the field can hold."""
    found = field_map(
        line__shipped=To("Shipped__c"), line__tracking_numbers=To("Numbers__c")
    ).write_back("801", NEWS)

    assert [(each.object_name, each.record_id, dict(each.values)) for each in found.lines] == [
        ("OrderItem", "802A", {"Shipped__c": Decimal(2), "Numbers__c": "1Z1"}),
        ("OrderItem", "802B", {"Shipped__c": Decimal(0)}),
    ]


def test_each_parcel_becomes_a_record_by_its_key() -> None:
    """With the lookup to its order; the key never changes."""
    first, second = (
        field_map(
            PARCEL_SETTINGS,
            package__tracking_number=To("Number__c"),
            package__tracking_link=To("Link__c"),
            package__ship_date=To("Sent__c"),
            package__contents=To("Contents__c"),
        )
        .write_back("801", NEWS)
        .packages
    )

    assert (first.external_id, dict(first.values)["Sent__c"]) == (
        "reno/1/S1/P1",
        date(2026, 11, 22),
    )
    assert second == ChildUpsert(
        "Parcel__c",
        "Key__c",
        "reno/1/S2/P1",
        "Order__c",
        "801",
        {
            "Number__c": "1Z3",
            "Link__c": "https://www.ups.com/track?tracknum=1Z3",
            "Sent__c": date(2026, 11, 23),
            "Contents__c": "2 x MUG-1, 1 x TENT-2",
        },
    )


def test_fields_that_are_not_always_written_are_named() -> None:
    """The job looks at them first."""
    found = field_map(
        carrier=To("Carrier__c", write="only if empty"),
        ship_date=To("Ship_Date__c", write="only if newer"),
        service=To("Ship_Service__c", write="only if empty"),
    ).write_back("801", NEWS)

    assert found.guarded == {"Carrier__c": "only if empty", "Ship_Date__c": "only if newer"}


@pytest.mark.parametrize(
    ("settings", "targets", "parcel", "says"),
    [
        ({}, {"package__number": To("Number__c")}, {}, "names no package object"),
        ({"package_object": "Parcel__c"}, {}, {}, "needs its object, its order field and its key"),
        (
            PARCEL_SETTINGS,
            {},
            {"key__c": OrgField("Key__c", "Key", "string", length=60)},
            "not marked as External ID and Unique",
        ),
        (
            PARCEL_SETTINGS,
            {},
            {"key__c": OrgField("Key__c", "K", "string", 20, external_id=True, unique=True)},
            "of 20 characters",
        ),
        (
            PARCEL_SETTINGS,
            {},
            {"order__c": OrgField("Order__c", "O", "reference", reference_to=("Account",))},
            "leads to Account, not to Order",
        ),
        ({}, {"carrier": To("Carrier__c", write="only if newer")}, {}, "only dates can be newer"),
        ({}, {"carrier": To("Carrier__c", write="sometimes")}, {}, "unknown word"),
        (
            {},
            {"line__shipped": To("Shipped__c", write="only if empty")},
            {},
            "on fields of the order itself only",
        ),
        ({}, {"line__shipped": To("Shiped__c")}, {}, "has no field 'Shiped__c'"),
        ({}, {"line__shipped": To("Product2.Name")}, {}, "only a field of the record itself"),
    ],
)
def test_what_cannot_be_written_is_a_fault(
    settings: dict[str, str], targets: dict[str, To], parcel: dict[str, OrgField], says: str
) -> None:
    """Told before anything is loaded."""
    workbook = workbook_of(filling(settings, **targets))
    faults = [f for f in check(workbook, schema_of(workbook, **parcel)) if f.severity == "fault"]
    assert faults
    assert {True} == {says in fault.message for fault in faults}, faults


def repeated(**targets: To) -> FieldMap:
    """Acme's lines in three repeated columns of the order, with these rows for them."""
    columns = {
        name.lower(): OrgField(name, name, kind, length=80, precision=9, scale=0)
        for number in (1, 2, 3)
        for name, kind in (
            (f"Sku_{number}__c", "string"), (f"Qty_{number}__c", "double"),
            (f"Shipped_{number}__c", "double"), (f"Numbers_{number}__c", "string"),
        )
    }  # fmt: skip
    acme = filling(None, **targets)
    settings = {
        **acme.settings, "line_object": "", "line_order_field": "", "repeated_lines": "3"
    }  # fmt: skip
    lines = {"sku": From("Sku_#__c"), "quantity": From("Qty_#__c")}
    workbook = workbook_of(replace(acme, settings=settings, line_fields=lines))
    schema = schema_for(workbook, "acme")
    known = schema.objects["order"]
    wider = replace(known, fields={**known.fields, **columns})
    return FieldMap(workbook, replace(schema, objects={**schema.objects, "order": wider}))


def test_lines_in_repeated_columns_are_written_onto_their_own_columns() -> None:
    """All on the order's one record; each line on the columns of its number."""
    both = repeated(line__shipped=To("Shipped_#__c"), line__tracking_numbers=To("Numbers_#__c"))
    news = ShipmentNews(
        "Shipped",
        lines=(
            LineNews("801#1", ordered=Decimal(2), shipped=Decimal(2), tracking_numbers=("1Z1",)),
            LineNews("801#3", ordered=Decimal(5), shipped=Decimal(4)),
        ),
    )
    written = both.write_back("801", news)
    assert written.lines == ()
    assert written.update is not None
    values = {name: value for name, value in written.update.values.items() if name[-4].isdigit()}
    assert values["Shipped_1__c"] == 2
    assert values["Numbers_1__c"] == "1Z1"
    assert values["Shipped_3__c"] == 4
    assert "Shipped_2__c" not in values
    assert both.cell_for("Order.Shipped_3__c") == both.cell_for("Shipped_1__c")


def test_a_repeated_column_that_is_missing_is_told_with_its_cell() -> None:
    """Of the first as of the last; so is one that cannot be written."""
    with pytest.raises(WorkbookFault) as caught:
        repeated(line__shipped=To("Shipd_#__c"))
    assert len(caught.value.problems) == 3
    assert "Order has no field 'Shipd_3__c'" in caught.value.problems[2]
    assert "did you mean 'Shipped_3__c'" in caught.value.problems[2]


def test_only_what_nobody_fills_on_a_new_parcel_is_warned_of() -> None:
    """An owner is there by itself; a field of the merchant's own that is required is not."""
    workbook = workbook_of(filling(PARCEL_SETTINGS, package__number=To("Number__c")))
    owner = OrgField("OwnerId", "Owner", "reference", nillable=False, defaulted_on_create=True)
    box = OrgField("Box_Size__c", "Box Size", "string", nillable=False)
    schema = schema_of(workbook, ownerid=owner, box_size__c=box)
    told = [one.message for one in check(workbook, schema) if "may not be empty" in one.message]
    assert len(told) == 1
    assert told[0].startswith("Parcel__c.Box_Size__c may not be empty")


def test_a_restricted_picklist_is_compared_with_our_words_for_how_an_order_stands() -> None:
    """Unless a map says them in its words, that field is left out whenever it does not fit."""
    acme = DEMO["acme"]

    def warnings(transform: str) -> list[str]:
        rows = {**acme.shipment_fields,
                "fulfillment_status": To("Fulfillment_Status__c", transform)}  # fmt: skip
        workbook = workbook_of(replace(acme, shipment_fields=rows))
        schema = schema_for(workbook, "acme")
        order = schema.objects["order"]
        states = replace(
            order.fields["fulfillment_status__c"],
            type="picklist",
            restricted_picklist=True,
            picklist_values=("Received", "Shipped", "Canceled"),
        )
        fields = {**order.fields, "fulfillment_status__c": states}
        objects = {**schema.objects, "order": replace(order, fields=fields)}
        found = check(workbook, replace(schema, objects=objects))
        return [one.text() for one in found if "the picklist" in one.message]

    (warning,) = warnings("")
    assert "the picklist Fulfillment_Status__c has no On hold, Sent to warehouse" in warning
    assert "map(statuses)" in warning
    assert warnings("map(statuses)") == []
